import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { LimitValues } from '../model/limit.ts';
import type { Engine } from '../engine/engine.ts';
import { proofOf } from '../engine/proofs/proof.ts';
import { route, type Route } from './route.ts';

export interface ProofRouteParts {
  readonly engine: Engine;
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly hubName: string;
  readonly version: string;
}

/** The effect proof of a business key, for a file that is checked elsewhere. */
export function proofRoutes({ engine: { store, landscape }, limits, clock, hubName, version }: ProofRouteParts): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/trail/:key/proof',
      group: 'stories',
      summary: 'The effect proof of a business key: what was intended, tried, answered and read back, hash-chained, one JSON object a line.',
      right: 'read',
      async serve({ params }) {
        const key = params['key'] ?? '';
        const lines = await proofOf({ store, landscape, limits, hub: hubName, version, key, nowMs: clock.now() });
        if (!lines) throw new Fault('NOT_FOUND', `Nothing is known of "${key.slice(0, 100)}".`);
        return { status: 200, headers: { 'content-type': 'application/x-ndjson; charset=utf-8' }, body: lines.map((line) => `${line}\n`).join('') };
      },
    }),
  ];
}
