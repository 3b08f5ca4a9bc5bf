// One subscription with all items, its notification messages in order and none twice (OPC 10000-4 §5.14).
import type {
  CreateMonitoredItemsResponse,
  CreateSubscriptionResponse,
  DeleteSubscriptionsResponse,
  DataValue,
  NotificationMessage,
  PublishResponse,
  RepublishResponse,
  TransferSubscriptionsResponse,
} from 'node-opcua-client';
import type { Clock } from '../../kernel/clock.ts';
import type { SourceSink } from '../../model/source.ts';
import { nodeIdOf } from './address.ts';
import { mistrust, take, type Blank, type Item } from './items.ts';
import type { OpcUaLibrary } from './library.ts';
import { readingOf } from './sample.ts';
import { missingBefore, sequenceAfter } from './sequence.ts';
import { asked, isRefused, ServiceRefused, type OpcUaSession } from './service.ts';

export interface SubscriptionSettings {
  readonly intervalMs: number;
  readonly samplingMs: number;
  readonly queueSize: number;
  readonly lifetimeMs: number;
  readonly keepAliveMs: number;
}

/** After how long without a word a server counts as lost, where it says every `keepAliveMs` that it is there. */
export function silenceMsOf(keepAliveMs: number): number {
  return keepAlivesMax * keepAliveMs + silenceExtraMs;
}

export interface SubscriptionParts {
  readonly library: OpcUaLibrary;
  readonly settings: SubscriptionSettings;
  readonly items: readonly Item[];
  readonly sink: SourceSink;
  readonly clock: Clock;
  /** Times of which nothing is known; they are settled elsewhere. */
  readonly blank: (blanks: readonly Blank[]) => void;
}

/** Publish requests that wait at the server, so that one is always there while an answer is under way. */
const publishMax = 4;
/** A notification message has at most so many values, so that it fits the smallest buffers. */
const notificationsMax = 5_000;
/** Keep-alives that may stay out, and what is added for a line that is slow. */
const keepAlivesMax = 3;
const silenceExtraMs = 1_000;
/** OPC 10000-4 §5.14.2: the lifetime is at least three keep-alives. */
const lifetimePerKeepAlive = 3;
const acknowledgedMax = 1_000;
const attributeValue = 13;

/** The server has dropped the subscription. */
const gone = ['BadSubscriptionIdInvalid', 'BadNoSubscription'] as const;

export class ItemSubscription {
  readonly #parts: SubscriptionParts;
  #id: number | undefined;
  /** The server has it still, and we have missed a message of it: what it says now may not be all that is so now. */
  #incomplete: number | undefined;
  /** Sequence number of the next message. */
  #expected = 1;
  #acknowledge: { subscriptionId: number; sequenceNumber: number }[] = [];
  #silenceMs: number;
  #handling: Promise<void> = Promise.resolve();

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#silenceMs = silenceMsOf(Math.max(parts.settings.keepAliveMs, parts.settings.intervalMs));
  }

  /**
   * Makes sure that there is a subscription in this session: the one of before, with every message that the server still has,
   * or a new one, where every item is in doubt. Says whether it is the one of before.
   */
  async attach(session: OpcUaSession, resumed: boolean, signal: AbortSignal): Promise<boolean> {
    if (this.#id !== undefined && (await this.#isKept(session, resumed, this.#id, signal))) return true;
    const reason = this.#incomplete === undefined ? 'the server no longer had the subscription' : 'the server no longer had a message that did not arrive';
    for (const item of this.#parts.items) {
      item.monitoredId = undefined;
      mistrust(item, reason);
    }
    this.#parts.sink.absent(
      this.#parts.items.flatMap(({ address, last, doubt }) => (last && doubt !== undefined ? [{ address: address.text, sinceMs: Math.floor(last.instant), reason: doubt }] : [])),
    );
    await this.#dropIncomplete(session);
    await this.#create(session);
    return false;
  }

  /** Asks for the items that the server does not report yet, `batchMax` at a time; one that it refuses is quarantined, alone. */
  async monitor(session: OpcUaSession, namespaces: readonly string[], batchMax: number): Promise<void> {
    const { items, sink } = this.#parts;
    const known: { readonly item: Item; readonly nodeId: string }[] = [];
    for (const item of items) {
      if (item.monitoredId !== undefined) continue;
      const nodeId = nodeIdOf(item.address, namespaces);
      if (nodeId === undefined) sink.quarantine(item.address.text, `The server has no namespace ${item.address.namespace}.`, '');
      else known.push({ item, nodeId });
    }
    for (let from = 0; from < known.length; from += batchMax) await this.#monitorBatch(session, known.slice(from, from + batchMax));
  }

  /** Takes what the server publishes, until the connection or the subscription is gone; then it rejects. */
  async listen(session: OpcUaSession, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const alarm = (): (() => void) => clock.after(this.#silenceMs, () => reject(new Error(`the server said nothing for ${this.#silenceMs / 1_000} s`)));
    let cancel = alarm();
    const heard = (): void => {
      cancel();
      cancel = alarm();
    };
    try {
      await Promise.race([silence, ...Array.from({ length: publishMax }, () => this.#publish(session, signal, heard))]);
    } finally {
      cancel();
    }
  }

  async #dropIncomplete(session: OpcUaSession): Promise<void> {
    const id = this.#incomplete;
    if (id === undefined) return;
    this.#incomplete = undefined;
    // Where the server has dropped it by itself, all is well.
    await asked<DeleteSubscriptionsResponse>((done) => session.deleteSubscriptions({ subscriptionIds: [id] }, done)).catch((error: unknown) => {
      if (!(error instanceof ServiceRefused)) throw error;
    });
  }

  async #create(session: OpcUaSession): Promise<void> {
    const { intervalMs, lifetimeMs, keepAliveMs } = this.#parts.settings;
    const keepAliveCount = Math.max(1, Math.floor(Math.min(keepAliveMs, lifetimeMs / lifetimePerKeepAlive) / intervalMs));
    const request = {
      requestedPublishingInterval: intervalMs,
      requestedMaxKeepAliveCount: keepAliveCount,
      requestedLifetimeCount: Math.max(keepAliveCount * lifetimePerKeepAlive, Math.ceil(lifetimeMs / intervalMs)),
      maxNotificationsPerPublish: notificationsMax,
      publishingEnabled: true,
      priority: 10,
    };
    const response = await asked<CreateSubscriptionResponse>((done) => session.createSubscription(request, done));
    this.#id = response.subscriptionId;
    this.#expected = 1;
    this.#acknowledge = [];
    this.#silenceMs = silenceMsOf(response.revisedPublishingInterval * response.revisedMaxKeepAliveCount);
  }

  /** Whether the subscription of before goes on here; then its messages that we have not had are taken. */
  async #isKept(session: OpcUaSession, resumed: boolean, id: number, signal: AbortSignal): Promise<boolean> {
    if (!resumed && !(await this.#isTransferred(session, id))) return false;
    try {
      while (!signal.aborted && (await this.#republished(session, id, this.#expected))) this.#expected = sequenceAfter(this.#expected);
      return true;
    } catch (error) {
      if (isRefused(error, ...gone)) return false;
      throw error;
    }
  }

  async #isTransferred(session: OpcUaSession, id: number): Promise<boolean> {
    try {
      const { results } = await asked<TransferSubscriptionsResponse>((done) => session.transferSubscriptions({ subscriptionIds: [id], sendInitialValues: false }, done));
      return results?.[0]?.statusCode.name === 'Good';
    } catch (error) {
      // Servers that know no transfer refuse it in many ways; then a new subscription is needed, and that is told of each item.
      if (error instanceof ServiceRefused) return false;
      throw error;
    }
  }

  /** Takes one message again, where the server still has it. Raises ServiceRefused where it has no such subscription. */
  async #republished(session: OpcUaSession, subscriptionId: number, retransmitSequenceNumber: number): Promise<boolean> {
    try {
      const { RepublishRequest } = this.#parts.library;
      const request = new RepublishRequest({ subscriptionId, retransmitSequenceNumber });
      const { notificationMessage } = await asked<RepublishResponse>((done) => session.republish(request, done));
      this.#deliver(notificationMessage);
      this.#acknowledge.push({ subscriptionId, sequenceNumber: retransmitSequenceNumber });
      return true;
    } catch (error) {
      if (isRefused(error, 'BadMessageNotAvailable')) return false;
      throw error;
    }
  }

  async #monitorBatch(session: OpcUaSession, batch: readonly { readonly item: Item; readonly nodeId: string }[]): Promise<void> {
    const { library, settings, items, sink } = this.#parts;
    const handles = new Map(items.map((item, index) => [item, index + 1]));
    try {
      const { results } = await asked<CreateMonitoredItemsResponse>((done) =>
        session.createMonitoredItems(
          {
            subscriptionId: this.#id ?? 0,
            timestampsToReturn: library.TimestampsToReturn.Both,
            itemsToCreate: batch.map(({ item, nodeId }) => ({
              itemToMonitor: { nodeId, attributeId: attributeValue },
              monitoringMode: library.MonitoringMode.Reporting,
              requestedParameters: { clientHandle: handles.get(item) ?? 0, samplingInterval: settings.samplingMs, queueSize: settings.queueSize, discardOldest: true },
            })),
          },
          done,
        ),
      );
      for (const [index, { item }] of batch.entries()) {
        const result = results?.[index];
        if (result?.statusCode.isGoodish()) item.monitoredId = result.monitoredItemId;
        else sink.quarantine(item.address.text, `The server does not report this node: ${result?.statusCode.name ?? 'it did not answer'}.`, '');
      }
    } catch (error) {
      if (!(error instanceof ServiceRefused) || isRefused(error, ...gone)) throw error;
      const [only, another] = batch;
      if (only && !another) sink.quarantine(only.item.address.text, `The server does not report this node: ${error.status}.`, '');
      if (!another) return;
      // It refused the batch as a whole: too many at once, or one that it cannot even refuse.
      const half = Math.ceil(batch.length / 2);
      await this.#monitorBatch(session, batch.slice(0, half));
      await this.#monitorBatch(session, batch.slice(half));
    }
  }

  /** One of the publish requests that are always under way: the next one leaves when the answer has been dealt with. */
  async #publish(session: OpcUaSession, signal: AbortSignal, heard: () => void): Promise<void> {
    const { PublishRequest } = this.#parts.library;
    while (!signal.aborted) {
      const acknowledged = this.#acknowledge.splice(0, acknowledgedMax);
      const request = new PublishRequest({ requestHeader: { timeoutHint: this.#silenceMs * publishMax }, subscriptionAcknowledgements: acknowledged });
      let response: PublishResponse;
      try {
        response = await asked<PublishResponse>((done) => session.publish(request, done));
      } catch (error) {
        if (!isRefused(error, 'BadTooManyPublishRequests')) throw error;
        this.#acknowledge.push(...acknowledged);
        return await new Promise<void>(() => undefined); // this server takes fewer at a time; the others go on
      }
      heard();
      const handled = this.#handling.then(() => this.#receive(session, response, signal));
      this.#handling = handled.catch(() => undefined); // whoever published has the rejection
      await handled;
    }
  }

  /** A message in its turn; what is missing before it is asked for once more. */
  async #receive(session: OpcUaSession, { subscriptionId, notificationMessage: message }: PublishResponse, signal: AbortSignal): Promise<void> {
    if (signal.aborted || subscriptionId !== this.#id) return;
    const isKeepAlive = (message.notificationData?.length ?? 0) === 0;
    const missing = missingBefore(this.#expected, message.sequenceNumber);
    if (missing < 0) return void (isKeepAlive || this.#acknowledge.push({ subscriptionId, sequenceNumber: message.sequenceNumber }));
    for (let left = missing; left > 0; left--) {
      if (!(await this.#republished(session, subscriptionId, this.#expected))) {
        // What it said may be what still is: a new subscription begins with all values of now.
        this.#incomplete = subscriptionId;
        this.#id = undefined;
        throw new Error(`message ${this.#expected} did not arrive, and the server no longer has it`);
      }
      this.#expected = sequenceAfter(this.#expected);
    }
    // The number of a keep-alive is that of the message to come (§5.14.5).
    if (isKeepAlive) return;
    this.#deliver(message);
    this.#acknowledge.push({ subscriptionId, sequenceNumber: message.sequenceNumber });
    this.#expected = sequenceAfter(message.sequenceNumber);
  }

  #deliver({ notificationData }: NotificationMessage): void {
    for (const data of notificationData ?? []) {
      if (isDataChange(data)) this.#changes(data.monitoredItems ?? []);
      // That it was handed over, by us, to this session, is told to the one of before, and kept among its messages.
      else if (isStatusChange(data) && data.status.name !== 'GoodSubscriptionTransferred')
        throw new ServiceRefused('BadSubscriptionIdInvalid', new Error(`the server ended the subscription: ${data.status.name}`));
    }
  }

  #changes(notifications: readonly { readonly clientHandle: number; readonly value: DataValue }[]): void {
    const { items, sink, clock, blank } = this.#parts;
    const nowMs = clock.now();
    const samples = [];
    const blanks: Blank[] = [];
    const whole: string[] = [];
    for (const { clientHandle, value } of notifications) {
      const item = items[clientHandle - 1];
      if (!item) continue;
      const reading = readingOf(item.address.text, value, nowMs);
      if ('reason' in reading) {
        sink.quarantine(item.address.text, reading.reason, value.value.toString());
        continue;
      }
      const taken = take(item, reading);
      if (taken.sample) samples.push(taken.sample);
      if (taken.blank) blanks.push(taken.blank);
      if (taken.isWhole) whole.push(item.address.text);
    }
    if (whole.length > 0) sink.whole(whole);
    // Before the values behind them are told, so that they are known when those are.
    if (blanks.length > 0) sink.absent(blanks.map(({ address, after, reason }) => ({ address: address.text, sinceMs: Math.floor(after), reason })));
    if (samples.length > 0) sink.samples(samples);
    if (blanks.length > 0) blank(blanks);
  }
}

interface DataChange {
  readonly monitoredItems: readonly { readonly clientHandle: number; readonly value: DataValue }[] | null;
}

function isDataChange(data: object | null): data is DataChange {
  return data !== null && 'monitoredItems' in data;
}

function isStatusChange(data: object | null): data is { readonly status: { readonly name: string } } {
  return data !== null && 'status' in data;
}
