import { Type } from 'typebox';
import type { StepStatus } from '../store/store.ts';
import { schema } from '../kernel/schema.ts';
import type { Signal } from '../model/asset.ts';
import type { Binding } from '../model/binding.ts';
import { commandDone, commandRefused, type CommandRefused, type CommandValue } from '../model/command-order.ts';
import type { Interlock, MachineCommand } from '../model/machine-command.ts';
import type { Errand } from '../engine/effects/errand.ts';
import type { Engine } from '../engine/engine.ts';
import { fieldOf, instant, recorded } from '../engine/stories/recorded-json.ts';
import { runOfStep } from '../engine/watch/watch.ts';
import { name } from './field.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** A command to a machine: who wanted what and why, under which conditions, and what came of it. Times are RFC 3339, UTC. */
export interface CommandView {
  /** Of the effect; the same for every try. */
  readonly id: string;
  readonly run: string;
  readonly capability: string;
  readonly asset: string;
  readonly signal: string;
  readonly source: string;
  readonly by: string;
  /** What was to be written, in the signal's unit, and why: as the landscape of now says it. */
  readonly value?: CommandValue | undefined;
  readonly unit?: string | undefined;
  readonly why?: string | undefined;
  /** What has to hold before the write, by the landscape; the plant's own file may ask for more. */
  readonly interlocks: readonly string[];
  readonly status: StepStatus;
  readonly asked?: string | undefined;
  readonly ended?: string | undefined;
  /** What the machine said before and after, and when it was read back. */
  readonly before?: CommandValue | undefined;
  readonly readBack?: CommandValue | undefined;
  readonly readBackAt?: string | undefined;
  readonly refusal?: CommandRefused | undefined;
  /** What was learnt last of one that has not ended. */
  readonly note?: string | undefined;
}

/** Commands that one answer lists. */
const commandsMax = 50;
/** Signals that are looked at; a landscape lets few be written. */
const signalsMax = 200;

const sources = schema(Type.Object({ source: Type.Optional(Type.Union([name, Type.Array(name, { maxItems: 100 })])) }, { additionalProperties: false }));

/** Of the effect that an entry of the audit is about. */
function keyOf(details: unknown): string {
  const key = fieldOf(details, 'key');
  return typeof key === 'string' ? key : '';
}

type CommandBinding = Binding & { readonly command: MachineCommand };

/** What was asked of machines, as the hub knows it: what has ended by the audit, what has not by the queues of this hub. */
export function machineCommandRoutes(engine: Engine): readonly Route[] {
  const bindings = [...engine.landscape.of('binding').values()].filter((binding): binding is CommandBinding => binding.command !== undefined);
  return [
    route({
      method: 'GET',
      path: '/api/commands',
      group: 'commands',
      summary: `The newest ${commandsMax} commands to machines, newest first, what was refused and why among them; of the named sources (source repeated), or of all.`,
      right: 'read',
      gives: viewShapes.commands,
      query: sources,
      async serve({ query: { source } }) {
        const wanted = source === undefined ? undefined : new Set([source].flat());
        const own = bindings.filter(({ command }) => wanted?.has(command.signal.source.name) ?? true);
        // Other systems may have a hundred thousand effects that wait.
        const systems = new Set(own.map(({ system }) => system.name));
        const lanes = engine.lanes().filter((lane) => systems.has(lane.system));
        const open = lanes.flatMap((lane) => [...lane.effects()].flatMap((errand) => openView(engine, errand, own) ?? []));
        const ended = await endedViews(engine, own);
        const newest = [...open, ...ended].toSorted((left, right) => momentOf(right) - momentOf(left));
        return ok(newest.slice(0, commandsMax));
      },
    }),
  ];
}

/** What has not ended goes by when it was asked for. */
function momentOf({ ended, asked }: CommandView): number {
  return Date.parse(ended ?? asked ?? '') || 0;
}

function openView(engine: Engine, errand: Errand, own: readonly CommandBinding[]): CommandView | undefined {
  const binding = own.find((one) => one === errand.binding);
  if (!binding) return undefined;
  const { key, run, status, issuedMs, history, input } = errand;
  const order = orderOf(engine, binding, input);
  return { ...placeOf(binding), id: key, run, by: errand.by?.() ?? '', ...order, status, asked: instant(issuedMs), note: history.at(-1)?.note };
}

async function endedViews(engine: Engine, own: readonly CommandBinding[]): Promise<readonly CommandView[]> {
  const signals = [...new Set(own.map(({ command }) => command.signal.name))].slice(0, signalsMax);
  const read = await Promise.all(signals.map(async (subject) => engine.store.audit({ subject, limit: commandsMax })));
  const records = read
    .flat()
    .filter(({ action }) => action.startsWith('command.'))
    .toSorted((left, right) => right.atMs - left.atMs)
    .slice(0, commandsMax)
    .map((record) => ({ ...record, details: recorded(record.details) }));
  const runs = [...new Set(records.map(({ details }) => runOfStep(keyOf(details))))];
  const asked = new Map((await engine.store.stepsOf(runs)).map(({ run, id, issuedMs }) => [`${run}/${id}`, issuedMs]));
  return records.flatMap(({ id, atMs, actor, action, subject, details }): CommandView[] => {
    const binding = own.find(({ capability, command }) => capability.name === fieldOf(details, 'capability') && command.signal.name === subject);
    if (!binding) return [];
    const key = keyOf(details) || String(id);
    const askedMs = asked.get(key.replace(/~\d+$/, ''));
    const done = fieldOf(fieldOf(details, 'result'), 'value');
    const refusal = fieldOf(fieldOf(details, 'result'), 'refusal');
    return [
      {
        ...placeOf(binding),
        id: key,
        run: runOfStep(key),
        by: actor,
        ...orderOf(engine, binding, fieldOf(details, 'input')),
        ...(commandDone.check(done) && { value: done.value, before: done.before, readBack: done.readBack, readBackAt: instant(done.atMs) }),
        ...(commandRefused.check(refusal) && { refusal }),
        // Written by the engine, from the status of a step that has ended.
        status: action.slice('command.'.length) as StepStatus,
        ...(askedMs !== undefined && { asked: instant(askedMs) }),
        ended: instant(atMs),
      },
    ];
  });
}

function placeOf({ capability, command: { signal, interlocks } }: CommandBinding): Pick<CommandView, 'capability' | 'asset' | 'signal' | 'source' | 'unit' | 'interlocks'> {
  const unit = signal.type === 'number' ? signal.unit : undefined;
  return {
    capability: capability.name,
    asset: signal.asset.name,
    signal: signal.name,
    source: signal.source.name,
    ...(unit !== undefined && { unit }),
    interlocks: interlocks.map(interlockWords),
  };
}

/** The landscape's own words for an input; none where that is from a landscape before and does not fit any more. */
function orderOf({ oversight }: Engine, binding: CommandBinding, input: unknown): Pick<CommandView, 'value' | 'why'> {
  try {
    const made = oversight.during({ kind: 'ask', key: binding.capability.name, of: binding }, () => binding.request(input, { key: '', run: '', by: '', askedMs: 0, revision: 0 }));
    const [value, why] = [fieldOf(fieldOf(made, 'order'), 'value'), fieldOf(fieldOf(made, 'order'), 'why')];
    return { ...(isValue(value) && { value }), ...(typeof why === 'string' && { why }) };
  } catch {
    // What the landscape cannot say of it is left out; the rest is on record.
    return {};
  }
}

function isValue(value: unknown): value is CommandValue {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

/** E.g. `packer-1.state is Idle or Stopped, at most 5s old`. */
export function interlockWords({ signal, is, min, max, within }: Interlock): string {
  const unit = unitOf(signal);
  const condition = is
    ? `is ${is.map(String).join(' or ')}`
    : [min === undefined ? '' : `at least ${min}${unit}`, max === undefined ? '' : `at most ${max}${unit}`].filter((words) => words !== '').join(' and ');
  return `${signal.name} ${condition}, not older than ${within}`;
}

function unitOf(signal: Signal): string {
  return signal.type === 'number' && signal.unit !== '1' ? ` ${signal.unit}` : '';
}
