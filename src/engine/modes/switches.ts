import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { AuditRecord, Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** What a person has set, when, and why. */
export interface Switch {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  /** Of a mode: its name, and when it ends by itself. */
  readonly mode?: string;
  readonly untilMs?: number;
}

/** Who wants it, and why. */
export interface Order {
  readonly by: string;
  readonly reason: string;
}

/** What persons have set: queues that pause, and modes. The audit is the memory of it, so that no restart forgets it. */
export interface Switches {
  paused(system: string): Switch | undefined;
  mode(system: string): Switch | undefined;
  /** Raises CONFLICT where it pauses already. Nothing is sent from this moment on; resolves when that is durable. */
  pause(system: string, order: Order): Promise<void>;
  /** Raises CONFLICT where it does not pause. */
  resume(system: string, order: Order): Promise<void>;
  setMode(system: string, mode: string, order: Order & { readonly untilMs?: number }): Promise<void>;
  /** Raises CONFLICT where nobody has set a mode. */
  unsetMode(system: string, order: Order): Promise<void>;
  close(): void;
}

interface SwitchParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly systems: readonly string[];
  /** Something was set or unset. */
  readonly onChange: (system: string) => void;
  readonly onBug: (error: unknown) => void;
}

export async function switches({ store, pipeline, clock, systems, onChange, onBug }: SwitchParts): Promise<Switches> {
  const pauses = new Map<string, Switch>();
  const modes = new Map<string, Switch>();
  const ends = new Map<string, () => void>();

  async function record(subject: string, action: string, { by, reason }: Order, more: object = {}): Promise<void> {
    await pipeline.commit([{ change: 'audit.add', atMs: clock.now(), actor: by, action, subject, details: JSON.stringify({ reason, ...more }) }]);
  }

  function endLater(system: string): void {
    ends.get(system)?.();
    ends.delete(system);
    const { untilMs } = modes.get(system) ?? {};
    if (untilMs !== undefined)
      ends.set(
        system,
        clock.at(untilMs, () => void unsetMode(system, { by: 'lineshaft', reason: 'its time is over' }).catch(onBug)),
      );
  }

  async function unsetMode(system: string, order: Order): Promise<void> {
    const { mode } = modes.get(system) ?? {};
    if (mode === undefined) throw new Fault('CONFLICT', `Nobody has set a mode of "${system}".`, { system });
    await record(modeSubject(system), 'mode.unset', order, { mode });
    modes.delete(system);
    endLater(system);
    onChange(system);
  }

  for (const system of systems) {
    const [pause] = await store.audit({ subject: pauseSubject(system), limit: 1 });
    if (pause?.action === 'queue.paused') pauses.set(system, switchOf(pause));
    const [mode] = await store.audit({ subject: modeSubject(system), limit: 1 });
    if (mode?.action !== 'mode.set') continue;
    modes.set(system, switchOf(mode));
    endLater(system);
  }

  return {
    paused: (system) => pauses.get(system),
    mode: (system) => modes.get(system),
    async pause(system, order) {
      const now = pauses.get(system);
      if (now) throw new Fault('CONFLICT', `The queue of "${system}" was paused by ${now.by} already: ${now.reason}`, { system });
      pauses.set(system, { ...order, atMs: clock.now() });
      onChange(system);
      await record(pauseSubject(system), 'queue.paused', order);
    },
    async resume(system, order) {
      if (!pauses.has(system)) throw new Fault('CONFLICT', `The queue of "${system}" does not pause.`, { system });
      await record(pauseSubject(system), 'queue.resumed', order);
      pauses.delete(system);
      onChange(system);
    },
    async setMode(system, mode, { untilMs, ...order }) {
      const until = untilMs === undefined ? {} : { untilMs };
      modes.set(system, { ...order, atMs: clock.now(), mode, ...until });
      endLater(system);
      onChange(system);
      await record(modeSubject(system), 'mode.set', order, { mode, ...until });
    },
    unsetMode,
    close() {
      for (const cancel of ends.values()) cancel();
    },
  };
}

function switchOf({ actor, atMs, details }: AuditRecord): Switch {
  const told = recorded(details);
  const reason = fieldOf(told, 'reason');
  const mode = fieldOf(told, 'mode');
  const untilMs = fieldOf(told, 'untilMs');
  return {
    by: actor,
    reason: typeof reason === 'string' ? reason : '',
    atMs,
    ...(typeof mode === 'string' && { mode }),
    ...(typeof untilMs === 'number' && { untilMs }),
  };
}

function pauseSubject(system: string): string {
  return `queue:${system}`;
}

function modeSubject(system: string): string {
  return `mode-set:${system}`;
}
