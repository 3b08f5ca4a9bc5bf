import { DataChangeNotification, DataValue, NotificationMessage, StatusCodes, Variant, DataType, MonitoredItemNotification } from 'node-opcua';
import { expect, test } from 'vitest';
import { recordedSink } from '../../../test/recorded-sink.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { opcUaAddress } from './address.ts';
import { newItem, type Blank } from './items.ts';
import { opcUaLibrary } from './library.ts';
import type { OpcUaSession } from './service.ts';
import { ItemSubscription } from './subscription.ts';

const startMs = 1_790_000_000_000;

function message(sequenceNumber: number, value: number, atMs: number): NotificationMessage {
  const data = new DataValue({ value: new Variant({ dataType: DataType.Double, value }), statusCode: StatusCodes.Good, sourceTimestamp: new Date(atMs) });
  const monitoredItems = [new MonitoredItemNotification({ clientHandle: 1, value: data })];
  return new NotificationMessage({ sequenceNumber, publishTime: new Date(atMs), notificationData: [new DataChangeNotification({ monitoredItems })] });
}

/** A server that loses its messages, which no server in a test does by itself: it publishes these, in this order, and keeps none. */
function forgetfulServer(published: { readonly subscriptionId: number; readonly notificationMessage: NotificationMessage }[]) {
  const calls: string[] = [];
  const header = { serviceResult: StatusCodes.Good };
  let subscriptions = 0;
  type Done = (error: Error | null, response?: unknown) => void;
  const session = {
    createSubscription(_request: unknown, done: Done) {
      calls.push(`create ${++subscriptions}`);
      done(null, { responseHeader: header, subscriptionId: subscriptions, revisedPublishingInterval: 100, revisedMaxKeepAliveCount: 10, revisedLifetimeCount: 100 });
    },
    deleteSubscriptions({ subscriptionIds }: { readonly subscriptionIds: readonly number[] }, done: Done) {
      calls.push(`delete ${subscriptionIds.join(' ')}`);
      done(null, { responseHeader: header });
    },
    createMonitoredItems({ itemsToCreate }: { readonly itemsToCreate: readonly unknown[] }, done: Done) {
      done(null, { responseHeader: header, results: itemsToCreate.map(() => ({ statusCode: StatusCodes.Good, monitoredItemId: 7 })) });
    },
    publish(_request: unknown, done: Done) {
      const next = published.shift();
      if (next) setImmediate(() => done(null, { responseHeader: header, ...next }));
    },
    republish({ retransmitSequenceNumber }: { readonly retransmitSequenceNumber: number }, done: Done) {
      calls.push(`republish ${retransmitSequenceNumber}`);
      done(new Error(' serviceResult = BadMessageNotAvailable (0x807b0000)'));
    },
  };
  // Of a session, a subscription uses only these services.
  return { calls, session: session as unknown as OpcUaSession };
}

test('a message that is lost for good ends the subscription: a new one begins with what is so now, and the time between is in doubt', async () => {
  const sink = recordedSink();
  const blanks: Blank[] = [];
  const item = newItem(opcUaAddress('ns=1;s=A'));
  const settings = { intervalMs: 100, samplingMs: 0, queueSize: 10, lifetimeMs: 10_000, keepAliveMs: 1_000 };
  const subscription = new ItemSubscription({
    library: await opcUaLibrary(),
    settings,
    items: [item],
    sink,
    clock: virtualClock(startMs),
    blank: (more) => void blanks.push(...more),
  });
  const { calls, session } = forgetfulServer([
    { subscriptionId: 1, notificationMessage: message(1, 10, startMs) },
    { subscriptionId: 1, notificationMessage: message(3, 30, startMs + 2) },
    { subscriptionId: 2, notificationMessage: message(1, 30, startMs + 2) },
  ]);
  const { signal } = new AbortController();
  expect(await subscription.attach(session, false, signal)).toBe(false);
  await subscription.monitor(session, ['', 'urn:own'], 10);
  await expect(subscription.listen(session, signal)).rejects.toThrow('message 2 did not arrive');
  expect(await subscription.attach(session, true, signal)).toBe(false);
  await subscription.monitor(session, ['', 'urn:own'], 10);
  void subscription.listen(session, signal);
  await sink.until(() => sink.all.length === 2);
  expect(sink.all.map(({ value }) => value)).toEqual([10, 30]);
  expect(blanks).toMatchObject([{ after: startMs, before: startMs + 2, reason: 'the server no longer had a message that did not arrive' }]);
  expect(calls).toEqual(['create 1', 'republish 2', 'delete 1', 'create 2']);
});
