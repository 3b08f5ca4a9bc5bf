import type { ReactElement } from 'react';
import type { EdgeDetail } from '../../../api/trends.ts';
import { Age } from '../../parts/instant.tsx';
import { countWords, numberWords } from '../../words/number.ts';
import { filterLines, troubleOf } from './edge-words.ts';

type Kinds = NonNullable<NonNullable<EdgeDetail['status']>['quarantine']>;

/** What could not be understood, most frequent first, each with what to do about it. */
export function QuarantineCard({ kinds }: { readonly kinds: Kinds }): ReactElement {
  return (
    <section className="card" aria-labelledby="plant-quarantine">
      <div className="card-head">
        <h2 id="plant-quarantine">Not understood</h2>
      </div>
      <p className="small quiet">
        {kinds.length === 0
          ? 'Every value since the edge started had a signal, a kind and a unit that fit.'
          : `${countWords(kinds.length, 'kind')} of values since the edge started${kinds.length === 20 ? ', the most frequent' : ''}; they are kept, and hold up no others.`}
      </p>
      {kinds.length > 0 && (
        <ol className="plant-kinds" tabIndex={0} aria-label="Kinds of values, most frequent first">
          {kinds.map((kind) => (
            <Kind key={`${kind.address} ${kind.reason}`} kind={kind} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Kind({ kind: { address, reason, raw, count, lastMs } }: { readonly kind: Kinds[number] }): ReactElement {
  const { what, remedy } = troubleOf(reason, address);
  return (
    <li>
      <p className="plant-kind-head">
        <strong>{what}</strong>
        <span className="small quiet">
          {numberWords(count)} ×, last <Age ms={lastMs} />
        </span>
      </p>
      <p className="small mono plant-address">{address}</p>
      <p className="small">{remedy}</p>
      <details>
        <summary className="small">As it came</summary>
        <p className="small quiet">{reason}</p>
        {raw !== '' && (
          <pre className="payload" tabIndex={0}>
            {raw}
          </pre>
        )}
      </details>
    </li>
  );
}

/** What became of all values since the edge started. */
export function FilterCard({ filtered }: { readonly filtered: Readonly<Record<string, number>> }): ReactElement {
  return (
    <section className="card" aria-labelledby="plant-filtered">
      <div className="card-head">
        <h2 id="plant-filtered">What became of the values</h2>
        <p className="small quiet">since the edge started</p>
      </div>
      <dl className="plant-counts-list">
        {filterLines(filtered).map(({ name, count, words }) => (
          <div key={name}>
            <dt>{words}</dt>
            <dd>{numberWords(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
