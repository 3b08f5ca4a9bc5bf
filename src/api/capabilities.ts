import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { Guarantee } from '../model/binding.ts';
import type { Capability, Result } from '../model/capability.ts';
import { ownersOf } from '../model/owner.ts';
import { Type } from 'typebox';
import type { RunStatus } from '../store/store.ts';
import type { Engine } from '../engine/engine.ts';
import type { Served } from '../engine/capabilities/counter.ts';
import { holdToOwnership } from '../engine/policy/ownership.ts';
import { header, ok, route, type Answer, type Call, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const anyInput = schema(Type.Unknown());
const waitDefaultMs = 10_000;
const waitMaxMs = 60_000;
/** Queries of callers that one system has not answered yet; more are told to wait. */
const queriesMax = 50;

/** A governed business action or query. */
export interface CapabilityView {
  readonly name: string;
  readonly title: string;
  readonly effect: Capability['effect'];
  readonly domain: string;
  /** Which field of the input gives which business key. */
  readonly keys: Capability['keys'];
  /** The field of the input that names what it is about. */
  readonly entity: string;
  readonly owners: readonly string[];
  /** Who serves it. */
  readonly system?: string | undefined;
  /** What its binding promises of a change. */
  readonly guarantee?: Guarantee<unknown, unknown, unknown, unknown, unknown>['kind'] | undefined;
  /** JSON Schemas. */
  readonly input: Capability['input']['json'];
  readonly output: Capability['output']['json'];
  readonly refusal: Capability['refusal']['json'];
}

/** What a capability gave: its value, and the run that it was asked in, for an action. */
export interface CapabilityAnswer {
  readonly ok: true;
  readonly value: unknown;
  readonly run?: string;
}

/** An action that goes on: `GET /api/runs/{run}` tells how it ends. */
export interface CapabilityTaken {
  readonly run: string;
  readonly status: RunStatus;
}

/** Governed actions and queries for callers. */
export function capabilityRoutes(engine: Engine, clock: Clock): readonly Route[] {
  const { counter, landscape, store } = engine;
  const underWay = new Map<string, number>();

  function named(name: string): Capability {
    const capability = landscape.of('capability').get(name);
    if (!capability || capability.effect === 'notification') throw new Fault('NOT_FOUND', `No capability that can be asked for is called "${name.slice(0, 100)}".`);
    return capability;
  }

  async function query(name: string, input: unknown, waitMs: number): Promise<Answer> {
    const system = landscape.bindingOf(name)?.system.name ?? '';
    const lane = engine.lanes().find((one) => one.system === system);
    if (lane?.mode() === 'down')
      throw new Fault('SYSTEM_UNREACHABLE', `${system} has not answered since ${new Date(lane.downSinceMs() ?? 0).toISOString()}.`, { system, mode: 'down' });
    const waiting = underWay.get(system) ?? 0;
    if (waiting >= queriesMax) throw new Fault('OVERLOADED', `${waiting} queries wait for ${system} already.`, { system });
    underWay.set(system, waiting + 1);
    const answer = counter.query(name, input).finally(() => underWay.set(system, (underWay.get(system) ?? 1) - 1));
    return resultAnswer(await within(answer, waitMs, system), {});
  }

  function within(answer: Promise<Result<unknown, unknown>>, waitMs: number, system: string): Promise<Result<unknown, unknown>> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(waitMs, () => reject(new Fault('SYSTEM_UNREACHABLE', `${system} gave no answer within ${waitMs} ms.`, { system })));
      answer.then(resolve, reject).finally(cancel);
    });
  }

  async function request(call: Call<undefined, unknown>, name: string, waitMs: number): Promise<Answer> {
    const idempotencyKey = header(call, 'idempotency-key') ?? '';
    if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw new Fault(
        'INPUT_INVALID',
        'An action needs the header Idempotency-Key, 1 to 200 visible characters: the same for every try of one request, another for each new request.',
        { header: 'idempotency-key' },
      );
    }
    const served = await counter.request(name, call.body, { principal: call.principal.name, idempotencyKey, waitMs });
    return servedAnswer(served, (await store.run(served.run))?.reason);
  }

  return [
    route({
      method: 'GET',
      path: '/api/capabilities',
      group: 'capabilities',
      summary: 'What can be asked for, of which system, with the schemas of input, output and refusal.',
      right: 'read',
      gives: viewShapes.capabilities,
      serve: async () => ok([...landscape.of('capability').values()].map((capability) => view(capability, engine))),
    }),
    route({
      method: 'POST',
      path: '/api/capabilities/:name',
      group: 'capabilities',
      summary: 'Asks for a capability. Actions need an Idempotency-Key; "prefer: wait=5" says how many seconds to wait before 202.',
      right: 'request',
      body: anyInput,
      async serve(call) {
        const capability = named(call.params['name'] ?? '');
        holdToOwnership(call.principal, capability.name, landscape);
        const waitMs = waitOf(header(call, 'prefer'));
        return capability.effect === 'query' ? query(capability.name, call.body, waitMs) : request(call, capability.name, waitMs);
      },
    }),
  ];
}

/** RFC 7240 §4.3 `wait`. */
function waitOf(prefer: string | undefined): number {
  const seconds = /(?:^|[,;\s])wait=(\d{1,4})\b/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? waitDefaultMs : Math.min(waitMaxMs, Number(seconds) * 1_000);
}

function servedAnswer({ run, status, result }: Served, reason: string | undefined): Answer {
  const location = `/api/runs/${encodeURIComponent(run)}`;
  if (result) return resultAnswer(result, { run });
  if (status === 'active' || status === 'queued') return { status: 202, headers: { location }, body: { run, status } satisfies CapabilityTaken };
  throw new Fault('CONFLICT', `The request ended as "${status}" without an answer${reason === undefined ? '' : `: ${reason}`}; ${location} tells why.`, { run, runStatus: status });
}

function resultAnswer(result: Result<unknown, unknown>, more: Pick<CapabilityAnswer, 'run'>): Answer {
  if (result.ok) return ok({ ok: true, value: result.value, ...more } satisfies CapabilityAnswer);
  throw new Fault('REFUSED_BY_BUSINESS', 'The owning system refused this.', { refusal: result.refusal, ...more });
}

function view(capability: Capability, { landscape }: Engine): CapabilityView {
  const { name, title, effect, domain, keys, entity } = capability;
  const binding = landscape.bindingOf(name);
  return {
    name,
    title,
    effect,
    domain,
    keys,
    entity,
    owners: ownersOf(capability.owner).map((owner) => owner.name),
    system: binding?.system.name,
    guarantee: binding?.guarantee?.kind,
    input: capability.input.json,
    output: capability.output.json,
    refusal: capability.refusal.json,
  };
}
