import type { ReactElement } from 'react';
import { Age, Instant } from '../../parts/instant.tsx';
import { Status } from '../../parts/status.tsx';
import { useTitles } from '../../shell/titles.ts';
import { useZone } from '../../shell/plant.ts';
import { countWords, numberWords } from '../../words/number.ts';
import { clockTime, spanWords } from '../../words/time.ts';
import { figure } from './edge-card.tsx';
import { lagWords, lateMs, skewMs, skewWords, type SourceView } from './edge-words.ts';

/** One source: its connection, what comes over it and how late, and what of it is missing. */
export function SourceCard({ source, atMs }: { readonly source: SourceView; readonly atMs: number }): ReactElement {
  const titleOf = useTitles();
  const { name, connected, detail, sinceMs, received, perSecond, lastMs, lagMs, lagMostMs, gaps = 0 } = source;
  // Without a value for longer than the rate is measured over.
  const isQuiet = connected && lastMs !== undefined && atMs - lastMs > 10_000;
  const isLate = lagMs !== undefined && lagMs > lateMs;
  return (
    <li className="card plant-source" data-tone={connected ? undefined : 'bad'}>
      <div className="plant-source-head">
        <h3 title={name}>{titleOf('source', name)}</h3>
        <Status status={connected ? 'up' : 'down'}>{connected ? 'connected' : 'not connected'}</Status>
      </div>
      <p className="small quiet plant-detail">
        {name}, since <Instant ms={sinceMs} precision="day" />. {detail}
      </p>
      <dl className="plant-rows">
        <Row name="Last value" isBad={isQuiet}>
          {lastMs === undefined ? 'none yet' : <Age ms={lastMs} />}
        </Row>
        <Row name="Rate">{perSecond === undefined ? 'not told' : `${figure(perSecond)} values a second, ${numberWords(received ?? 0)} since it started`}</Row>
        <Row name="Delay to the edge" isBad={isLate}>
          {lagWords(lagMs)}
          {lagMostMs !== undefined && <span className="quiet"> mean, {lagWords(lagMostMs)} at most</span>}
        </Row>
        <Row name="Clock of the source" isBad={Math.abs(source.skewMs ?? 0) > skewMs}>
          {skewWords(source)}
        </Row>
        <Row name="Missing for good">{gaps === 0 ? 'nothing since it started' : `${countWords(gaps, 'time')} since it started`}</Row>
        <Recovered source={source} />
      </dl>
    </li>
  );
}

function Recovered({ source: { recovered = 0, recoveredMs, recoveredFromMs, recoveredToMs } }: { readonly source: SourceView }): ReactElement {
  const zone = useZone();
  const span =
    recoveredFromMs !== undefined && recoveredToMs !== undefined
      ? `, the last of ${clockTime(recoveredFromMs, zone)} to ${clockTime(recoveredToMs, zone)} (${spanWords(recoveredToMs - recoveredFromMs)})`
      : '';
  return (
    <Row name="Recovered">
      {recovered === 0 ? (
        'nothing had to be'
      ) : (
        <>
          {countWords(recovered, 'value')} from the device’s own memory{span}
          {recoveredMs !== undefined && (
            <>
              , <Age ms={recoveredMs} />
            </>
          )}
        </>
      )}
    </Row>
  );
}

function Row({ name, isBad = false, children }: { readonly name: string; readonly isBad?: boolean; readonly children: React.ReactNode }): ReactElement {
  return (
    <div data-bad={isBad}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
