import type { Clock } from '../kernel/clock.ts';
import { ownersOf } from '../model/owner.ts';
import type { Amount, Span } from '../model/limit.ts';
import type { System } from '../model/system.ts';
import type { Allowance, SystemMode } from '../model/system-mode.ts';
import type { Engine } from '../engine/engine.ts';
import type { SystemInUse } from '../engine/releases/systems-in-use.ts';
import type { Lane, LaneMode } from '../engine/effects/lane.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** A connected system, as it is now. */
export interface SystemView {
  readonly name: string;
  readonly title: string;
  /** The earlier release whose runs need it, where the hub's own has it no longer. */
  readonly release?: string | undefined;
  readonly role: System['role'];
  readonly owners: readonly string[];
  /** The domains that it writes. */
  readonly domains: readonly string[];
  readonly connector: string;
  readonly mode: LaneMode;
  /** The named mode that it is used in, e.g. `normal`, `slow`, `maintenance`; `/api/modes` says what each is. */
  readonly named: string;
  /** Who has paused its queue. */
  readonly pausedBy?: string | undefined;
  /** Since when it has been down. */
  readonly since?: string | undefined;
  readonly downMs?: number | undefined;
  /** When it last answered anything, and how long ago that is; undefined while it has not since the hub began: nobody knows then how it is. */
  readonly answered?: string | undefined;
  readonly answeredAgoMs?: number | undefined;
  /** Calls that have not ended, and those of them under way. */
  readonly queue: number;
  readonly inFlight: number;
  /** How often it asked to wait (Retry-After) and was waited for. */
  readonly waits: number;
  /** `timeoutMs` and `failuresMax` are known once something was asked of it. */
  readonly limits: { readonly concurrencyMax: number; readonly ratePerSecondMax: number; readonly timeoutMs?: number; readonly failuresMax?: number };
}

/** What a mode is. */
export interface ModeWords {
  readonly name: string;
  readonly means: string;
  readonly allows: Allowance;
  /** When it is entered and left by itself; absent where persons do. */
  readonly when?: string | undefined;
}

/** The mode of a system, why it is in it, and which modes there are. */
export interface ModeView {
  readonly system: string;
  readonly title: string;
  readonly mode: string;
  readonly since: string;
  readonly reason: string;
  /** A person, or `lineshaft`. */
  readonly by: string;
  readonly allows: Allowance;
  /** Whether it is being called now. */
  readonly lane: LaneMode;
  readonly waiting: number;
  readonly modes: readonly ModeWords[];
}

/** A domain of governed data. */
export interface DomainView {
  readonly name: string;
  /** The system that writes it. */
  readonly owner?: string | undefined;
  readonly ownerRole?: System['role'] | undefined;
  readonly ownerTeams: readonly string[];
  /** Capabilities, by name. */
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** The connected systems: what they are for, what they own, and how they are now. */
export function systemRoutes(engine: Engine, clock: Clock): readonly Route[] {
  const systems = () => [...engine.systems.values()].map((known) => ({ known, lane: engine.lanes().find((lane) => lane.system === known.system.name) }));

  return [
    route({
      method: 'GET',
      path: '/api/systems',
      group: 'systems',
      summary: 'Each system with its role, owner, domains, mode, queue and limits.',
      right: 'read',
      gives: viewShapes.systems,
      serve: async () => ok(systems().map(({ known, lane }) => systemView(known, lane, clock.now(), engine.modes))),
    }),
    route({
      method: 'GET',
      path: '/api/modes',
      group: 'systems',
      summary: 'The mode of each system now, what each mode does, and when it is entered and left.',
      right: 'read',
      gives: viewShapes.modes,
      serve: async () => ok(systems().map(({ known, lane }) => modeView(known.system, lane, engine.modes))),
    }),
    route({
      method: 'GET',
      path: '/api/domains',
      group: 'systems',
      summary: 'The domains of governed data, the one system that writes each, and the capabilities that do.',
      right: 'read',
      gives: viewShapes.domains,
      serve: async () => ok(domains(engine)),
    }),
  ];
}

export function systemView({ system, release }: SystemInUse, lane: Lane | undefined, nowMs: number, modes: Engine['modes']): SystemView {
  const { name, title, role, owns, limits } = system;
  const [since, answered] = [lane?.downSinceMs(), lane?.answeredMs()];
  return {
    name,
    title,
    release,
    role,
    owners: ownersOf(system.owner).map((owner) => owner.name),
    domains: owns,
    connector: system.connector.name,
    mode: lane?.mode() ?? 'up',
    named: modes.of(name).mode,
    pausedBy: modes.paused(name)?.by,
    since: since === undefined ? undefined : instant(since),
    downMs: since === undefined ? undefined : nowMs - since,
    answered: answered === undefined ? undefined : instant(answered),
    answeredAgoMs: answered === undefined ? undefined : Math.max(0, nowMs - answered),
    queue: lane?.depth() ?? 0,
    inFlight: lane?.inFlight() ?? 0,
    waits: lane?.waits() ?? 0,
    limits: { concurrencyMax: limits.concurrencyMax, ratePerSecondMax: limits.rateMax, ...(lane && { timeoutMs: lane.limits.timeoutMs, failuresMax: lane.limits.failuresMax }) },
  };
}

function modeView({ name, title, modes: own = [] }: System, lane: Lane | undefined, modes: Engine['modes']): ModeView {
  const { mode, sinceMs, reason, by, allows } = modes.of(name);
  return {
    system: name,
    title,
    mode,
    since: instant(sinceMs),
    reason,
    by,
    allows,
    lane: lane?.mode() ?? 'up',
    waiting: lane?.depth() ?? 0,
    modes: modes.modesOf(name).map((known) => ({ name: known.name, means: known.means, allows: known.allows, when: whenOf(own, known) })),
  };
}

function whenOf(own: readonly SystemMode[], { name, when }: SystemMode): string | undefined {
  if (when) return `${when.measure} reaches ${valueText(when.enter)}; left at ${valueText(when.leave)} for ${valueText(when.for)}`;
  return own.some((mode) => mode.name === name) || name === 'maintenance' ? undefined : 'by itself';
}

function valueText(value: Amount | Span): string {
  return typeof value === 'object' ? `${String(value.value)} (${value.name})` : String(value);
}

function domains({ landscape }: Engine): readonly DomainView[] {
  const capabilities = [...landscape.of('capability').values()];
  const names = new Set([...[...landscape.of('system').values()].flatMap((system) => system.owns), ...capabilities.map((capability) => capability.domain)]);
  return [...names].sort().map((name) => {
    const owner = [...landscape.of('system').values()].find((system) => system.owns.includes(name));
    const own = capabilities.filter((capability) => capability.domain === name);
    return {
      name,
      owner: owner?.name,
      ownerRole: owner?.role,
      ownerTeams: ownersOf(owner?.owner).map((team) => team.name),
      writes: own.filter((capability) => capability.effect === 'action').map((capability) => capability.name),
      reads: own.filter((capability) => capability.effect === 'query').map((capability) => capability.name),
    };
  });
}
