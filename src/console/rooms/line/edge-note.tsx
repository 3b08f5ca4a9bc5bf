import { Cpu } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { EdgeView } from '../../../api/trends.ts';
import { useLiveState } from '../../api/live.ts';
import { useNow } from '../../words/now.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import type { LineParts } from './line-parts.ts';
import { phaseWords } from './line-words.ts';

/** An edge tells of itself each second; longer silence means that it cannot be heard. */
export const silentAfterMs = 6_000;

interface EdgeNoteProps {
  readonly line: LineParts;
  readonly edges: readonly EdgeView[];
  /** When the hub was asked, by this browser's clock. */
  readonly readMs: number;
}

/** How the edges are that watch this line, small: their age, what waits, their sources, and what each rule does. */
export function EdgeNote({ line, edges, readMs }: EdgeNoteProps): ReactElement {
  const rules = line.machines.flatMap(({ rule }) => rule ?? []);
  const own = edges.filter(({ status }) => status?.rules?.some(({ rule }) => rules.some(({ name }) => name === rule)));
  return (
    <section className="card line-edges" aria-labelledby="line-edges-title">
      <div className="card-head">
        <h2 id="line-edges-title">Who watches</h2>
      </div>
      {own.length === 0 && <p className="quiet">No edge that watches this line was heard.</p>}
      {own.map((edge) => (
        <OneEdge key={edge.edge} edge={edge} readMs={readMs} titleOf={(name) => rules.find((rule) => rule.name === name)?.title} />
      ))}
      {rules.length > 0 && (
        <ul className="small quiet line-terms">
          {[...new Set(rules.map(({ words }) => words))].map((words) => (
            <li key={words}>Too slow means: {words}.</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function OneEdge({
  edge: { edge, ageMs, status },
  readMs,
  titleOf,
}: {
  readonly edge: EdgeView;
  readonly readMs: number;
  readonly titleOf: (rule: string) => string | undefined;
}): ReactElement {
  const now = useNow();
  const silentMs = ageMs + Math.max(0, now - readMs);
  const isHubAway = useLiveState() === 'lost';
  const isSilent = !isHubAway && silentMs > silentAfterMs;
  const down = (status?.sources ?? []).filter(({ connected }) => !connected);
  return (
    <dl className="line-edge">
      <div>
        <dt>
          <Cpu aria-hidden="true" />
          <Link to={`/plant/${encodeURIComponent(edge)}`}>{edge}</Link>
        </dt>
        <dd data-bad={isSilent}>
          {isHubAway
            ? 'not known while the hub is away'
            : isSilent
              ? `silent for ${spanWords(Math.floor(silentMs / 1_000) * 1_000)}; it watches on and keeps what it finds`
              : 'heard just now'}
        </dd>
      </div>
      <div>
        <dt>Buffer</dt>
        <dd>{status ? `${countWords(status.bufferDepth, 'event waits', 'events wait')} for the hub` : 'not known'}</dd>
      </div>
      <div>
        <dt>Sources</dt>
        <dd data-bad={down.length > 0}>
          {status
            ? down.length === 0
              ? `${countWords(status.sources.length, 'source')}, all connected`
              : `not connected: ${down.map(({ name }) => name).join(', ')}`
            : 'not known'}
        </dd>
      </div>
      {(status?.rules ?? []).flatMap(({ rule, phase }) => {
        const title = titleOf(rule);
        return title === undefined
          ? []
          : [
              <div key={rule}>
                <dt>Rule</dt>
                <dd>
                  <Link to={`/rules/${encodeURIComponent(rule)}`}>{title}</Link>: <strong>{phaseWords(phase)}</strong>
                </dd>
              </div>,
            ];
      })}
    </dl>
  );
}
