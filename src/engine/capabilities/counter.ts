import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import type { Capability, Result } from '../../model/capability.ts';
import { eventType, keysOf } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { System } from '../../model/system.ts';
import type { EventRecord, RunStatus, Store } from '../../store/store.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import type { Errand } from '../effects/errand.ts';
import { entityOf } from '../flows/step-errand.ts';
import type { Intake } from '../log/intake.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { ModeBoard } from '../modes/mode-board.ts';
import type { Past } from '../retention/past.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';
import { spanIdOf, traceparentOf } from '../trace/trace-context.ts';
import { requested, requestFlow } from './request.ts';

/** What a request over the API came to. */
export interface Served {
  readonly run: string;
  readonly status: RunStatus;
  /** Absent while it is under way. */
  readonly result: Result<unknown, unknown> | undefined;
}

/** The counter at which callers ask for capabilities. */
export interface Counter {
  /** An action: once per (principal, idempotency key), durable before anything happens. Raises NOT_FOUND, INPUT_INVALID. */
  request(name: string, input: unknown, caller: { readonly principal: string; readonly idempotencyKey: string; readonly waitMs: number }): Promise<Served>;
  /** A query: asked of the owning system now. Raises NOT_FOUND, INPUT_INVALID, SYSTEM_UNREACHABLE where its mode or a pause says so, REPLY_BROKEN. */
  query(name: string, input: unknown): Promise<Result<unknown, unknown>>;
}

interface CounterParts {
  readonly landscape: Landscape;
  readonly intake: Intake;
  readonly pipeline: Pipeline;
  readonly dispatcher: Dispatcher;
  readonly store: Store;
  readonly clock: Clock;
  readonly past: Past;
  readonly oversight: Oversight;
  readonly modes: Pick<ModeBoard, 'of' | 'paused'>;
}

export function counter(parts: CounterParts): Counter {
  const { landscape, intake, pipeline, dispatcher, store, clock, past, oversight, modes } = parts;
  const ends = new Map<string, Set<() => void>>();
  let asked = 0;
  pipeline.watch((changes) => {
    for (const change of changes) if (change.change === 'run.set' && change.status !== 'active') for (const wake of ends.get(change.id) ?? []) wake();
  });

  function ended(run: string, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wakes = ends.get(run) ?? new Set();
      ends.set(run, wakes);
      const wake = (): void => {
        cancel();
        wakes.delete(wake);
        if (wakes.size === 0) ends.delete(run);
        resolve();
      };
      const cancel = clock.after(waitMs, wake);
      wakes.add(wake);
    });
  }

  /** Puts a request into the log; gives how it stands where it was asked for before. */
  async function taken(run: string, event: ReturnType<typeof requestOf>['event']): Promise<Served | undefined> {
    const [first] = (await intake.accept([event], event.data.principal, 'engine')).events;
    if (!first || !('duplicate' in first) || !first.duplicate) return undefined;
    const standing = await past.kept(async () => {
      const earlier = await store.event(first.position);
      if (earlier) assertSame(earlier, event.data);
      return earlier && servedOf(store, run);
    });
    // What was dropped since it was found is asked for as if it had never been.
    return standing ?? taken(run, event);
  }

  /** A question waits for nobody who is not there: its caller is told at once. */
  function refuseInMode({ name, title }: System): void {
    const pause = modes.paused(name);
    const { mode, reason, allows } = modes.of(name);
    if (pause) throw new Fault('SYSTEM_UNREACHABLE', `${title} is not asked: its queue was paused by ${pause.by}: ${pause.reason}`, { system: name, paused: true });
    if (allows.calls === 'refuse' && mode !== 'down')
      throw new Fault('SYSTEM_UNREACHABLE', `${title} is not asked: it is in the mode "${mode}": ${reason}`, { system: name, mode });
  }

  return {
    async request(name, input, { principal, idempotencyKey, waitMs }) {
      const capability = askedFor({ landscape, oversight }, name, input, 'action');
      const { run, event } = requestOf(capability, input, { principal, idempotencyKey });
      const waiting = ended(run, waitMs);
      const earlier = await taken(run, event);
      if (earlier && earlier.status !== 'active') return earlier;
      await waiting;
      return servedOf(store, run);
    },
    query(name, input) {
      const capability = askedFor({ landscape, oversight }, name, input, 'query');
      const binding = landscape.bindingOf(name);
      if (!binding) throw new Fault('LANDSCAPE_INVALID', `No system serves ${name}: it has no binding.`);
      refuseInMode(binding.system);
      asked += 1;
      const step = `query#${asked}`;
      const issuedMs = clock.now();
      return new Promise((resolve, reject) => {
        const errand: Errand = {
          run: 'api',
          step,
          key: `api/${step}`,
          query: true,
          asked: true,
          rank: 1,
          mode: 'call',
          capability,
          binding,
          subject: askOf(capability, input),
          input,
          bytes: 0,
          keys: keysOf(capability.keys, input),
          queue: entityOf(capability, input),
          traceparent: () => traceparentOf(hashId('query', String(issuedMs), step), spanIdOf('api', step)),
          issuedMs,
          expiresMs: undefined,
          status: 'open',
          attempts: 0,
          revision: 0,
          history: [],
          durable: true,
          notBeforeMs: 0,
          restoredMs: undefined,
          settledMs: 0,
          doubtful: false,
          broken: 0,
          onEnd: (_errand, ending) => resolve(ending.result ?? { ok: false, refusal: { code: 'CANCELLED' } }),
          onBroken: (reason) => reject(new Fault('REPLY_BROKEN', reason, { capability: name })),
        };
        dispatcher.take(errand);
        dispatcher.release(errand);
      });
    },
  };
}

/** The capability that a caller asks for. Raises NOT_FOUND, INPUT_INVALID, LANDSCAPE_STALLED. */
export function askedFor({ landscape, oversight }: Pick<CounterParts, 'landscape' | 'oversight'>, name: string, input: unknown, effect: 'query' | 'action'): Capability {
  const capability = landscape.of('capability').get(name);
  if (!capability) throw new Fault('NOT_FOUND', `No capability is called "${name}". Known: ${[...landscape.of('capability').keys()].sort().join(', ')}.`);
  if ((capability.effect === 'query') !== (effect === 'query')) throw new Fault('INPUT_INVALID', `${name} is a ${capability.effect}.`);
  const subject = askOf(capability, input);
  if (oversight.isBarred(subject)) throw new Fault('LANDSCAPE_STALLED', `Asking ${name} for exactly this has stopped the hub before.`, { capability: name });
  const difference = oversight.during(subject, () => capability.input.difference(input));
  if (difference) throw new Fault('INPUT_INVALID', `${name} does not take this input at ${difference.path}: ${difference.reason}.`, { path: difference.path });
  return capability;
}

/** A request as the event that it is, and the run that comes of it. */
export function requestOf(capability: Capability, input: unknown, { principal, idempotencyKey }: { readonly principal: string; readonly idempotencyKey: string }) {
  const source = `/api/${principal}`;
  const run = `${requestFlow}:${hashId(requestFlow, source, idempotencyKey).slice(0, 16)}`;
  const { order, shipment, asset, item } = keysOf(capability.keys, input);
  const data = {
    capability: capability.name,
    key: idempotencyKey,
    principal,
    input,
    ...(order && { order }),
    ...(shipment && { shipment }),
    ...(asset && { asset }),
    ...(item && { item }),
  };
  return { run, event: { specversion: '1.0', id: idempotencyKey, source, type: eventType(requested), data } } as const;
}

/** Raises KEY_USED where the event of an earlier request with this key asked for something else. */
export function assertSame(earlier: Pick<EventRecord, 'data'>, { capability, input, key }: ReturnType<typeof requestOf>['event']['data']): void {
  // Written by requestOf(), in an earlier request.
  const before = JSON.parse(earlier.data) as { readonly input?: unknown; readonly capability?: string };
  // Another order of keys is no other input: programs that build their bodies from maps do not keep it.
  if (before.capability !== capability || canonicalJson(before.input) !== canonicalJson(input))
    throw new Fault('KEY_USED', `The idempotency key "${key}" was used with another input.`, { idempotencyKey: key });
}

/** How a request stands. */
export async function servedOf(store: Pick<Store, 'run' | 'steps'>, run: string): Promise<Served> {
  const record = await store.run(run);
  const [step] = await store.steps(run);
  // Written by endErrand() only: a Result, or null where it was cancelled.
  const result = step?.output === undefined ? undefined : (JSON.parse(step.output) as Result<unknown, unknown> | null);
  return { run, status: record?.status ?? 'active', result: result ?? undefined };
}

/** One question of a caller: the same for every order of its keys. */
function askOf(capability: Capability, input: unknown): Subject {
  return { kind: 'ask', key: hashId(capability.name, canonicalJson(input)), of: capability };
}
