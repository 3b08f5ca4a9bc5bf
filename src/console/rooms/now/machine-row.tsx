import { AlertTriangle } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { Link } from 'react-router';
import { useNewest } from '../../api/live.ts';
import { numberWords, unitWords } from '../../words/number.ts';
import type { MachineSpot } from './plant.ts';

/** The state of a machine that makes things (PackML, ANSI/ISA-TR88.00.02). */
const makes = 'Execute';

interface MachineRowProps {
  readonly machine: MachineSpot;
  /** Name of its line. */
  readonly line: string;
  /** What it says of itself. */
  readonly state: string | undefined;
}

/** One machine: how fast it makes things now, beside what it should. Leads to its line. */
export const MachineRow = memo(function MachineRow({ machine, line, state }: MachineRowProps): ReactElement {
  const { average, target } = useRate(machine);
  const { title, wrong, rule, unit } = machine;
  const share = average === undefined || target === undefined || target <= 0 ? undefined : Math.max(0, Math.min(1, average / target));
  return (
    <li>
      <Link className="now-machine" data-wrong={wrong !== undefined} to={`/lines/${encodeURIComponent(line)}`} title={rule}>
        <span className="now-machine-name">{title}</span>
        {wrong !== undefined && (
          <span className="now-machine-word">
            <AlertTriangle aria-hidden="true" /> {wrong}
          </span>
        )}
        {wrong === undefined && state !== undefined && state !== makes && <span className="now-machine-state">{state}</span>}
        <span className="now-machine-rate">{rateText(average, target, unit)}</span>
        {share !== undefined && (
          <span className="now-meter" aria-hidden="true">
            <span style={{ transform: `scaleX(${share})` }} />
          </span>
        )}
      </Link>
    </li>
  );
});

function rateText(average: number | undefined, target: number | undefined, unit: string): ReactElement {
  if (average === undefined) return <span className="quiet">not heard yet</span>;
  return (
    <>
      <strong>{numberWords(average)}</strong>
      {target !== undefined && ` of ${numberWords(target)}`} {unitWords(unit)}
    </>
  );
}

/** The newest that was heard of what a machine makes. */
export function useRate({ signal, target }: MachineSpot): { readonly average: number | undefined; readonly target: number | undefined } {
  const newest = useNewest(signal ?? '');
  return { average: newest?.average, target: newest?.target ?? target };
}

/** The same as a cell of a table. */
export function MachineRate({ machine }: { readonly machine: MachineSpot }): ReactElement {
  const { average, target } = useRate(machine);
  return rateText(average, target, machine.unit);
}
