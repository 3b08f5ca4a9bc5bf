import { Type } from 'typebox';
import type { Clock } from '../kernel/clock.ts';
import { durationMs } from '../kernel/duration.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { System } from '../model/system.ts';
import type { Engine } from '../engine/engine.ts';
import type { Errand } from '../engine/effects/errand.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { ok, route, type Route } from './route.ts';

const reasonShape = schema(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }) }, { additionalProperties: false }));
const modeShape = schema(
  Type.Object(
    { mode: Type.String({ maxLength: 100 }), reason: Type.String({ minLength: 1, maxLength: 1_000 }), for: Type.Optional(Type.String({ maxLength: 20 })) },
    { additionalProperties: false },
  ),
);

/** What waits for a system. Times are RFC 3339, UTC. */
export interface QueueView {
  readonly system: string;
  readonly title: string;
  /** Who has paused it, when, and why; absent while it runs. */
  readonly paused?: { readonly by: string; readonly at: string; readonly reason: string } | undefined;
  readonly mode: string;
  /** Effects and questions that have not ended, each counted once: those that wait, those under way, and those that a person must decide. */
  readonly waiting: number;
  readonly inFlight: number;
  readonly parked: number;
  /** When the oldest effect that has not ended was asked for, and how long ago. */
  readonly oldest?: string | undefined;
  readonly lagMs: number;
  /** Entities with the most effects that have not ended, and what holds each back. */
  readonly entities: readonly { readonly entity: string; readonly waiting: number; readonly head: string; readonly status: string }[];
  /** What is let go when more waits; absent where nothing is. */
  readonly buffer?: System['buffer'];
}

/** Entities that one answer lists. */
const entitiesMax = 20;

/** The queues before the systems: what waits, and a person's hand on it. */
export function queueRoutes(engine: Engine, clock: Clock): readonly Route[] {
  const { systems, modes } = engine;

  function view(system: System): QueueView {
    const lane = engine.lanes().find((one) => one.system === system.name);
    const pause = modes.paused(system.name);
    const byEntity = Map.groupBy(lane?.effects() ?? [], ({ queue }) => queue);
    const oldestMs = lane?.oldestMs();
    const parked = [...byEntity.values()].flat().filter(({ status }) => status === 'parked').length;
    const inFlight = lane?.inFlight() ?? 0;
    return {
      system: system.name,
      title: system.title,
      paused: pause && { by: pause.by, at: instant(pause.atMs), reason: pause.reason },
      mode: modes.of(system.name).mode,
      // A slot is given back a moment before, or after, its effect ends.
      waiting: Math.max(0, (lane?.depth() ?? 0) - inFlight - parked),
      inFlight,
      parked,
      oldest: oldestMs === undefined ? undefined : instant(oldestMs),
      lagMs: oldestMs === undefined ? 0 : clock.now() - oldestMs,
      entities: [...byEntity]
        .map(entityView)
        .toSorted((a, b) => b.waiting - a.waiting)
        .slice(0, entitiesMax),
      buffer: system.buffer,
    };
  }

  function named(name: string): System {
    const known = systems.get(name);
    if (!known) throw new Fault('NOT_FOUND', `No system is called "${name.slice(0, 100)}". Known: ${[...systems.keys()].toSorted().join(', ')}.`);
    return known.system;
  }

  const order = (action: 'pause' | 'resume', summary: string): Route =>
    route({
      method: 'POST',
      path: `/api/queues/:system/${action}`,
      group: 'systems',
      summary,
      right: 'act',
      body: reasonShape,
      async serve({ params, body, principal }) {
        const system = named(params['system'] ?? '');
        await modes[action](system.name, { by: principal.name, reason: body.reason });
        return ok(view(system));
      },
    });

  return [
    route({
      method: 'GET',
      path: '/api/queues',
      group: 'systems',
      summary: 'What waits for each system: how much, since when, behind what, and who has paused it.',
      right: 'read',
      serve: async () => ok([...systems.values()].map(({ system }) => view(system))),
    }),
    order('pause', 'Sends nothing more to a system until it is resumed, also after a restart. What waits keeps its order; answers under way are taken.'),
    order('resume', 'Sends what waits for a paused system, in order.'),
    route({
      method: 'POST',
      path: '/api/modes/:system',
      group: 'systems',
      summary: 'Sets a mode by hand: maintenance, or one of the system that has no rule; "for" says how long, e.g. "2h".',
      right: 'act',
      body: modeShape,
      async serve({ params, body, principal }) {
        const system = named(params['system'] ?? '');
        const untilMs = body.for === undefined ? undefined : clock.now() + durationMs(body.for);
        await modes.setMode(system.name, body.mode, { by: principal.name, reason: body.reason, ...(untilMs !== undefined && { untilMs }) });
        return ok(view(system));
      },
    }),
    route({
      method: 'POST',
      path: '/api/modes/:system/end',
      group: 'systems',
      summary: 'Ends the mode that was set by hand: the system is used as it is.',
      right: 'act',
      body: reasonShape,
      async serve({ params, body, principal }) {
        const system = named(params['system'] ?? '');
        await modes.unsetMode(system.name, { by: principal.name, reason: body.reason });
        return ok(view(system));
      },
    }),
  ];
}

function entityView([entity, errands]: readonly [string, readonly Errand[]]): QueueView['entities'][number] {
  const [head] = errands;
  return { entity, waiting: errands.length, head: head?.key ?? '', status: head?.status ?? '' };
}
