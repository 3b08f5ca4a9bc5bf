import { ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { EdgeView } from '../../../api/trends.ts';
import { useLiveState } from '../../api/live.ts';
import { Status } from '../../parts/status.tsx';
import { exactWords, numberWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { delayOf, lagWords, rateOf, silentAfterMs } from './edge-words.ts';
import { useSilence } from './plant-sentence.tsx';

/** One edge in six figures; leads to its page. */
export function EdgeCard({ edge, readMs }: { readonly edge: EdgeView; readonly readMs: number }): ReactElement {
  const silentMs = useSilence(edge, readMs);
  const isSilent = useLiveState() !== 'lost' && silentMs > silentAfterMs;
  const { status } = edge;
  const up = (status?.sources ?? []).filter(({ connected }) => connected).length;
  const sources = status?.sources.length ?? 0;
  return (
    <li>
      <Link className="card plant-edge" to={`/plant/${encodeURIComponent(edge.edge)}`} data-tone={isSilent || up < sources ? 'bad' : undefined}>
        <span className="plant-edge-head">
          <strong>{edge.edge}</strong>
          <Status status={isSilent ? 'down' : 'up'}>{isSilent ? `silent for ${spanWords(Math.floor(silentMs / 1_000) * 1_000)}` : 'heard'}</Status>
          <ChevronRight aria-hidden="true" />
        </span>
        <dl className="plant-facts">
          <Fact name="Sources" value={status ? `${up} of ${sources}` : '–'} under="connected" isBad={up < sources} />
          <Fact name="Rate" value={figure(status && rateOf(status))} under="values a second" />
          <Fact name="Delay" value={status ? lagWords(delayOf(status)) : '–'} under="source to edge" />
          <Fact name="Buffer" value={status ? numberWords(status.bufferDepth) : '–'} under="events wait for the hub" />
          <Fact name="Missing" value={status ? numberWords(status.gaps?.kept ?? 0) : '–'} under="times, for good" />
          <Fact name="Not understood" value={status ? numberWords(status.quarantine?.length ?? 0) : '–'} under="kinds of values" />
        </dl>
      </Link>
    </li>
  );
}

export function Fact({ name, value, under, isBad = false }: { readonly name: string; readonly value: string; readonly under: string; readonly isBad?: boolean }): ReactElement {
  return (
    <div data-bad={isBad}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong> <span>{under}</span>
      </dd>
    </div>
  );
}

export function figure(value: number | undefined): string {
  return value === undefined ? '–' : value >= 10 ? numberWords(Math.round(value)) : exactWords(Math.round(value * 10) / 10);
}
