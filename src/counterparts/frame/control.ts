// The control endpoints that every counterpart has. They stand outside the simulated system: no token, no fault.
import { invalid, ok } from './answer.ts';
import { fieldsOf, isObject } from './fields.ts';
import type { Frame } from './frame.ts';
import { unfitting } from './merge.ts';
import type { RequestStats } from './request-stats.ts';
import type { Route } from './route.ts';
import { worldFrom } from './world.ts';
import type { WorldOverrides } from './world.ts';

const seedMax = 4_294_967_295;
const epochMsMax = 8_000_000_000_000;
const moreOrdersMax = 100_000;

/** `more` is what the system itself adds to `/_stats`. */
export function controlRoutes(frame: Frame, stats: RequestStats, more: () => Record<string, unknown> = () => ({})): Route[] {
  return [
    { method: 'GET', path: '/_health', handle: () => ok({ ok: true, name: frame.name }) },
    { method: 'GET', path: '/_world', handle: () => ok(frame.world) },
    { method: 'GET', path: '/_ledger', handle: ({ query }) => ok(frame.ledger.select(query)) },
    { method: 'GET', path: '/_stats', handle: () => ok({ ...stats.shown(), ledger: frame.ledger.size, webhooks: frame.webhooks.stats(), ...more() }) },
    { method: 'GET', path: '/_fault', handle: () => ok(frame.faults.list()) },
    { method: 'POST', path: '/_fault', handle: ({ body }) => ({ status: 201, body: frame.faults.add(body) }) },
    {
      method: 'DELETE',
      path: '/_fault',
      handle() {
        frame.faults.clear();
        return ok([]);
      },
    },
    { method: 'GET', path: '/_webhook', handle: () => ok(frame.webhooks.list()) },
    {
      method: 'POST',
      path: '/_webhook',
      handle({ body }) {
        const { shown, add } = frame.webhooks.subscription(body);
        add();
        return { status: 201, body: shown };
      },
    },
    {
      method: 'DELETE',
      path: '/_webhook',
      handle() {
        frame.webhooks.unsubscribeAll();
        return ok([]);
      },
    },
    { method: 'POST', path: '/_reset', handle: ({ body }) => reset(frame, stats, body) },
  ];
}

function reset(frame: Frame, stats: RequestStats, body: unknown) {
  const fields = fieldsOf(body ?? {}, ['seed', 'epoch', 'overrides']);
  const seed = fields.optional('seed', (name) => fields.integer(name, 0, seedMax)) ?? frame.world.seed;
  const epochMs = fields.optional('epoch', (name) => fields.integer(name, 0, epochMsMax)) ?? frame.world.epochMs;
  frame.reset(
    seed,
    epochMs,
    fields.optional('overrides', (name) => overridesFrom(fields.raw(name), seed, epochMs)),
  );
  stats.reset();
  return ok(frame.world);
}

function overridesFrom(value: unknown, seed: number, epochMs: number): WorldOverrides {
  if (!isObject(value)) throw invalid('overrides', value, 'an object');
  const wrong = unfitting(worldFrom(seed, epochMs), value);
  if (wrong !== undefined) throw invalid(`overrides.${wrong}`, at(value, wrong), 'what GET /_world shows, with the same kind of value; elements of arrays whole');
  const fields = fieldsOf(value, Object.keys(value), 'overrides');
  fields.optional('moreOrders', (name) => fields.integer(name, 0, moreOrdersMax));
  fields.optional('supplierAnswer', (name) => {
    const answer = fields.object(name, ['kind', 'delayMinutes']);
    answer.optional('kind', (kind) => answer.choice(kind, ['delayed', 'confirmed']));
    answer.optional('delayMinutes', (minutes) => answer.integer(minutes));
  });
  return value;
}

function at(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .reduce<unknown>((inner, step) => {
      if (Array.isArray(inner)) return inner[Number(step)];
      return isObject(inner) ? inner[step] : undefined;
    }, value);
}
