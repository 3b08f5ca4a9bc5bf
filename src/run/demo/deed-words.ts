// What was done to the world, and what the scene waits for, in whole plain sentences.
import type { SystemName } from '../../counterparts/verdict/testimony.ts';
import type { Act } from './scene.ts';

const systemNames: Readonly<Record<SystemName, string>> = {
  erp: 'The ERP',
  mes: 'The MES',
  wms: 'The warehouse system',
  tms: 'The transport service',
  cmms: 'The maintenance system',
  supplier: 'The supplier',
  mailbox: 'The mail server',
  plant: 'The plant',
};

export function packerWords(factor: number): string {
  return factor < 1 ? `The packer was slowed to ${Math.round(factor * 100)} % of its target.` : 'The packer was brought back to its target.';
}

export const transportWords = { down: 'The transport service was taken down; the hub finds out when it next calls it.', up: 'The transport service is back.' } as const;
export const linkWords = { cut: 'Edge and hub were cut off from each other.', whole: 'Edge and hub reach each other again.' } as const;

const processNames = { hub: 'The hub', edge: 'The edge' } as const;

export function deathWords(actor: 'hub' | 'edge', wasKilled: boolean): string {
  return wasKilled ? `${processNames[actor]} was killed (SIGKILL).` : `${processNames[actor]} ended by itself; it is started again.`;
}

export function returnWords(actor: 'hub' | 'edge', afterMs: number): string {
  return `${processNames[actor]} is up again after ${(afterMs / 1_000).toFixed(1)} s.`;
}

/** For the log; undefined for an act that does nothing to the world. */
export function doneWords(act: Act): string | undefined {
  switch (act.do) {
    case 'pace':
      return packerWords(act.factor);
    case 'fault':
      return act.at === 'tms' && act.rule['kind'] === 'outage' ? transportWords.down : `${systemNames[act.at]} was disturbed: ${String(act.rule['kind'])}.`;
    case 'mend':
      return act.at === 'tms' ? transportWords.up : `${systemNames[act.at]} is well again.`;
    case 'switch':
      return `${systemNames[act.at]} was switched: ${act.path.slice(2)}.`;
    case 'cut-link':
      return linkWords.cut;
    case 'mend-link':
      return linkWords.whole;
    case 'tell':
      return `The hub was told: ${act.type}.`;
    case 'trouble':
      return `The world was troubled: ${act.what}.`;
    case 'await':
    case 'await-asked':
    case 'pause':
      return undefined;
  }
}

const awaited: Readonly<Record<string, string>> = {
  'production-order.revised': 'the ERP has revised the production order',
  appointment: 'the transport service has moved the dock appointment',
  'work-request.created': 'maintenance is called',
  mail: 'planning is told',
};
const times = ['', '', ' twice', ' three times'] as const;

/** The act under way. */
export function nowWords(act: Act): string {
  switch (act.do) {
    case 'pause':
      return act.for === 'calm' ? 'The packer packs as planned.' : 'A moment passes.';
    case 'await':
      return `Waiting until ${awaited[act.type] ?? `${systemNames[act.at]} has written ${act.type}`}${times[act.count] ?? ` ${act.count} times`}.`;
    case 'await-asked':
      return `Waiting until ${systemNames[act.at]} is asked.`;
    case 'pace':
    case 'fault':
    case 'mend':
    case 'switch':
    case 'cut-link':
    case 'mend-link':
    case 'tell':
    case 'trouble':
      return doneWords(act) ?? '';
  }
}
