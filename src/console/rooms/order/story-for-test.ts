// A small story to test the telling with: an order that is replanned while the transport service is down.
import type { MomentView, StoryView } from '../../../api/stories.ts';
import type { Reading } from './value-words.ts';

export const startMs = Date.parse('2026-11-22T13:00:00.000Z');
export const at = (seconds: number): string => new Date(startMs + seconds * 1_000).toISOString();
export const ms = (seconds: number): number => startMs + seconds * 1_000;
export const reading: Reading = { zone: 'Europe/Berlin', nowMs: ms(60) };
export const titles = new Map([
  ['erp', 'ERP'],
  ['tms', 'Transport service'],
  ['wms', 'WMS'],
]);

const run = 'replan:1';
const base = (seconds: number): { readonly atMs: number; readonly at: string } => ({ atMs: ms(seconds), at: at(seconds) });

type Tries = NonNullable<MomentView['tries']>;

type Kind<Name extends MomentView['kind']> = Extract<MomentView, { kind: Name }>;
type Change = Extract<MomentView, { readonly kind: 'effect' | 'undo' }>;

export const event: Kind<'event'> = {
  ...base(0),
  kind: 'event',
  title: 'A line is slow',
  status: 'logged',
  detail: {
    position: 7,
    id: 'e1',
    source: '/edge/edge-1/site/line-1/packer-3',
    type: 'line.slow.v1',
    happened: at(0),
    keys: { order: 'PO-1', item: 'COFFEE', episode: 'x', line: 'line-1' },
    by: 'edge',
    data: { order: 'PO-1', ratePerMin: 55.04, slotEnd: at(3_600) },
  },
};
export const begin: Kind<'run'> = {
  ...base(0.01),
  kind: 'run',
  title: 'A slow line changes the plan begins for PO-1',
  status: 'active',
  run,
  detail: { flow: 'replan', key: 'PO-1', release: 'r' },
};

export function question(seconds: number, system: string, title: string, value: unknown, step: string): Kind<'query'> {
  return {
    ...base(seconds),
    kind: 'query',
    title: `Asks ${system}: ${title}`,
    system,
    status: 'done',
    durationMs: 30,
    run,
    step,
    tries: [],
    detail: { input: {}, output: { ok: true, value } },
  };
}

export const questions: readonly Kind<'query'>[] = [
  question(0.02, 'erp', 'Order', { order: 'PO-1', plannedEnd: at(3_600) }, 'order#1'),
  question(0.03, 'wms', 'Stock', { commitments: [{ appointment: 'AP-1', window: { from: at(7_200), to: at(10_800) } }] }, 'stock#1'),
];

interface Asked {
  readonly seconds: number;
  readonly system: 'erp' | 'tms';
  readonly entity: string;
  readonly revision: number;
  readonly input: object;
  readonly status?: string;
  readonly tries?: Tries;
  readonly tookMs?: number;
  readonly kind?: 'effect' | 'undo';
  readonly output?: unknown;
}

const capabilities = { erp: 'Revise an order', tms: 'Move an appointment' };

export function asked({ seconds, system, entity, revision, input, status = 'done', tries, tookMs = 20, kind = 'effect', output }: Asked): Change {
  const took: Tries = tries ?? [
    { at: at(seconds), what: 'sent' },
    { at: at(seconds + 0.02), what: 'answered' },
  ];
  const title = `${titles.get(system) ?? ''}: ${kind === 'undo' ? 'undo by ' : ''}${capabilities[system]} (${entity}, revision ${revision})`;
  const step = `${kind === 'undo' ? 'undo:' : ''}${system}.change#${revision}`;
  return {
    ...base(seconds),
    kind,
    title,
    system,
    status,
    durationMs: tookMs,
    run,
    step,
    tries: took,
    detail: { input, output, mode: 'post', revision, attempts: 1, due: at(600) },
  };
}

export const replanned = asked({
  seconds: 0.1,
  system: 'erp',
  entity: 'PO-1',
  revision: 1,
  input: { order: 'PO-1', plannedEnd: at(9_000), version: 1, reason: 'packer-3 is slow' },
});
const window = (hours: number): { readonly from: string; readonly to: string } => ({ from: at(hours * 3_600), to: at((hours + 1) * 3_600) });
export const inVain: Tries = [0.2, 1, 3].flatMap((seconds) => [
  { at: at(seconds), what: 'sent' as const },
  { at: at(seconds + 0.01), what: 'not executed' as const, note: 'connection refused' },
]);
export const held = asked({
  seconds: 0.2,
  system: 'tms',
  entity: 'AP-1',
  revision: 1,
  input: { appointment: 'AP-1', window: window(5) },
  status: 'open',
  tries: inVain,
  tookMs: 5_000,
});
export const behind = asked({
  seconds: 2,
  system: 'tms',
  entity: 'AP-1',
  revision: 2,
  input: { appointment: 'AP-1', window: window(6) },
  status: 'open',
  tries: [{ at: at(2), what: 'buffered', note: 'behind an earlier effect on the same entity' }],
  tookMs: 3_000,
});
export const waits: Kind<'wait'> = {
  ...base(2.1),
  kind: 'wait',
  title: 'Waits for "A line is well again" until later',
  status: 'waiting',
  durationMs: 2_900,
  run,
  step: 'well#1',
  detail: { input: {}, due: at(12) },
};

export function storyOf(timeline: readonly MomentView[], more: Partial<StoryView> = {}): StoryView {
  return { key: 'PO-1', at: at(5), timeline, runs: [], exceptions: [], systems: [], disagreements: [], truncated: false, units: {}, ...more };
}

/** The state of a system that an effect left, as the hub tells it. */
export function stateOf(moment: MomentView): StoryView['systems'][number] {
  const [, capabilityTitle = '', entity = '', revision = ''] = /: (?:undo by )?(.*) \((.*), revision (\d+)\)$/.exec(moment.title) ?? [];
  const { system = '', status } = moment;
  const agrees = status === 'done';
  return { system, title: system, capability: capabilityTitle, capabilityTitle, entity, status, revision: Number(revision), at: moment.at, ageMs: 0, agrees };
}

export const openCase = { id: 'c1', type: 'slow', status: 'open', owner: 'planning', summary: 'packer-3 is slow', due: at(3_600) };
