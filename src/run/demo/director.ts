// Performs a play: does its acts one after the other, waits until the systems are at rest, and has the verdict taken.
import { readFile } from 'node:fs/promises';
import { worldFrom } from '../../counterparts/frame/world.ts';
import { at, testimonyOf, type SystemName, type Testimony } from '../../counterparts/verdict/testimony.ts';
import type { PlayFacts } from '../../counterparts/verdict/expectation.ts';
import { same, type Row } from '../../counterparts/verdict/row.ts';
import { testimonyReader } from '../../counterparts/verdict/testimony-reader.ts';
import { verdictOn } from '../../counterparts/verdict/verdict.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { CounterpartSet } from './counterpart-set.ts';
import type { Act, Means, Play } from './scene.ts';
import type { Stage } from './stage.ts';
import type { Tempo } from './tempo.ts';

export interface Performance {
  readonly play: Play;
  readonly seed: number;
  readonly tempo: Tempo;
  readonly counterparts: CounterpartSet;
  /** Hub and edge; opened after the world was reset. */
  readonly openStage: () => Promise<Stage>;
  /** Where a process that kills itself writes at which point it did. */
  readonly proof: string;
  /** Told of each act as it is done. */
  readonly onAct?: (act: Act) => void;
  readonly onStage?: (stage: Stage) => void;
  /** Told of the world before anything happens in it. */
  readonly onWorld?: (world: PlayWorld) => void;
}

/** What a play's world is made of. */
export type PlayWorld = Pick<PlayFacts, 'seed' | 'epochMs' | 'overrides'>;

export interface PlayResult {
  readonly name: string;
  readonly seed: number;
  readonly ok: boolean;
  readonly tookMs: number;
  readonly rows: readonly Row[];
  /** From the last trouble, or its end, until the ledgers were as they must be; undefined where they never were. */
  readonly convergeMs: number | undefined;
  readonly facts: PlayFacts;
  /** What the rows were judged on. */
  readonly testimony: Testimony;
  readonly stage: Stage;
}

const pollMs = 80;
/** After so many times the quiet of an end nothing is still to come. */
const hopelessQuiets = 60;
/** Between two looks at everything. */
const lookMs = 100;

/** Raises what stops it; a play that ends otherwise than it must is a result, not a fault. The stage is left open. */
export async function perform({ play, seed, tempo, counterparts, openStage, proof, onAct, onStage, onWorld }: Performance): Promise<PlayResult> {
  const startMs = Date.now();
  const world: PlayWorld = { seed, epochMs: startMs, overrides: play.overrides?.(worldFrom(seed, startMs)) ?? {} };
  await counterparts.reset(world);
  await counterparts.ask('supplier', 'POST', '/_answer', { afterMs: tempo.supplierAnswersAfterMs });
  onWorld?.(world);
  const stage = await openStage();
  onStage?.(stage);
  const { elsewhere, parkedAt } = play;
  const facts: OwnMeans['facts'] = { play: play.name, ...world, downFromMs: undefined, upAgainMs: undefined, elsewhere, parkedAt };
  const death = play.killAt && deathWatch(stage, play, play.killAt, proof);
  const means: OwnMeans = { tempo, counterparts, stage, until: Date.now() + tempo.playMax, facts, death, troubleMs: Date.now() };
  const late = await actAll(play, means, onAct);
  const { rows, ...rest } = await restingVerdict(play, means);
  const all = late === undefined ? rows : [late, ...rows];
  return { name: play.name, seed, ok: all.every(({ ok }) => ok), tookMs: Date.now() - startMs, rows: all, facts, ...rest, stage };
}

/** The row that says where the process died that was to. */
export const killedRow = 'process.killed';

/** A process that kills itself at a named point, and is started again when it has. */
interface Death {
  readonly revivedMs: () => number | undefined;
  row(): Row;
}

function deathWatch(stage: Stage, { betweenLives }: Play, { process: actor, point }: NonNullable<Play['killAt']>, proof: string): Death {
  const wanted = `${point}, and started again`;
  let how = 'never';
  let revivedMs: number | undefined;
  const watch = async (): Promise<void> => {
    if (!stage.endedEarly(actor)) how = `ended by ${await stage.exited(actor)}`;
    const proven = (await readFile(proof, 'utf8')).trim();
    if (!stage.endedEarly(actor)) {
      await betweenLives?.(stage.dataDir);
      await stage.revive(actor);
    }
    revivedMs = Date.now();
    how = `${proven}, and started again`;
  };
  watch().catch((error: unknown) => {
    how = `${how}: ${messageOf(error)}`;
  });
  return { revivedMs: () => revivedMs, row: () => same(killedRow, `Where was the ${actor} killed?`, wanted, how) };
}

interface OwnMeans extends Means {
  readonly facts: { -readonly [Name in keyof PlayFacts]: PlayFacts[Name] };
  readonly death: Death | undefined;
  /** When something was done to the world last. */
  troubleMs: number;
}

/** Gives the row that says what never came, if something did not; the rest of the play is left out then. */
async function actAll(play: Play, means: OwnMeans, onAct: Performance['onAct']): Promise<Row | undefined> {
  for (const act of play.acts) {
    onAct?.(act);
    const missing = await performAct(act, means);
    if (!isPatient(act)) means.troubleMs = Date.now();
    if (missing !== undefined)
      return { id: 'play.went-on', question: 'Did the play come to its end?', expected: missing, found: `not within ${means.tempo.playMax / 1_000} s`, ok: false };
  }
  return undefined;
}

/** Whether it does nothing to the world. */
function isPatient({ do: what }: Act): boolean {
  return what === 'await' || what === 'await-asked' || what === 'pause';
}

/** Does one act; gives what it waited for in vain. */
async function performAct(act: Act, means: OwnMeans): Promise<string | undefined> {
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
    case 'tell':
      return tell(act, means);
    case 'pause':
      await pause({ calm: tempo.calmMs, away: tempo.awayMs, detection: tempo.detectionMs }[act.for]);
      return undefined;
    case 'trouble':
      return act.act(means);
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

/** As any sender should: the same event again until the hub has taken it. */
async function tell({ type, data }: Extract<Act, { do: 'tell' }>, { stage, until }: Means): Promise<string | undefined> {
  const event = { specversion: '1.0', id: `${type}-1`, source: '/planning', type, datacontenttype: 'application/json', data };
  let refusal = '';
  while (Date.now() < until) {
    try {
      await stage.ask('POST', '/api/events', event);
      return undefined;
    } catch (error) {
      // The hub may be dead just now.
      refusal = messageOf(error);
      await pause(lookMs);
    }
  }
  return `the hub takes ${type} (${refusal})`;
}

/** Asks the systems until all is as it must be and stays so, nothing is on its way any more, or the play's time is up. */
async function restingVerdict(play: Play, means: OwnMeans): Promise<Pick<PlayResult, 'rows' | 'testimony' | 'convergeMs'>> {
  const { counterparts, tempo, until, facts, stage, death } = means;
  const reader = testimonyReader(counterparts.addresses);
  let [sinceMs, size] = [Date.now(), -1];
  let rightMs: number | undefined;
  let isJudged = false;
  for (;;) {
    await reader.read();
    const isNew = reader.size !== size;
    // Business of others may wait for its owners for good.
    if (isNew || (play.elsewhere === undefined && (await underWay(stage)))) sinceMs = Date.now();
    size = reader.size;
    const quiet = (Date.now() - Math.max(sinceMs, death?.revivedMs() ?? 0)) / tempo.quietMs;
    const isOver = quiet >= hopelessQuiets || Date.now() >= until;
    if (isNew) isJudged = false;
    // Everything is asked for only when what was new is followed by nothing for a look, or where it may be the last word.
    if ((!isNew && !isJudged) || quiet >= 1 || isOver) {
      isJudged = true;
      const testimony = await testimonyOf(counterparts.addresses);
      const rows = [...verdictOn(facts, testimony), ...(death ? [death.row()] : []), ...((await play.looks?.(means)) ?? [])];
      const isRight = rows.every(({ ok }) => ok);
      rightMs = isRight ? (rightMs ?? Date.now()) : undefined;
      // What came while it was asked for may be followed by more.
      const isLast = quiet >= 1 && isRight && sizeOf(testimony) === size;
      if (isLast || isOver) return { rows, testimony, convergeMs: rightMs === undefined ? undefined : Math.max(0, rightMs - Math.max(means.troubleMs, death?.revivedMs() ?? 0)) };
    }
    await pause(lookMs);
  }
}

/** Whether the hub has something to send, to repeat or to read back; only for knowing when to stop looking, never for what is found. */
async function underWay(stage: Stage): Promise<boolean> {
  const systems = await stage.ask('GET', '/api/systems').catch(() => undefined);
  return !Array.isArray(systems) || systems.some((system) => at(system, 'queue') !== 0);
}

function sizeOf({ ledgers }: Testimony): number {
  return Object.values(ledgers).reduce((sum, entries) => sum + entries.length, 0);
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
