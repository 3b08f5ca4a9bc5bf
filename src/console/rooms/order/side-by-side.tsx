import './order-systems.css';
import { CircleCheck, Eye, Hourglass, Layers, Send, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useMemo, useState, type ReactElement } from 'react';
import type { StoryView } from '../../../api/stories.ts';
import { Age, Instant } from '../../parts/instant.tsx';
import { countWords } from '../../words/number.ts';
import type { EffectState } from './effect-words.ts';
import type { SystemTitles } from './moment-words.ts';
import { askedRows, systemRows, type AskedRow, type SystemRow } from './system-rows.ts';
import type { Reading } from './value-words.ts';

interface SideBySideProps {
  readonly story: StoryView;
  readonly reading: Reading;
  readonly titles: SystemTitles;
}

/** Whether every system knows the same: what each was last asked to have, and whether it does. */
export function SideBySide({ story, reading, titles }: SideBySideProps): ReactElement {
  const rows = useMemo(() => systemRows(story, reading, titles), [story, reading, titles]);
  const asked = useMemo(() => askedRows(story, reading, titles), [story, reading, titles]);
  const behind = rows.filter(({ state }) => state !== 'done').length;
  return (
    <section className="card order-systems" aria-labelledby="order-systems">
      <div className="card-head">
        <h2 id="order-systems">Side by side</h2>
        {rows.length > 0 && <span className="quiet small">{behind === 0 ? 'every system has what it was asked to have' : `${behind} of ${rows.length} still open`}</span>}
      </div>
      {rows.length === 0 && <p className="quiet">No system was asked to change anything.</p>}
      {rows.length + asked.length > 0 && <SystemTable rows={rows} asked={asked} />}
    </section>
  );
}

/** Rows that are shown at first at most; those that disagree stand first. */
const shownFirst = 10;

function SystemTable({ rows, asked }: { readonly rows: readonly SystemRow[]; readonly asked: readonly AskedRow[] }): ReactElement {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.filter(({ isEarlier }) => !isEarlier).slice(0, shownFirst);
  return (
    <>
      <table className="table order-matrix">
        <thead>
          <tr>
            <th scope="col">System</th>
            <th scope="col">Last asked to have</th>
            <th scope="col">Does it?</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <SystemLine key={row.id} row={row} />
          ))}
        </tbody>
        {asked.length > 0 && (
          <tbody>
            <tr className="order-group">
              <th scope="rowgroup" colSpan={3}>
                Only asked: nothing was to be changed in {asked.length === 1 ? 'it' : 'these'}
              </th>
            </tr>
            {asked.map((row) => (
              <AskedLine key={row.id} row={row} />
            ))}
          </tbody>
        )}
      </table>
      {rows.length > shown.length && (
        <button type="button" className="order-jump small" onClick={() => setAll(true)}>
          Show {countWords(rows.length - shown.length, 'row')} more
        </button>
      )}
    </>
  );
}

const looks: Readonly<Record<EffectState, { readonly icon: LucideIcon; readonly tone: string }>> = {
  done: { icon: CircleCheck, tone: 'plain' },
  way: { icon: Send, tone: 'plain' },
  cancelled: { icon: CircleCheck, tone: 'plain' },
  buffered: { icon: Layers, tone: 'held' },
  unknown: { icon: Hourglass, tone: 'waiting' },
  refused: { icon: TriangleAlert, tone: 'bad' },
  parked: { icon: TriangleAlert, tone: 'bad' },
  expired: { icon: TriangleAlert, tone: 'bad' },
};

function SystemLine({ row }: { readonly row: SystemRow }): ReactElement {
  const { title, entity, state, word, why, proof, heldFromMs, has } = row;
  const { icon: Icon, tone } = looks[state];
  const isApart = why !== '' || has !== '';
  return (
    <>
      <tr data-tone={tone} data-apart={isApart}>
        <th scope="row">
          <strong>{title}</strong>
          <span>{entity}</span>
        </th>
        <td>
          <Asked row={row} />
        </td>
        <td>
          <span className="order-stands" data-tone={tone}>
            <Icon aria-hidden="true" />
            <span>{word}</span>
          </span>
          {proof !== '' && <span className="order-asked-how">{proof}</span>}
          {heldFromMs !== undefined && (
            <span className="order-asked-how">
              since <Instant ms={heldFromMs} />
            </span>
          )}
        </td>
      </tr>
      {isApart && (
        <tr data-tone={tone} className="order-apart">
          <td colSpan={3}>
            {why !== '' && <span>{why}. </span>}
            {has !== '' && (
              <span>
                {state === 'unknown' || state === 'parked' ? 'Before, it had' : 'It still has'}: <strong>{has}</strong>.
              </span>
            )}
          </td>
        </tr>
      )}
    </>
  );
}

/** A system that knows of it, and was asked for that alone. */
function AskedLine({ row: { title, capability, said, isAnswered, atMs, isBefore } }: { readonly row: AskedRow }): ReactElement {
  return (
    <tr>
      <th scope="row">
        <strong>{title}</strong>
        <span>{capability}</span>
      </th>
      <td>
        <span className="order-asked">
          {said.length === 0 && 'Nothing'}
          {said.map(({ name, value }) => (
            <span key={name}>
              <strong>{value}</strong> {name}
            </span>
          ))}
        </span>
        <span className="order-asked-how">
          as it said{isBefore && ' before the change'} · <Age ms={atMs} />
        </span>
      </td>
      <td>
        <span className="order-stands" data-tone="plain">
          <Eye aria-hidden="true" />
          <span>{isAnswered ? 'Only asked' : 'Not answered'}</span>
        </span>
        {isAnswered && isBefore && <span className="order-asked-how">not asked since</span>}
      </td>
    </tr>
  );
}

/** The values that it was asked to have, then which revision and when. */
function Asked({ row }: { readonly row: SystemRow }): ReactElement {
  const { asked, capability, revision, atMs } = row;
  const [only] = asked;
  const isOne = only !== undefined && asked.length === 1;
  const how = [isOne ? only.name : '', revision === undefined ? '' : `revision ${revision}`].filter((part) => part !== '');
  return (
    <>
      <span className="order-asked">
        {asked.length === 0 && capability}
        {asked.map(({ name, value }) => (
          <span key={name}>
            <strong>{value}</strong> {!isOne && name}
          </span>
        ))}
      </span>
      <span className="order-asked-how" title={capability}>
        {how.map((part) => `${part} · `)}
        <Age ms={atMs} />
      </span>
    </>
  );
}
