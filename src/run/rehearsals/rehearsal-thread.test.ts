import { expect, onTestFinished, test } from 'vitest';
import { loadLandscape } from '../../engine/releases/load.ts';
import { oversight } from '../../engine/watch/oversight.ts';
import { noWatch } from '../../engine/watch/watch.ts';
import { assert } from '../../kernel/assert.ts';
import { eventType } from '../../model/contract.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { realClock } from '../real-clock.ts';
import { rehearsalThread } from './rehearsal-thread.ts';

const folder = 'examples/packaging-plant';

test('a system’s answer that cannot go to the thread is no answer, and the dry run ends', { timeout: 240_000 }, async () => {
  const landscape = await loadLandscape(folder);
  const flow = landscape.of('flow').get('packaging-bottleneck');
  assert(flow !== undefined, 'the landscape has the flow');
  const thread = rehearsalThread({ folder, limits: {}, stallMs: 10_000, clock: realClock, log: () => undefined });
  onTestFinished(async () => thread[Symbol.asyncDispose]());
  const room = thread.roomFor({ landscape, limits: {}, store: memoryStore(), oversight: oversight(noWatch), nextTurn: setImmediate });
  const data = JSON.stringify(flow.on.examples[0]);
  const at = { timeMs: 1_000, receivedMs: 1_000, principal: 'edge', traceparent: undefined, keys: {} };
  const event = { ...at, position: 1, id: 'e1', source: '/edge/edge-1', type: eventType(flow.on), data };
  const ask = async () => ({ ok: true as const, value: { later: () => 'no data' } });
  const subject = { kind: 'replay', key: 'r1', of: flow } as const;
  const { rehearsed } = await room.rehearse({ flow, event, run: 'r1', key: 'PO-1', subject, was: undefined, steps: [] }, { ask, nowMs: 2_000 });
  expect(rehearsed).toMatchObject({ end: 'stopped', why: expect.stringMatching(/it is not known what production-order#1, .* would have been answered/) });
});
