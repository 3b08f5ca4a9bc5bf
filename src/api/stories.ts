import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import { Type } from 'typebox';
import type { Engine } from '../engine/engine.ts';
import { supplyChain, type Process } from '../engine/stories/supply-chain.ts';
import type { Moment, Story, SystemState } from '../engine/stories/story.ts';
import { tell } from '../engine/stories/telling.ts';
import type { Span } from '../engine/trace/spans.ts';
import { spansOfKey } from '../engine/trace/trail-spans.ts';
import { name } from './field.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const searchQuery = schema(Type.Object({ q: name }, { additionalProperties: false }));
const processQuery = schema(
  Type.Object({ family: Type.Optional(Type.Literal('supply-chain')), type: Type.Optional(name), key: Type.Optional(name) }, { additionalProperties: false }),
);

/** Everything about one business key; `timeline` is a union by `kind`. */
export type StoryView = Story;
export type MomentView = Moment;
/** What one system was last asked to have, and whether it does. */
export type SystemStateView = SystemState;
/** A span as OpenTelemetry knows it. */
export type SpanView = Span;
/** One process of the supply chain for one business key, as it stands. */
export type ProcessView = Process;

/** Each system side by side. */
export type ConsistencyView = Pick<Story, 'key' | 'systems' | 'disagreements'>;

/** What a text leads to as a business key's value. */
export interface SearchView {
  readonly q: string;
  /** The names of the keys that have it, e.g. `order`. */
  readonly keys: readonly string[];
  readonly kinds: { readonly events: number; readonly runs: number; readonly exceptions: number };
  /** Where its story is. */
  readonly link: string;
}

/** What happened to an order, a shipment or anything else that has a business key. */
export function storyRoutes(engine: Engine, clock: Clock): readonly Route[] {
  const { store, landscape } = engine;

  async function known(key: string): Promise<Story> {
    const story = await tell(store, landscape, key, clock.now());
    if (story.timeline.length === 0) throw new Fault('NOT_FOUND', `Nothing is known of "${key.slice(0, 100)}".`);
    return story;
  }

  const storyRoute = (path: string, what: string): Route =>
    route({
      method: 'GET',
      path: `${path}/:key`,
      group: 'stories',
      summary: `The story of ${what}: timeline, runs, exceptions, and each system side by side.`,
      right: 'read',
      gives: viewShapes.story,
      serve: async ({ params }) => ok(await known(params['key'] ?? '')),
    });

  return [
    storyRoute('/api/orders', 'an order'),
    storyRoute('/api/shipments', 'a shipment'),
    storyRoute('/api/trail', 'anything that has a business key'),
    route({
      method: 'GET',
      path: '/api/orders/:key/consistency',
      group: 'stories',
      summary: 'What each system was last asked to have for an order, how old that is, and where it disagrees.',
      right: 'read',
      gives: viewShapes.consistency,
      async serve({ params }) {
        const { key, systems, disagreements } = await known(params['key'] ?? '');
        return ok({ key, systems, disagreements } satisfies ConsistencyView);
      },
    }),
    route({
      method: 'GET',
      path: '/api/trail/:key/spans',
      group: 'stories',
      summary: 'The same as OpenTelemetry-like spans.',
      right: 'read',
      gives: viewShapes.spans,
      serve: async ({ params }) => ok(await spansOfKey(store, params['key'] ?? '')),
    }),
    route({
      method: 'GET',
      path: '/api/search',
      group: 'stories',
      summary: 'What a business key’s value leads to, counted by kind.',
      right: 'read',
      gives: viewShapes.search,
      query: searchQuery,
      async serve({ query: { q } }) {
        const { events, runs, exceptions } = await store.byKey(q, 1_000);
        const names = new Set([...events, ...exceptions].flatMap(({ keys }) => Object.entries(keys).flatMap(([key, value]) => (value === q ? [key] : []))));
        const kinds = { events: events.length, runs: runs.length, exceptions: exceptions.length };
        return ok({ q, keys: [...names], kinds, link: `/api/trail/${encodeURIComponent(q)}` } satisfies SearchView);
      },
    }),
    route({
      method: 'GET',
      path: '/api/processes',
      group: 'stories',
      summary: 'Supply chain processes by business key: supplier collaboration, shipment milestones, dock scheduling, exception resolution.',
      right: 'read',
      query: processQuery,
      async serve({ query: { type, key } }) {
        const processes = await supplyChain(store, landscape);
        return ok(processes.filter((process) => (type === undefined || process.type === type) && (key === undefined || process.keys.includes(key))));
      },
    }),
  ];
}
