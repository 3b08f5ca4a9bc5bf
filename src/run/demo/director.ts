// Performs a play: does its acts one after the other, waits until the systems are at rest, and has the verdict taken.
import { worldFrom } from '../../counterparts/frame/world.ts';
import { at, testimonyOf, type SystemName, type Testimony } from '../../counterparts/verdict/testimony.ts';
import type { PlayFacts } from '../../counterparts/verdict/expectation.ts';
import type { Row } from '../../counterparts/verdict/row.ts';
import { verdictOn } from '../../counterparts/verdict/verdict.ts';
import type { CounterpartSet } from './counterpart-set.ts';
import type { Act, Play } from './scene.ts';
import type { Stage } from './stage.ts';
import type { Tempo } from './tempo.ts';

export interface Performance {
  readonly play: Play;
  readonly seed: number;
  readonly tempo: Tempo;
  readonly counterparts: CounterpartSet;
  /** Hub and edge; opened after the world was reset. */
  readonly openStage: () => Promise<Stage>;
  /** Told of each act as it is done. */
  readonly onAct?: (act: Act) => void;
  readonly onStage?: (stage: Stage) => void;
}

export interface PlayResult {
  readonly name: string;
  readonly seed: number;
  readonly ok: boolean;
  readonly tookMs: number;
  readonly rows: readonly Row[];
  readonly stage: Stage;
}

const pollMs = 25;
/** After so many times the quiet of an end nothing is still to come. */
const hopelessQuiets = 25;
/** Between two looks at everything. */
const lookMs = 100;

/** Raises what stops it; a play that ends otherwise than it must is a result, not a fault. The stage is left open. */
export async function perform({ play, seed, tempo, counterparts, openStage, onAct, onStage }: Performance): Promise<PlayResult> {
  const startMs = Date.now();
  const world = { seed, epochMs: startMs, overrides: play.overrides?.(worldFrom(seed, startMs)) ?? {} };
  await counterparts.reset(world);
  await counterparts.ask('supplier', 'POST', '/_answer', { afterMs: tempo.supplierAnswersAfterMs });
  const stage = await openStage();
  onStage?.(stage);
  const facts: { -readonly [Name in keyof PlayFacts]: PlayFacts[Name] } = { play: play.name, ...world, downFromMs: undefined, upAgainMs: undefined };
  const until = Date.now() + tempo.playMax;
  const means: Means = { tempo, counterparts, stage, until, facts };
  const late = await actAll(play, means, onAct);
  const rows = await restingVerdict(means);
  const all = late === undefined ? rows : [late, ...rows];
  return { name: play.name, seed, ok: all.every(({ ok }) => ok), tookMs: Date.now() - startMs, rows: all, stage };
}

interface Means {
  readonly tempo: Tempo;
  readonly counterparts: CounterpartSet;
  readonly stage: Stage;
  /** When the play must be over, epoch milliseconds. */
  readonly until: number;
  readonly facts: { -readonly [Name in keyof PlayFacts]: PlayFacts[Name] };
}

/** Gives the row that says what never came, if something did not; the rest of the play is left out then. */
async function actAll(play: Play, means: Means, onAct: Performance['onAct']): Promise<Row | undefined> {
  for (const act of play.acts) {
    onAct?.(act);
    const missing = await performAct(act, means);
    if (missing !== undefined)
      return { id: 'play.went-on', question: 'Did the play come to its end?', expected: missing, found: `not within ${means.tempo.playMax / 1_000} s`, ok: false };
  }
  return undefined;
}

/** Does one act; gives what it waited for in vain. */
async function performAct(act: Act, means: Means): Promise<string | undefined> {
  const { counterparts, stage, tempo, facts } = means;
  switch (act.do) {
    case 'pace':
      await counterparts.ask('plant', 'POST', '/_machine', { machine: 'packer-3', factor: act.factor });
      return undefined;
    case 'fault':
      if (act.rule['kind'] === 'outage') facts.downFromMs = Date.now();
      await counterparts.ask(act.at, 'POST', '/_fault', act.rule);
      return undefined;
    case 'mend':
      facts.upAgainMs = Date.now();
      await counterparts.ask(act.at, 'DELETE', '/_fault');
      return undefined;
    case 'switch':
      await counterparts.ask(act.at, 'POST', act.path, act.body);
      return undefined;
    case 'cut-link':
      facts.downFromMs = Date.now();
      stage.link.cut();
      return undefined;
    case 'mend-link':
      facts.upAgainMs = Date.now();
      stage.link.mend();
      return undefined;
    case 'await':
      return awaitEntries(act, means);
    case 'await-asked':
      return awaitAsked(act.at, act.route, means);
    case 'revive':
      return revive(act.process, means);
    case 'tell':
      await stage.ask('POST', '/api/events', { specversion: '1.0', id: `${act.type}-1`, source: '/planning', type: act.type, datacontenttype: 'application/json', data: act.data });
      return undefined;
    case 'pause':
      await pause({ calm: tempo.calmMs, away: tempo.awayMs, detection: tempo.detectionMs }[act.for]);
      return undefined;
  }
}

async function awaitEntries({ at: system, type, count }: Extract<Act, { do: 'await' }>, { counterparts, until }: Means): Promise<string | undefined> {
  let found = 0;
  while (Date.now() < until) {
    const entries = await counterparts.ask(system, 'GET', `/_ledger?type=${type}`);
    found = Array.isArray(entries) ? entries.length : 0;
    if (found >= count) return undefined;
    await pause(pollMs);
  }
  return `${count} × ${type} in the ledger of ${system} (there: ${found})`;
}

async function awaitAsked(system: SystemName, route: string, { counterparts, until }: Means): Promise<string | undefined> {
  while (Date.now() < until) {
    const asked = at(await counterparts.ask(system, 'GET', '/_stats'), 'byRoute', route);
    if (typeof asked === 'number' && asked > 0) return undefined;
    await pause(pollMs);
  }
  return `${system} is asked ${route}`;
}

async function revive(actor: 'hub' | 'edge', { stage, until }: Means): Promise<string | undefined> {
  const gone = await Promise.race([stage.exited(actor), pause(Math.max(0, until - Date.now()))]);
  if (gone === undefined) return `the ${actor} dies at its point`;
  await stage.revive(actor);
  return undefined;
}

/** Asks the systems until all is as it must be and stays so, or the play's time is up. */
async function restingVerdict({ counterparts, tempo, until, facts }: Means): Promise<readonly Row[]> {
  let sinceMs = Date.now();
  let size = -1;
  for (;;) {
    const testimony = await testimonyOf(counterparts.addresses);
    const rows = verdictOn(facts, testimony);
    const nowSize = sizeOf(testimony);
    if (nowSize !== size) sinceMs = Date.now();
    size = nowSize;
    const quiet = (Date.now() - sinceMs) / tempo.quietMs;
    if ((quiet >= 1 && rows.every(({ ok }) => ok)) || quiet >= hopelessQuiets || Date.now() >= until) return rows;
    await pause(lookMs);
  }
}

function sizeOf({ ledgers }: Testimony): number {
  return Object.values(ledgers).reduce((sum, entries) => sum + entries.length, 0);
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
