import { useMemo, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useZone } from '../../shell/plant.ts';
import { countWords } from '../../words/number.ts';
import { preciseTime, spanWords } from '../../words/time.ts';
import { traceAxis, type Fold, type TraceAxis } from './trace-axis.ts';
import { layerWord, lengthWords, outcomeWords } from './trace-words.ts';
import type { TraceRow } from './trace-rows.ts';

/** The rows as bars. One row is read at a time: by pointing, or with the arrow keys. */
export function TraceBars({ rows }: { readonly rows: readonly TraceRow[] }): ReactElement {
  const axis = useMemo(() => traceAxis(rows.flatMap(({ startMs, endMs, calls }) => [startMs, endMs, ...calls.flatMap((call) => [call.startMs, call.endMs])])), [rows]);
  const [chosen, setChosen] = useState<string>();
  const read = rows.find(({ id }) => id === chosen);
  const entry = read?.id ?? rows[0]?.id;
  return (
    <>
      <Reading row={read} />
      <div className="order-bars">
        <AxisHead axis={axis} />
        <ul onKeyDown={moveFocus}>
          {rows.map((row) => (
            <li key={row.id}>
              <BarRow row={row} axis={axis} isChosen={row.id === chosen} isEntry={row.id === entry} choose={setChosen} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

/** Up and down go from row to row; one row takes part in the order of the Tab key. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll('button')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
}

interface BarRowProps {
  readonly row: TraceRow;
  readonly axis: TraceAxis;
  readonly isChosen: boolean;
  readonly isEntry: boolean;
  readonly choose: (id: string) => void;
}

function BarRow({ row, axis, isChosen, isEntry, choose }: BarRowProps): ReactElement {
  const { id, layer, depth, title, failed, isOpen, startMs, endMs, calls } = row;
  return (
    <button
      type="button"
      className="order-span"
      tabIndex={isEntry ? 0 : -1}
      aria-pressed={isChosen}
      onMouseEnter={() => choose(id)}
      onFocus={() => choose(id)}
      onClick={() => choose(id)}
    >
      <span className="order-span-title" title={title} style={{ paddingInlineStart: `${Math.min(depth, depthShown)}em` }}>
        {title}
      </span>
      <span className="visually-hidden">
        , {layerWord(layer)}, {lengthWords(row)}
        {outcomeWords(row) === '' ? '' : `, ${outcomeWords(row)}`}
      </span>
      <span className="order-track" aria-hidden="true">
        <span className="order-bar" data-layer={layer} data-failed={failed} data-open={isOpen} style={barStyle(axis, startMs, endMs)} />
        {calls.map((call) => (
          <span key={call.id} className="order-bar" data-layer={call.failed ? 'failed' : 'call'} style={barStyle(axis, call.startMs, call.endMs)} />
        ))}
      </span>
    </button>
  );
}

const depthShown = 4;

function barStyle(axis: TraceAxis, startMs: number, endMs: number): { readonly left: string; readonly width: string } {
  const [from, to] = [axis.place(startMs), axis.place(endMs)];
  return { left: percent(from), width: percent(to - from) };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

/** Labels nearer than this to the one before are left out. */
const labelShare = 0.1;
/** The width that a letter of a fold's length takes. */
const letterShare = 0.0105;

/** Where the stretches begin, and how long the folds are. */
function AxisHead({ axis }: { readonly axis: TraceAxis }): ReactElement {
  const zone = useZone();
  let last = Number.NEGATIVE_INFINITY;
  const starts = axis.stretches.filter(({ from, to }) => {
    if (from - last < labelShare || (to - from < labelShare / 2 && from > 0) || from > 1 - labelShare) return false;
    last = from;
    return true;
  });
  return (
    <div className="order-axis" aria-hidden="true">
      {starts.map(({ from, startMs }) => (
        <span key={startMs} className="order-axis-time" style={{ left: percent(from) }}>
          {preciseTime(startMs, zone)}
        </span>
      ))}
      {axis.stretches.map((stretch) => (
        <LengthOf key={stretch.startMs} part={stretch} />
      ))}
      {axis.folds.map((fold) => (
        <LengthOf key={fold.from} part={fold} isFold />
      ))}
    </div>
  );
}

/** A part of the axis with how long it is, where there is room for that. */
function LengthOf({ part: { from, to, ms }, isFold = false }: { readonly part: Pick<Fold, 'from' | 'to' | 'ms'>; readonly isFold?: boolean }): ReactElement {
  const words = spanWords(ms);
  return (
    <span className="order-part" data-fold={isFold} style={{ left: percent(from), width: percent(to - from) }}>
      <span>{to - from >= letterShare * words.length && words}</span>
    </span>
  );
}

function Reading({ row }: { readonly row: TraceRow | undefined }): ReactElement {
  const zone = useZone();
  if (!row) return <p className="order-reading quiet">Point at a row, or go through the rows with the arrow keys, to read when it was and how long it took.</p>;
  const tries = row.calls.length > 0 ? countWords(row.calls.length, 'call') : '';
  return (
    <p className="order-reading">
      <strong>{row.title}</strong>
      <span>
        {[layerWord(row.layer), `from ${preciseTime(row.startMs, zone)}`, lengthWords(row), row.system, tries, outcomeWords(row)].filter((part) => part !== '').join(' · ')}
      </span>
    </p>
  );
}
