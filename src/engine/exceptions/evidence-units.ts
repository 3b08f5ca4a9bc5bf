import type { FieldUnits } from '../../model/field-units.ts';
import type { Landscape } from '../../model/landscape.ts';
import { fieldOf } from '../stories/recorded-json.ts';

/** What a system that is down, or that more is asked of than it can take, keeps waiting. */
const ownUnits: FieldUnits = { waiting: '{call}', budget: '{call}', ratePerSecondMax: '{call}/s' };

/** What the numbers of a case's evidence are counted or measured in: as its type declares, or else the capability that it is about. */
export function evidenceUnits(type: string, evidence: unknown, landscape: Landscape): FieldUnits | undefined {
  const declared = landscape.of('exception').get(type);
  if (declared) return declared.units;
  const capability = fieldOf(evidence, 'capability');
  const input = typeof capability === 'string' ? landscape.of('capability').get(capability)?.units?.input : undefined;
  return { ...ownUnits, ...(input && { input }) };
}
