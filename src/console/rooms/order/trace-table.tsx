import type { ReactElement } from 'react';
import { useZone } from '../../shell/plant.ts';
import { preciseTime } from '../../words/time.ts';
import { layerWord, lengthWords, outcomeWords } from './trace-words.ts';
import type { TraceRow } from './trace-rows.ts';

/** The rows as text, with each call. */
export function TraceTable({ rows }: { readonly rows: readonly TraceRow[] }): ReactElement {
  const zone = useZone();
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Trace as a table">
      <table className="table order-spans">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Took</th>
            <th scope="col">Layer</th>
            <th scope="col">What</th>
            <th scope="col">System</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) => [
            <tr key={row.id}>
              <td>{preciseTime(row.startMs, zone)}</td>
              <td>{lengthWords(row)}</td>
              <td>{layerWord(row.layer)}</td>
              <td style={{ paddingInlineStart: `${row.depth + 0.5}em` }}>{row.title}</td>
              <td>{row.system}</td>
              <td>{outcomeWords(row) || 'done'}</td>
            </tr>,
            ...row.calls.map((call) => (
              <tr key={call.id}>
                <td>{preciseTime(call.startMs, zone)}</td>
                <td>{lengthWords({ ...call, isOpen: false })}</td>
                <td>call</td>
                <td style={{ paddingInlineStart: `${row.depth + 1.5}em` }}>{call.outcome === 'read back' ? 'Reads back' : 'Tries'}</td>
                <td>{row.system}</td>
                <td>{call.message === '' ? call.outcome : `${call.outcome}: ${call.message}`}</td>
              </tr>
            )),
          ])}
        </tbody>
      </table>
    </div>
  );
}
