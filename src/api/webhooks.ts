import type { Clock } from '../kernel/clock.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { hashId } from '../kernel/ids.ts';
import { isTraceparent } from '../kernel/traceparent.ts';
import { eventType } from '../model/contract.ts';
import { dropReason } from '../model/event-filter.ts';
import type { Webhook } from '../model/webhook.ts';
import type { Engine } from '../engine/engine.ts';
import { dropEntries } from '../engine/log/event-drop.ts';
import type { Subject } from '../engine/watch/watch.ts';
import type { Tally } from '../engine/metrics/tally.ts';
import type { BadKeyLimit } from '../engine/policy/bad-key-limit.ts';
import { signatureFault } from '../engine/policy/signature.ts';
import { refuse } from './access.ts';
import { jsonOf } from './json-body.ts';
import { header, ok, route, type RawCall, type Route } from './route.ts';

export interface WebhookParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly secrets: ReadonlyMap<string, string>;
  readonly badKeys: BadKeyLimit;
  readonly ignored: Tally;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

const rawMax = 64 * 1024;

/** The doors for systems that call us. The signature over the raw body is the key. */
export function webhookRoutes(parts: WebhookParts): readonly Route[] {
  const { engine, clock, secrets, badKeys, ignored, log } = parts;

  function signed(call: Omit<RawCall, 'query'>): Webhook {
    const name = call.params['name'] ?? '';
    const webhook = engine.landscape.of('webhook').get(name);
    const secret = secrets.get(name);
    if (webhook && secret === undefined) log('A webhook was called that has no secret in the environment.', { webhook: name });
    if (!webhook || secret === undefined) throw new Fault('NOT_FOUND', `No webhook is called "${name.slice(0, 100)}".`);
    const wrong = signatureFault(header(call, 'x-signature'), secret, call.raw, clock.now());
    if (wrong) refuse(badKeys, call.from, `The signature is ${wrong}.`);
    return webhook;
  }

  /** The event that a message means; one that the mapping does not understand goes to quarantine as it came. */
  async function mapped(webhook: Webhook, body: unknown): Promise<ReturnType<Webhook['map']>> {
    const subject: Subject = { kind: 'webhook', key: hashId(webhook.name, canonicalJson(body)), of: webhook };
    try {
      if (engine.oversight.isBarred(subject)) throw new Fault('LANDSCAPE_STALLED', 'it has stopped the hub before');
      return engine.oversight.during(subject, () => webhook.map(body));
    } catch (error) {
      throw await kept(webhook, body, '', `The webhook "${webhook.name}" does not understand this message: ${messageOf(error)}`, error);
    }
  }

  /** Puts a message into quarantine as it came; gives what its sender is told. */
  async function kept(webhook: Webhook, body: unknown, eventId: string, reason: string, cause: unknown): Promise<Fault> {
    const raw = JSON.stringify(body).slice(0, rawMax);
    await engine.pipeline.commit([{ change: 'quarantine.add', atMs: clock.now(), source: sourceOf(webhook), eventId, principal: principalOf(webhook), reason, raw }]);
    return new Fault('CONTRACT_BROKEN', reason, { quarantined: true }, cause);
  }

  /** Why an event is dropped, as its webhook declares; one that breaks its contract is not, it goes to quarantine. */
  async function droppedBy(webhook: Webhook, body: unknown, { id, data }: { readonly id: string; readonly data: unknown }): Promise<string | undefined> {
    const { drop, contract } = webhook;
    const subject: Subject = { kind: 'event', key: `${sourceOf(webhook)} ${id}`, of: contract };
    if (!drop || engine.oversight.isBarred(subject)) return undefined;
    try {
      return engine.oversight.during(subject, () => (contract.schema.check(data) ? dropReason(drop, data) : undefined));
    } catch (error) {
      const reason = `Whether ${eventType(contract)} ${id} is dropped is not known: ${messageOf(error)}. Mend the filter of the webhook "${webhook.name}".`;
      throw await kept(webhook, body, id, reason, error);
    }
  }

  return [
    route({
      method: 'POST',
      path: '/api/webhooks/:name',
      group: 'events',
      summary: 'A door for one connected system. Signed: x-signature: t=<epoch seconds>,v1=<hex HMAC-SHA256(secret, t + "." + raw body)>.',
      right: 'signed',
      bytesMax: 256 * 1024,
      async serve(call) {
        const webhook = signed(call);
        const body = jsonOf(call.raw);
        const event = await mapped(webhook, body);
        if (event === undefined) {
          ignored.add([webhook.name]);
          return ok({ ignored: true });
        }
        const type = eventType(webhook.contract);
        const principal = principalOf(webhook);
        const reason = await droppedBy(webhook, body, event);
        if (reason !== undefined) {
          await engine.pipeline.commit(dropEntries([{ change: 'event.drop', atMs: clock.now(), source: sourceOf(webhook), id: event.id, type, principal, reason }]));
          return ok({ filtered: reason });
        }
        const traceparent = header(call, 'traceparent');
        const envelope = {
          specversion: '1.0',
          id: event.id,
          source: sourceOf(webhook),
          type,
          data: event.data,
          ...(isTraceparent(traceparent) && { traceparent }),
        };
        const answer = await engine.intake.accept([envelope], principal);
        const first = answer.events[0];
        if (first && 'reason' in first) throw new Fault('CONTRACT_BROKEN', first.reason, { id: first.id, quarantined: true });
        if (first && 'filtered' in first) return ok({ filtered: first.filtered });
        return ok(answer);
      },
    }),
  ];
}

function principalOf(webhook: Webhook): string {
  return `webhook:${webhook.name}`;
}

function sourceOf(webhook: Webhook): string {
  return `/systems/${webhook.system.name}`;
}
