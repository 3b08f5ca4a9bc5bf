import type { Engine } from '../engine/engine.ts';
import { routingCursor } from '../engine/flows/router.ts';
import { exposition, expositionType } from '../engine/metrics/exposition.ts';
import type { Family } from '../engine/metrics/exposition.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** What runs here. */
export interface VersionView {
  readonly name: 'lineshaft';
  readonly hub: string;
  readonly version: string;
  /** Content hash of the landscape. */
  readonly release: string;
}

/** Whether the hub takes events, and why not. */
export interface ReadyView {
  readonly ready: boolean;
  readonly writable: boolean;
  /** Why the store must not grow now; absent where it may. */
  readonly held?: string | undefined;
  /** Changes that wait for the store. */
  readonly waiting: number;
  /** Events that lie in the log and were given to no flow yet. */
  readonly unrouted: number;
}

export interface HealthParts {
  readonly engine: Engine;
  readonly hubName: string;
  readonly version: string;
  /** Why the store must not grow now, where that is so. */
  readonly held: () => string | undefined;
  readonly families: () => Promise<readonly Family[]>;
}

/** Changes that wait for the store above which the hub is not ready. */
const depthMax = 50_000;
/** Events that lie in the log unrouted above which the hub is not ready. */
const lagMax = 10_000;

/** Whether the hub lives, is ready, and how it does. */
export function healthRoutes({ engine, hubName, version, held, families }: HealthParts): readonly Route[] {
  const { store, pipeline, landscape } = engine;
  return [
    route({
      method: 'GET',
      path: '/health',
      group: 'health',
      summary: 'Whether the process lives. The one route that needs no key; it tells nothing else.',
      right: 'open',
      serve: async () => ok({ status: 'live' }),
    }),
    route({
      method: 'GET',
      path: '/ready',
      group: 'health',
      summary: 'Whether the hub takes events: the store can be written and may grow, and routing has caught up; 503 otherwise.',
      right: 'scrape',
      async serve() {
        const [last, routed] = await Promise.all([store.lastPosition(), store.cursor(routingCursor)]);
        const state = { writable: pipeline.writable(), held: held(), waiting: pipeline.depth(), unrouted: Math.max(0, last - routed) };
        const ready = state.writable && state.held === undefined && state.waiting <= depthMax && state.unrouted <= lagMax;
        return { status: ready ? 200 : 503, body: { ready, ...state } satisfies ReadyView };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      group: 'health',
      summary: 'Metrics in the Prometheus text format.',
      right: 'scrape',
      serve: async () => ({ status: 200, headers: { 'content-type': expositionType }, body: exposition(await families()) }),
    }),
    route({
      method: 'GET',
      path: '/api/version',
      group: 'health',
      summary: 'The version of Lineshaft and the release of the landscape.',
      right: 'read',
      gives: viewShapes.version,
      serve: async () => ok({ name: 'lineshaft', hub: hubName, version, release: landscape.release } satisfies VersionView),
    }),
  ];
}
