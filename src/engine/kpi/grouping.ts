import type { BusinessKeys } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord, ExceptionRecord, StepMark } from '../../store/store.ts';
import { evidenceOf } from '../exceptions/case-facts.ts';
import { classOfContract } from '../exceptions/class.ts';
import { fieldOf } from '../stories/recorded-json.ts';

/** What the figures are told by instead of event type, flow and class of the case. */
export const kpiGroupings = ['system', 'class', 'asset'] as const;
export type KpiGrouping = (typeof kpiGroupings)[number];

/** The group of what nothing that is declared or recorded gives another. */
const unknownGroup = 'unknown';

/** The asset or line that something is about; of an event of an edge without such a key, the asset whose signal told it. */
function assetOf(keys: BusinessKeys, source?: string): string {
  return keys.asset ?? keys.line ?? (source?.startsWith('/edge/') ? source.slice(source.lastIndexOf('/') + 1) : undefined) ?? unknownGroup;
}

/** What an event is counted by: its type; by system, whoever sent it, as the hub authenticated them. */
export function groupOfEvent(landscape: Landscape, by: KpiGrouping | undefined, { type, principal, keys, source }: EventRecord): string {
  switch (by) {
    case undefined:
      return type;
    case 'system':
      return principal;
    case 'class':
      return classOfContract(landscape, landscape.contractOfType(type));
    case 'asset':
      return assetOf(keys, source);
  }
}

/** What the effects of a run are counted by: its flow; by system, each system with the effects that were asked of it. */
export function groupsOfRun(
  landscape: Landscape,
  by: KpiGrouping | undefined,
  flow: string,
  event: EventRecord,
  effects: readonly StepMark[],
): ReadonlyMap<string, readonly StepMark[]> {
  if (by === 'system') return Map.groupBy(effects, ({ name }) => systemOf(landscape, name));
  return new Map([[by === undefined ? flow : groupOfEvent(landscape, by, event), effects]]);
}

/** What a case is counted by: its class; by system, the one that its evidence names, or that has the capability that its evidence names. */
export function groupOfCase(landscape: Landscape, by: KpiGrouping | undefined, record: ExceptionRecord): string {
  switch (by) {
    case undefined:
    case 'class':
      return record.class;
    case 'asset':
      return assetOf(record.keys);
    case 'system': {
      const evidence = evidenceOf(record);
      const system = fieldOf(evidence, 'system');
      return typeof system === 'string' && landscape.of('system').has(system) ? system : systemOf(landscape, String(fieldOf(evidence, 'capability')));
    }
  }
}

function systemOf(landscape: Landscape, capability: string): string {
  return landscape.bindingOf(capability)?.system.name ?? unknownGroup;
}
