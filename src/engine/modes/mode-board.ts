import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Allowance, SystemMode } from '../../model/system-mode.ts';
import type { Store } from '../../store/store.ts';
import { openGate, type Gate } from '../effects/gate.ts';
import type { Lane } from '../effects/lane.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { SystemInUse } from '../releases/systems-in-use.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { judge, measured, nextLookMs, ownModes, reasonOf, rulesOf, sendsAll, type RuleState, type RuleValues } from './mode-rule.ts';
import { switches, type Switch, type Switches } from './switches.ts';

/** How a system is used now. */
export interface ModeState {
  readonly mode: string;
  readonly sinceMs: number;
  readonly reason: string;
  /** Who says so: a person, or `lineshaft`. */
  readonly by: string;
  readonly allows: Allowance;
}

/** In which named mode each system is, what follows from that for its lane, and whose hand is on it. Every change is in the audit. */
export interface ModeBoard extends Pick<Switches, 'pause' | 'resume' | 'unsetMode'> {
  of(system: string): ModeState;
  /** All modes that a system can be in, `normal` first. */
  modesOf(system: string): readonly SystemMode[];
  paused(system: string): Switch | undefined;
  /** Raises NOT_FOUND for a mode that the system has not, and INPUT_INVALID for one that nobody can set. */
  setMode(system: string, mode: string, order: Parameters<Switches['setMode']>[2]): Promise<void>;
  gate(system: string): Gate;
  /** Whatever may change its mode has happened to a lane. */
  look(lane: Lane): void;
  /** Begins to move lanes whose gates open. */
  start(moves: { readonly laneOf: (system: string) => Lane | undefined; readonly pump: (lane: Lane) => void }): void;
  close(): void;
}

interface BoardParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly systems: ReadonlyMap<string, SystemInUse>;
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}

interface Place {
  readonly system: System;
  readonly rules: ReadonlyMap<string, RuleValues>;
  readonly states: Map<string, RuleState>;
  /** Whether only the modes that every system has are to be looked at. */
  readonly plain: boolean;
  state: ModeState;
  gate: Gate;
  laneMode: string;
  looks: number;
  /** When it was looked at last, by the steady clock. */
  lookedMs: number;
  timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
}

const normal: SystemMode = { name: 'normal', means: 'Effects and questions are sent as they come, within its limits.', allows: sendsAll };
/** A system that is well is looked at every so many answers, and where they come fast after a time, or every so many more. */
const lookEvery = 8;
const lookEveryMs = 20;
const lookEveryFast = 64;

export async function modeBoard({ store, pipeline, systems: inUse, limits, clock, onBug }: BoardParts): Promise<ModeBoard> {
  const places = new Map<string, Place>();
  const systems = [...inUse.keys()];
  let moves: Parameters<ModeBoard['start']>[0] = { laneOf: () => undefined, pump: () => undefined };
  const hands = await switches({ store, pipeline, clock, systems, onBug, onChange: (system) => settle(placeOf(system), moves.laneOf(system)) });

  for (const { system } of inUse.values()) {
    const place: Place = {
      system,
      rules: rulesOf(system, limits),
      states: new Map(),
      plain: (system.modes ?? []).length === 0,
      state: { mode: 'normal', sinceMs: clock.now(), reason: '', by: 'lineshaft', allows: sendsAll },
      gate: openGate,
      laneMode: 'up',
      looks: 0,
      lookedMs: 0,
      timer: undefined,
    };
    places.set(system.name, place);
    const [last] = await store.audit({ subject: subjectOf(system.name), limit: 1 });
    const before = last && fieldOf(recorded(last.details), 'mode');
    const set = hands.mode(system.name);
    // What a person has set goes on as it was; what was learnt of the system is learnt anew.
    if (set?.mode !== undefined) place.state = { mode: set.mode, sinceMs: set.atMs, reason: set.reason, by: set.by, allows: modeNamed(place, set.mode).allows };
    else if (before !== undefined && before !== 'normal') enter(place, normal, 'the hub was started again', 'lineshaft');
    place.gate = gateOf(place);
  }

  function placeOf(system: string): Place {
    const place = places.get(system);
    if (!place) throw new Fault('NOT_FOUND', `No system is called "${system}". Known: ${systems.toSorted().join(', ')}.`);
    return place;
  }

  function modeNamed({ system }: Place, name: string): SystemMode {
    return [...(system.modes ?? []), ...ownModes].find((mode) => mode.name === name) ?? normal;
  }

  function gateOf({ system, state }: Place): Gate {
    const pause = hands.paused(system.name);
    if (pause) return { posts: false, calls: false, firm: true, why: `paused by ${pause.by}: ${pause.reason}` };
    // While it is down or asks to wait, its lane knows by itself what to send.
    if (state.mode === 'down' || state.mode === 'throttled') return openGate;
    return {
      posts: state.allows.posts === 'send',
      calls: state.allows.calls === 'send',
      firm: hands.mode(system.name) !== undefined,
      why: `in the mode "${state.mode}": ${state.reason}`,
    };
  }

  function enter(place: Place, mode: SystemMode, reason: string, by: string): void {
    const { state, system } = place;
    const nowMs = clock.now();
    const details = JSON.stringify({ mode: mode.name, from: state.mode, reason });
    place.state = { mode: mode.name, sinceMs: nowMs, reason, by, allows: mode.allows };
    pipeline.add([{ change: 'audit.add', atMs: nowMs, actor: by, action: 'mode.entered', subject: subjectOf(system.name), details }]);
  }

  /** The mode that should be: what a person has set, else the most serious one whose rule holds. */
  function settle(place: Place, lane: Lane | undefined): void {
    const nowMs = clock.now();
    const steadyMs = clock.steady();
    const set = hands.mode(place.system.name);
    let found: { readonly mode: SystemMode; readonly reason: string } | undefined;
    let inMs = Infinity;
    if (lane)
      for (const [name, rule] of place.rules) {
        const value = measured(rule, lane, nowMs);
        const state = place.states.get(name) ?? { active: false, calmSinceMs: undefined };
        place.states.set(name, state);
        judge(state, rule, value, steadyMs);
        if (state.active) found ??= { mode: modeNamed(place, name), reason: reasonOf(rule, value) };
        inMs = Math.min(inMs, nextLookMs(state, rule, value, steadyMs) ?? Infinity);
      }
    const next = set?.mode === undefined ? (found ?? { mode: normal, reason: 'it is well again' }) : { mode: modeNamed(place, set.mode), reason: set.reason };
    if (next.mode.name !== place.state.mode) enter(place, next.mode, next.reason, set?.by ?? 'lineshaft');
    const before = place.gate;
    place.gate = gateOf(place);
    lookLater(place, lane, Math.max(inMs, 1));
    const opens = (place.gate.posts && !before.posts) || (place.gate.calls && !before.calls);
    // In a turn of its own: it may be asked for in the middle of a lane's own work.
    if (lane && opens) clock.after(0, () => moves.pump(lane));
  }

  function lookLater(place: Place, lane: Lane | undefined, inMs: number): void {
    const atMs = clock.steady() + inMs;
    if (place.timer?.atMs === atMs) return;
    place.timer?.cancel();
    place.timer = undefined;
    if (!lane || inMs === Infinity) return;
    const again = (): void => {
      place.timer = undefined;
      settle(place, lane);
    };
    place.timer = { atMs, cancel: clock.after(inMs, again) };
  }

  return {
    of: (system) => placeOf(system).state,
    modesOf: (system) => [normal, ...ownModes, ...(placeOf(system).system.modes ?? [])],
    paused: hands.paused,
    async pause(system, order) {
      placeOf(system);
      await hands.pause(system, order);
    },
    async resume(system, order) {
      placeOf(system);
      await hands.resume(system, order);
    },
    async setMode(system, mode, order) {
      const place = placeOf(system);
      const settable = ['maintenance', ...(place.system.modes ?? []).filter(({ when }) => !when).map(({ name }) => name)];
      if (!settable.includes(mode))
        throw new Fault('INPUT_INVALID', `Nobody sets the mode "${mode}" of "${system}"; these can be set: ${settable.join(', ')}.`, { system, settable });
      if (order.untilMs !== undefined && order.untilMs <= clock.now()) throw new Fault('INPUT_INVALID', 'The mode would be over already.', { system });
      await hands.setMode(system, mode, order);
    },
    async unsetMode(system, order) {
      placeOf(system);
      await hands.unsetMode(system, order);
    },
    gate: (system) => places.get(system)?.gate ?? openGate,
    look(lane) {
      const place = places.get(lane.system);
      if (!place) return;
      place.looks += 1;
      const laneMode = lane.mode();
      const isCalm = laneMode === place.laneMode && place.plain && place.state.mode === 'normal';
      if (isCalm && (place.looks % lookEvery !== 0 || (place.looks % lookEveryFast !== 0 && clock.steady() < place.lookedMs + lookEveryMs))) return;
      place.laneMode = laneMode;
      place.lookedMs = clock.steady();
      settle(place, lane);
    },
    start(given) {
      moves = given;
    },
    close() {
      hands.close();
      for (const { timer } of places.values()) timer?.cancel();
    },
  };
}

function subjectOf(system: string): string {
  return `mode:${system}`;
}
