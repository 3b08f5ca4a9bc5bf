import { CheckCircle2, CircleDashed, XCircle } from 'lucide-react';
import type { ReactElement } from 'react';
import type { DemoState } from '../../api/demo-state.ts';
import { Instant } from '../parts/instant.tsx';
import { usePlant } from '../shell/plant.ts';
import { dayTime, withTimes, zoneName } from '../words/time.ts';

type Row = DemoState['verdict']['rows'][number];

/** How many rows hold, in a word. */
export function VerdictBadge({ play: { verdict, switches } }: { readonly play: DemoState }): ReactElement {
  const held = verdict.rows.filter(({ ok }) => ok === true).length;
  const failed = verdict.rows.filter(({ ok }) => ok === false).length;
  const tone = failed > 0 ? 'bad' : verdict.settled && isWhole(switches) && held === verdict.rows.length ? 'ok' : 'waiting';
  const Icon = { bad: XCircle, ok: CheckCircle2, waiting: CircleDashed }[tone];
  const words = verdict.rows.length === 0 ? 'No verdict yet' : failed > 0 ? `${failed} of ${verdict.rows.length} wrong` : `${held} of ${verdict.rows.length} true`;
  return (
    <span className="badge" data-tone={tone} data-testid="verdict">
      <Icon aria-hidden="true" />
      {words}
      {failed === 0 && verdict.rows.length > 0 && <span className="play-where"> in the ledgers{tone === 'waiting' && ' so far'}</span>}
    </span>
  );
}

/** While something is cut off, what it holds back is still to come. */
function isWhole({ transport, link, hub, edge }: DemoState['switches']): boolean {
  return transport === 'up' && link === 'whole' && hub === 'up' && edge === 'up';
}

/** Question by question, what the systems' own ledgers say; and what was done to the world. */
export function VerdictPanel({ play: { verdict, log } }: { readonly play: DemoState }): ReactElement {
  const plant = usePlant();
  const say = (text: string): string => withTimes(text, (ms) => dayTime(ms, plant?.timeZone));
  return (
    <div className="play-panel">
      <div className="play-table" tabIndex={0} role="region" aria-label="Verdict from the ledgers">
        <h2>What the systems’ own ledgers say</h2>
        <p className="quiet small">
          Asked of ERP, MES, WMS, TMS, CMMS, supplier and mailbox themselves; nothing here comes from Lineshaft. Times are those of {plant?.title ?? 'this device'},{' '}
          {zoneName(Date.now(), plant?.timeZone)}.
        </p>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Holds</th>
              <th scope="col">Question</th>
              <th scope="col">Must be</th>
              <th scope="col">Is</th>
            </tr>
          </thead>
          <tbody>
            {verdict.rows.map((row) => (
              <VerdictRow key={row.id} row={row} say={say} />
            ))}
          </tbody>
        </table>
      </div>
      <div className="play-log" tabIndex={0} role="region" aria-label="What was done">
        <h2>What was done</h2>
        {log.length === 0 && <p className="quiet small">Nothing yet.</p>}
        <ol>
          {log.toReversed().map(({ atMs, text }) => (
            <li key={`${atMs} ${text}`}>
              <Instant ms={atMs} /> {text}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function VerdictRow({ row, say }: { readonly row: Row; readonly say: (text: string) => string }): ReactElement {
  const look =
    row.ok === true
      ? { Icon: CheckCircle2, word: 'yes', tone: 'ok' }
      : row.ok === false
        ? { Icon: XCircle, word: 'no', tone: 'bad' }
        : { Icon: CircleDashed, word: 'not yet', tone: 'waiting' };
  return (
    <tr>
      <td>
        <span className="play-mark" data-tone={look.tone}>
          <look.Icon aria-hidden="true" /> {look.word}
        </span>
      </td>
      <td>{say(row.question)}</td>
      <td>{say(row.expected)}</td>
      <td>{say(row.found)}</td>
    </tr>
  );
}
