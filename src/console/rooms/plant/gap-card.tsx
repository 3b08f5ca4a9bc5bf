import { useState, type ReactElement } from 'react';
import type { EdgeDetail } from '../../../api/trends.ts';
import { useZone } from '../../shell/plant.ts';
import { countWords, numberWords } from '../../words/number.ts';
import { clockTime, dayTime, spanWords } from '../../words/time.ts';

type Gap = NonNullable<NonNullable<EdgeDetail['status']>['gaps']>['newest'][number];

/** The times of which values are missing for good: of which signal, from when to when, and why. */
export function GapCard({ status, edge }: { readonly status: NonNullable<EdgeDetail['status']>; readonly edge: string }): ReactElement {
  const { kept, newest, openCount = 0 } = status.gaps ?? { kept: 0, newest: [] };
  const [wanted, setWanted] = useState('');
  const names = [...new Set(newest.map(nameOf))].sort();
  // One whose gaps have left the list for newer ones cannot be shown alone any more.
  const signal = names.length > 1 && names.includes(wanted) ? wanted : '';
  const shown = newest.filter((gap) => signal === '' || nameOf(gap) === signal);
  const recovered = status.sources.reduce((sum, source) => sum + (source.recovered ?? 0), 0);
  return (
    <section className="card" aria-labelledby="plant-gaps">
      <div className="card-head">
        <h2 id="plant-gaps">Missing for good</h2>
        {names.length > 1 && (
          <label className="plant-choice small">
            <span>Signal</span>
            <select value={signal} onChange={(event) => setWanted(event.target.value)}>
              <option value="">all</option>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {openCount > 0 && (
        <p className="small">{countWords(openCount, 'address lacks', 'addresses lack')} values now, or may: it is known with the next value how much is missing.</p>
      )}
      <p className="small quiet">
        {kept === 0
          ? 'No time is known of which values are missing.'
          : `${countWords(kept, 'time is', 'times are')} kept${kept > newest.length ? `; the newest ${newest.length} are shown` : ''}.`}{' '}
        {recovered > 0 && `${countWords(recovered, 'value was', 'values were')} recovered from devices’ own memories; what is below could not be.`}
      </p>
      {shown.length > 0 && (
        <ol className="plant-gaps" tabIndex={0} aria-label="Gaps, newest first">
          {shown.map((gap) => (
            <OneGap key={`${gap.source} ${gap.address} ${gap.afterMs} ${gap.beforeMs}`} gap={gap} />
          ))}
        </ol>
      )}
      {kept > newest.length && (
        <p className="small quiet">
          All {numberWords(kept)} at the edge: <code>lineshaft edge gaps --name {edge}</code>
        </p>
      )}
    </section>
  );
}

function nameOf({ signals, address }: Gap): string {
  return signals.length > 0 ? signals.join(', ') : address;
}

function OneGap({ gap }: { readonly gap: Gap }): ReactElement {
  const zone = useZone();
  const { afterMs, beforeMs, reason, source } = gap;
  return (
    <li>
      <p>
        <strong title={gap.address}>{nameOf(gap)}</strong> <span className="small quiet">{source}</span>
      </p>
      <p className="small">
        <time dateTime={new Date(afterMs).toISOString()} title={`${new Date(afterMs).toISOString()} to ${new Date(beforeMs).toISOString()}`}>
          {dayTime(afterMs, zone).replace(/\d\d:\d\d$/, '')}
          {clockTime(afterMs, zone)} to {clockTime(beforeMs, zone)}
        </time>
        , {spanWords(beforeMs - afterMs)}
      </p>
      <p className="small quiet">{reason.slice(0, 1).toUpperCase() + reason.slice(1)}.</p>
    </li>
  );
}
