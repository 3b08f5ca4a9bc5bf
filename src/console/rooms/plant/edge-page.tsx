import { ArrowLeft } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { LandscapeView, SignalNode } from '../../../api/landscape.ts';
import type { EdgeDetail } from '../../../api/trends.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { useLiveState } from '../../api/live.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded, NotThere, Skeleton } from '../../parts/notice.tsx';
import { Sentence } from '../../parts/sentence.tsx';
import { useTitles } from '../../shell/titles.ts';
import { useNow } from '../../words/now.ts';
import { countWords, numberWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { Spark } from '../line/spark.tsx';
import { Fact, figure } from './edge-card.tsx';
import { delayOf, edgeSays, lagWords, rateOf } from './edge-words.ts';
import { FilterCard, QuarantineCard } from './quarantine-card.tsx';
import { ClaimCard } from './claim-card.tsx';
import { CommandCard, useCommands } from './command-card.tsx';
import { GapCard } from './gap-card.tsx';
import { useSilence } from './plant-sentence.tsx';
import { EdgeRules } from './edge-rules.tsx';
import { SourceCard } from './source-card.tsx';
import { edgesEveryMs, useSignals } from './use-edge.ts';

/** Signals whose course is shown. */
const trendsMax = 24;

/** One edge: what it hears and how late, what waits, what is missing, what it could not understand. */
export function EdgePage({ name }: { readonly name: string }): ReactElement {
  const edge = useHub<EdgeDetail>(`/api/edges/${encodeURIComponent(name)}`, { everyMs: edgesEveryMs });
  const landscape = useHub<LandscapeView>('/api/landscape');
  // One text, so that it is the same as long as the names are; they have no line breaks.
  const sources = edge.data?.status?.sources.map((source) => source.name).join('\n') ?? '';
  const signals = useMemo(() => measured(landscape.data, sources.split('\n')), [landscape.data, sources]);
  const isFilled = useSignals(signals.map((signal) => signal.name));
  // Read by its card; the page waits for it, so that nothing moves when it comes.
  const commands = useCommands(sources === '' ? [] : sources.split('\n'));
  const isSettled = useSettled(edge, landscape, commands) && (isFilled || edge.error !== null);
  return (
    <div className="plant">
      <Link className="plant-back small" to="/plant">
        <ArrowLeft aria-hidden="true" />
        The plant
      </Link>
      {isSettled && edge.error && !edge.data ? (
        <>
          <NotThere error={edge.error} title={`No edge “${name}” was heard`}>
            An edge is seen here within a second of reaching the hub, and for as long as the hub runs.
          </NotThere>
          <ClaimCard edge={name} />
        </>
      ) : isSettled ? (
        <Loaded query={edge} height={40}>
          {(view) => <Whole view={view} readMs={edge.dataUpdatedAt} signals={signals} />}
        </Loaded>
      ) : (
        <Skeleton height={40} />
      )}
    </div>
  );
}

/** Numbers that come from these sources. */
function measured(view: LandscapeView | undefined, sources: readonly string[]): readonly SignalNode[] {
  if (!view) return [];
  const own = new Set(view.edges.filter(({ from }) => sources.some((name) => from === `source:${name}`)).map(({ to }) => to));
  return view.nodes
    .filter((node) => node.kind === 'signal')
    .filter(({ id, type, family }) => own.has(id) && type === 'number' && family !== 'context')
    .slice(0, trendsMax);
}

function Whole({ view, readMs, signals }: { readonly view: EdgeDetail; readonly readMs: number; readonly signals: readonly SignalNode[] }): ReactElement {
  const silentMs = useSilence(view, readMs);
  const isHubAway = useLiveState() === 'lost';
  const titleOf = useTitles();
  const { status } = view;
  return (
    <>
      <header className="plant-head">
        <h1>{view.edge}</h1>
        <Sentence said={edgeSays(view, silentMs, isHubAway, (source) => titleOf('source', source))} />
      </header>
      <ClaimCard edge={view.edge} />
      {status && (
        <>
          <Figures status={status} />
          {(status.notices ?? []).map(({ id, text, advice, sinceMs }) => (
            <p key={id} className="card plant-notice">
              <strong>{text}.</strong> Since <Instant ms={sinceMs} precision="day" />. <span className="quiet">{advice}</span>
            </p>
          ))}
          <section aria-labelledby="plant-sources">
            <h2 id="plant-sources">Sources</h2>
            {status.sources.length === 0 ? (
              <p className="card quiet">This edge has no source.</p>
            ) : (
              <ul className="plant-sources">
                {status.sources.map((source) => (
                  <SourceCard key={source.name} source={source} atMs={status.atMs} />
                ))}
              </ul>
            )}
          </section>
          {status.sources.length > 0 && <CommandCard sources={status.sources.map((source) => source.name)} />}
          <div className="plant-columns">
            <GapCard status={status} edge={view.edge} />
            <QuarantineCard kinds={status.quarantine ?? []} />
          </div>
          <div className="plant-columns">
            <FilterCard filtered={status.filtered} />
            <EdgeRules rules={status.rules ?? []} />
          </div>
          {signals.length > 0 && (
            <section className="card" aria-labelledby="plant-trends">
              <div className="card-head">
                <h2 id="plant-trends">What the machines measure</h2>
                <p className="small quiet">the last ten minutes{signals.length === trendsMax && `, the first ${trendsMax} signals`}</p>
              </div>
              <ul className="plant-sparks">
                {signals.map((signal) => (
                  <li key={signal.name}>
                    <p className="small quiet">{titleOf('asset', signal.asset.replace(/^asset:/, ''))}</p>
                    <dl>
                      <Spark signal={signal} />
                    </dl>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </>
  );
}

function Figures({ status }: { readonly status: NonNullable<EdgeDetail['status']> }): ReactElement {
  const now = useNow();
  const { bufferDepth, bufferOldestMs, sources, gaps, quarantine, disk, uplink } = status;
  const up = sources.filter(({ connected }) => connected).length;
  const age = bufferOldestMs === undefined ? 'nothing waits' : `${bufferDepth === 1 ? 'event' : 'events'}, the oldest for ${spanWords(Math.max(0, now - bufferOldestMs))}`;
  return (
    <dl className="card plant-facts" data-wide="true">
      <Fact name="Sources" value={`${up} of ${sources.length}`} under="connected" isBad={up < sources.length} />
      <Fact name="Rate" value={figure(rateOf(status))} under="values a second" />
      <Fact name="Delay" value={lagWords(delayOf(status))} under="source to edge, mean" />
      <Fact name="Buffer" value={numberWords(bufferDepth)} under={age} />
      <Fact
        name="Taken by the hub"
        value={numberWords(uplink?.acknowledged ?? 0)}
        under={uplink?.trouble === undefined ? 'events since it started' : `events; ${countWords(uplink.failures, 'try', 'tries')} failed`}
      />
      <Fact name="Missing" value={numberWords(gaps?.kept ?? 0)} under="times, for good" />
      <Fact name="Not understood" value={numberWords(quarantine?.length ?? 0)} under="kinds of values" />
      {disk && (
        <Fact
          name="Disk"
          value={`${Math.round(((disk.eventBytes + disk.telemetryBytes + (disk.walBytes ?? 0)) / disk.bytesMax) * 100)} %`}
          under={`of ${numberWords(Math.round(disk.bytesMax / 1_048_576))} MiB`}
          isBad={disk.parkedSinceMs !== undefined}
        />
      )}
    </dl>
  );
}
