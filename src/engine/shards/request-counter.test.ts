import assert from 'node:assert/strict';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { schema } from '../../kernel/schema.ts';
import { defineCapability } from '../../model/capability.ts';
import { eventType } from '../../model/contract.ts';
import { defineOwner } from '../../model/owner.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { eventAppend, runStart } from '../../store/store-samples.ts';
import { requestOf } from '../capabilities/counter.ts';
import { requested, requestFlow } from '../capabilities/request.ts';
import { withOwn } from '../releases/load.ts';
import { oversight } from '../watch/oversight.ts';
import { noWatch } from '../watch/watch.ts';
import { requestCounter } from './request-counter.ts';

const owner = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@example.invalid', side: 'it' });
const order = schema(Type.Object({ order: Type.String() }));
const landscape = withOwn(
  [
    owner,
    defineCapability({
      name: 'order.release',
      title: 'Release',
      owner,
      effect: 'action',
      domain: 'orders',
      input: order,
      output: order,
      refusal: order,
      keys: { order: 'order' },
      entity: 'order',
    }),
  ],
  'r1',
);
const caller = { principal: 'ann', idempotencyKey: 'k1', waitMs: 60_000 };

test('a request whose first answer another hub drops while it is looked at is asked for anew', async () => {
  const store = memoryStore();
  const clock = virtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  const [release] = landscape.of('capability').values();
  assert(release !== undefined);
  const { run, event } = requestOf(release, { order: 'PO-1' }, caller);
  const input = { flow: requestFlow, key: `${caller.principal}/${caller.idempotencyKey}`, status: 'done', endedMs: 1 } as const;
  const recorded = eventAppend('k1', { source: event.source, type: eventType(requested), receivedMs: 1, data: JSON.stringify(event.data) });
  await store.commit([recorded, runStart(run, input), eventAppend('the newest stays'), runStart('the newest stays', { position: 2, status: 'done', endedMs: 9e12 })]);
  const letters: string[] = [];
  const counter = requestCounter({
    landscape,
    clock,
    oversight: oversight(noWatch),
    stores: [
      {
        ...store,
        async steps(of) {
          if (letters.length === 0) await store.compact('events', '', { beforeMs: 100, fromPosition: 100, quarantinedFromMs: 0, auditThrough: 0, limit: 100 });
          return store.steps(of);
        },
      },
    ],
    async put(all) {
      for (const letter of all) if (letter.kind === 'letter') letters.push(letter.event);
      await store.commit([{ ...recorded, receivedMs: 200 }, runStart(run, { ...input, position: 3 })]);
    },
    here: () => undefined,
  });
  const answer = counter.request('order.release', { order: 'PO-1' }, caller);
  await clock.advance(1_000);
  expect(await answer).toMatchObject({ run, status: 'done' });
  expect(letters).toEqual([JSON.stringify(event)]);
});
