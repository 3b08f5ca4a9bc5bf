import { conversion } from '../../kernel/ucum-conversion.ts';
import type { Signal } from '../../model/asset.ts';
import type { ToldUnit } from '../../model/source.ts';

/** A signal whose source counts in another unit than the landscape says: every value of it is wrong. */
export interface UnitProblem {
  readonly signal: Signal;
  readonly address: string;
  readonly reason: string;
}

/** Holds what a source says of its units to what the landscape says of them; a signal with a scale or offset of its own, and no source unit, says nothing. */
export function unitProblems(signals: readonly Signal[], told: readonly ToldUnit[]): readonly UnitProblem[] {
  const units = new Map(told.map(({ address, unit }) => [address, unit]));
  return signals.flatMap((signal): readonly UnitProblem[] => {
    const unit = units.get(signal.address);
    const expected = signal.sourceUnit ?? (signal.scale === 1 && signal.offset === 0 ? signal.unit : undefined);
    if (unit === undefined || expected === undefined || signal.type !== 'number') return [];
    const way = conversion(unit, expected);
    if (way && way.scale === way.divisor && way.offset === 0) return [];
    const advice = conversion(unit, signal.unit) ? `; "${unit}" as its source unit would convert it` : '';
    return [{ signal, address: signal.address, reason: `wrong unit: the source counts in ${unit}, and ${signal.name} is declared as ${expected}${advice}` }];
  });
}
