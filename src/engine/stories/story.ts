import { originTexts, type InputOrigin } from './origin-text.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { FieldUnits } from '../../model/field-units.ts';
import { quantityText } from '../../kernel/ucum.ts';
import { clockText, dayText, spanText } from './plain-time.ts';
import { isPlain, tryTexts, type Try } from './try-text.ts';

/** What every moment has. */
interface MomentBase {
  readonly atMs: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly title: string;
  readonly system?: string;
  readonly status: string;
  /** How long it took, or has taken so far. */
  readonly durationMs?: number;
  readonly run?: string;
  readonly step?: string;
  /** What it is declared as in the landscape, kind and name: `contract:production.variance.detected`. */
  readonly definition?: string;
  /** What was tried and learnt on the way, oldest first. */
  readonly tries?: readonly Try[];
}

/** What a step was asked with, and what came of it. */
interface StepDetail {
  readonly input: unknown;
  readonly output?: unknown;
}

export interface EventMoment extends MomentBase {
  readonly kind: 'event';
  readonly detail: {
    readonly position: number;
    readonly id: string;
    readonly source: string;
    readonly type: string;
    /** When it happened; the moment is when the hub took it. */
    readonly happened: string;
    readonly keys: BusinessKeys;
    readonly by: string;
    readonly data: unknown;
    readonly mended?: Mending;
  };
}

/** Who wrote an event's data in the quarantine instead of its sender, when and why; `before`: the data as they came. */
export interface Mending {
  /** By which the quarantine tells of it. */
  readonly message: string;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly before?: unknown;
}

/** A run begins or ends, or somebody does something about it. */
export interface RunMoment extends MomentBase {
  readonly kind: 'run';
  /** `deed`: what a person did about it. */
  readonly detail: { readonly flow: string; readonly key: string; readonly release: string; readonly deed?: unknown };
}

export interface QueryMoment extends MomentBase {
  readonly kind: 'query';
  readonly detail: StepDetail;
}

export interface DecisionMoment extends MomentBase {
  readonly kind: 'decision';
  /** `from`: where each input came from. */
  readonly detail: StepDetail & { readonly decision: string; readonly version?: number | undefined; readonly from?: Readonly<Record<string, InputOrigin>> | undefined };
}

/** A change of a system, or the way back of one; what settles a posted effect has no mode. */
export interface EffectMoment extends MomentBase {
  readonly kind: 'effect' | 'undo';
  readonly detail: StepDetail & { readonly mode?: string; readonly revision?: number | undefined; readonly attempts?: number; readonly due?: string | undefined };
}

export interface WaitMoment extends MomentBase {
  readonly kind: 'wait';
  readonly detail: StepDetail & { readonly due?: string | undefined };
}

export interface SleepMoment extends MomentBase {
  readonly kind: 'sleep';
  readonly detail: StepDetail;
}

/** A case is opened, or somebody does something about it; what it is about is told where it is opened. */
export interface ExceptionMoment extends MomentBase {
  readonly kind: 'exception';
  readonly detail: { readonly exception: string; readonly type?: string; readonly severity?: string; readonly keys?: BusinessKeys; readonly context?: unknown };
}

/** One thing that happened, in plain words. */
export type Moment = EventMoment | RunMoment | QueryMoment | DecisionMoment | EffectMoment | WaitMoment | SleepMoment | ExceptionMoment;

/** What one system was last asked to have, and whether it does. */
export interface SystemState {
  readonly system: string;
  readonly title: string;
  readonly capability: string;
  readonly capabilityTitle: string;
  readonly entity: string;
  readonly status: string;
  readonly revision: number | undefined;
  readonly at: string;
  readonly ageMs: number;
  /** Whether the system has what it was last asked to have. */
  readonly agrees: boolean;
}

/** Everything about one business key, from the hub's own log. */
export interface Story {
  readonly key: string;
  readonly at: string;
  /** Oldest first. */
  readonly timeline: readonly Moment[];
  readonly runs: readonly {
    readonly id: string;
    readonly flow: string;
    readonly title: string;
    readonly key: string;
    readonly status: string;
    readonly started: string;
    readonly ended?: string;
    readonly reason?: string;
  }[];
  readonly exceptions: readonly { readonly id: string; readonly type: string; readonly status: string; readonly owner: string; readonly summary: string; readonly due: string }[];
  /** Each system side by side. */
  readonly systems: readonly SystemState[];
  readonly disagreements: readonly SystemState[];
  /** The newest count of what was produced, where an event or an answer told one; `unit` is UCUM. */
  readonly produced?: { readonly quantity: number; readonly unit?: string; readonly from: string; readonly at: string };
  /** What the numbers of its moments are counted or measured in (UCUM), by their `definition`, as the landscape's nodes have it. */
  readonly units: Readonly<Record<string, FieldUnits>>;
  /** Whether there is more than is told here. */
  readonly truncated: boolean;
}

export interface StoryTextOptions {
  /** Columns. */
  readonly width: number;
  /** IANA time zone of the times shown. */
  readonly zone: string;
}

const timeColumns = 14;

/** The story for a terminal: one line for each moment, what happened on the way below it, and where each system stands. */
export function storyText(story: Story, options: StoryTextOptions): string {
  if (story.timeline.length === 0) return `Nothing is known of ${story.key}.`;
  const open = story.exceptions.filter((one) => one.status !== 'resolved').length;
  const lines = [`${story.key}: ${counted(story.runs.length, 'run')}, ${counted(open, 'unresolved exception')} (times in ${options.zone})`];
  let day = '';
  for (const moment of story.timeline) {
    const today = dayText(moment.atMs, options.zone);
    if (today !== day) lines.push('', today);
    day = today;
    lines.push(...momentLines(moment, options));
  }
  if (story.systems.length > 0) lines.push('', 'Where the systems stand', ...story.systems.map((state) => stateLine(state, options.width)));
  if (story.produced) lines.push('', `Produced: ${quantityText(story.produced.quantity, story.produced.unit)} (${story.produced.from})`);
  if (story.truncated) lines.push('', 'There is more than is shown here.');
  return lines.map((line) => line.trimEnd()).join('\n');
}

function momentLines(moment: Moment, { width, zone }: StoryTextOptions): string[] {
  const inRun = moment.step !== undefined;
  const took = moment.durationMs === undefined || moment.durationMs < 1 ? '' : spanText(moment.durationMs);
  const tries = moment.tries ?? [];
  const plain = isPlain(tries);
  const tail = [took, plain && tries.some(({ what }) => what === 'read back') ? `${moment.status}, read back` : moment.status].filter((part) => part !== '').join('  ');
  const head = `${clockText(moment.atMs, zone).padEnd(timeColumns)}${inRun ? '  ' : ''}`;
  const room = Math.max(20, width - head.length - tail.length - 2);
  const main = `${head}${cut(moment.title, room).padEnd(room)}  ${tail}`;
  const told = moment.kind === 'decision' ? originTexts(moment.detail['from']) : plain ? [] : tryTexts(tries, zone);
  const below = told.map((text) => cut(`${' '.repeat(timeColumns)}    ${text}`, width));
  return [main, ...below];
}

function stateLine({ title, capabilityTitle, entity, status, revision, ageMs, agrees }: SystemState, width: number): string {
  const mark = agrees ? ' ' : '!';
  const told = `${mark} ${title.padEnd(16)} ${status.padEnd(10)} ${capabilityTitle} (${entity}${revision === undefined ? '' : `, revision ${revision}`}), ${spanText(ageMs)} ago`;
  return cut(told, width);
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}

function cut(text: string, columns: number): string {
  const flat = text.replaceAll(/\s*\n\s*/g, ' ');
  return flat.length <= columns ? flat : `${flat.slice(0, Math.max(1, columns - 1))}…`;
}
