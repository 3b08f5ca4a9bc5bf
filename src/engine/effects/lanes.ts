import type { Clock, Random } from '../../kernel/clock.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Gate } from './gate.ts';
import { lane, laneLimits, type Lane, type LaneLimits, type LaneMode } from './lane.ts';

/** The lanes of all systems, made when first needed, with the next look at each and the mode it was last told in. */
export interface Lanes {
  of(system: System): Lane;
  all(): readonly Lane[];
  /** Looks at the lane again when it says that something may have changed by itself. */
  wakeLater(to: Lane): void;
  /** Tells a change of mode, and the end of an outage, once. */
  report(to: Lane): void;
  /** Looks no more by itself. */
  stop(): void;
}

interface LanesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LimitValues;
  /** Engines that call the same systems, each within its part of their limits. */
  readonly sharers: number;
  readonly gate: (system: string) => Gate;
  /** Whatever may change a lane's mode has happened to it. */
  readonly onLook: (lane: Lane) => void;
  readonly onMode: (lane: Lane) => void;
  /** Since when an earlier process had a system down. */
  readonly outageMs: (system: string) => number | undefined;
  readonly isRunning: () => boolean;
  /** Sends what may be sent now. */
  readonly pump: (to: Lane) => void;
}

export function lanes({ clock, random, limits, sharers, gate, onLook, onMode, outageMs, isRunning, pump }: LanesParts): Lanes {
  const bySystem = new Map<string, Lane>();
  const wakes = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  const told = new Map<string, { readonly mode: LaneMode; readonly outageMs: number | undefined }>();

  return {
    of(system) {
      const known = bySystem.get(system.name);
      if (known) return known;
      const made = lane(system.name, partOf(laneLimits(system.limits, limits), sharers), clock, random, () => gate(system.name), outageMs(system.name));
      bySystem.set(system.name, made);
      return made;
    },
    all: () => [...bySystem.values()],
    wakeLater(to) {
      if (!isRunning()) return;
      const atMs = to.wakeAtMs();
      const planned = wakes.get(to.system);
      if (atMs === undefined || (planned && planned.atMs <= atMs)) return;
      planned?.cancel();
      const cancel = clock.after(Math.max(0, atMs - clock.steady()), () => {
        wakes.delete(to.system);
        pump(to);
      });
      wakes.set(to.system, { atMs, cancel });
    },
    report(to) {
      onLook(to);
      const [mode, outageMs, last] = [to.mode(), to.outageMs(), told.get(to.system)];
      if (last?.mode === mode && last.outageMs === outageMs) return;
      told.set(to.system, { mode, outageMs });
      onMode(to);
    },
    stop() {
      for (const wake of wakes.values()) wake.cancel();
    },
  };
}

function partOf(limits: LaneLimits, sharers: number): LaneLimits {
  if (sharers === 1) return limits;
  return { ...limits, concurrencyMax: Math.max(1, Math.floor(limits.concurrencyMax / sharers)), rateMax: Math.max(1, limits.rateMax / sharers) };
}
