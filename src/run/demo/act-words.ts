// The director's acts in plain words.
import type { World } from '../../counterparts/frame/world.ts';
import type { SystemName } from '../../counterparts/verdict/testimony.ts';
import type { Act } from './scene.ts';

export interface Line {
  readonly who: string;
  readonly what: string;
}

/** As the landscape calls them. */
export const systemTitles: Readonly<Record<SystemName, string>> = {
  erp: 'ERP',
  mes: 'MES',
  wms: 'WMS',
  tms: 'transport',
  cmms: 'CMMS',
  supplier: 'supplier',
  mailbox: 'mail',
  plant: 'line-1',
};

const faultWords: Readonly<Record<string, string>> = {
  outage: 'goes down: it refuses every connection',
  'timeout-after-commit': 'will commit the next write and not answer',
  'commit-after-timeout': 'will hold the next write and commit it when nobody waits any more',
  'duplicate-webhook': 'sends every webhook three times',
  'reorder-webhook': 'sends webhooks in the wrong order',
};

const switchWords: Readonly<Record<string, string>> = { '/_line': 'the line is switched off', '/_answer': 'will take its time to answer' };

/** Undefined for what shows itself by other lines. */
export function actLine(act: Act, { order, nextOrder }: World): Line | undefined {
  switch (act.do) {
    case 'pace': {
      const rate = `${Math.round(order.targetRatePerMin * act.factor)} packs/min`;
      return { who: 'line-1', what: act.factor < 1 ? `${order.asset} drops to ${Math.round(act.factor * 100)} % of its target: ${rate}` : `${order.asset} has recovered: ${rate}` };
    }
    case 'fault':
      return { who: systemTitles[act.at], what: faultWords[String(act.rule['kind'])] ?? JSON.stringify(act.rule) };
    case 'mend':
      return { who: systemTitles[act.at], what: 'is back' };
    case 'switch':
      return { who: systemTitles[act.at], what: switchWords[act.path] ?? `${act.path} ${JSON.stringify(act.body)}` };
    case 'cut-link':
      return { who: 'link', what: 'edge and hub are cut off from each other' };
    case 'mend-link':
      return { who: 'link', what: 'edge and hub reach each other again' };
    case 'tell':
      return { who: 'planning', what: `wants ${nextOrder.id} released to the line` };
    case 'pause':
      return act.for === 'calm' ? { who: 'line-1', what: `${order.asset} packs ${order.id} as planned: ${order.targetRatePerMin} packs/min` } : undefined;
    case 'trouble':
      return { who: 'trouble', what: act.what };
    case 'await':
    case 'await-asked':
      return undefined;
  }
}
