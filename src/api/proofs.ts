import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { LimitValues } from '../model/limit.ts';
import type { Engine } from '../engine/engine.ts';
import { proofOf } from '../engine/proofs/proof.ts';
import { route, type Route } from './route.ts';
import { streamed, type Log } from './streamed.ts';

export interface ProofRouteParts {
  readonly engine: Engine;
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly hubName: string;
  readonly version: string;
  readonly log: Log;
}

/** The effect proof of a business key, for a file that is checked elsewhere. */
export function proofRoutes({ engine: { store, landscape }, limits, clock, hubName, version, log }: ProofRouteParts): readonly Route[] {
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
        return { stream: (response) => void streamed(response, 'application/x-ndjson; charset=utf-8', ended(lines), log) };
      },
    }),
  ];
}

function* ended(lines: Iterable<string>): Generator<string, undefined> {
  for (const line of lines) yield `${line}\n`;
  return undefined;
}
