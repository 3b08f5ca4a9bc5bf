import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import { defineBinding, type Binding } from '../model/binding.ts';
import type { Capability, Result } from '../model/capability.ts';
import { defineConnector } from '../model/connector.ts';
import { defineOwner } from '../model/owner.ts';
import { defineSystem, type System } from '../model/system.ts';

/** One call that a fake took. */
export interface FakeCall<In = unknown> {
  readonly input: In;
  /** 1, 2, 3 … per capability and entity. */
  readonly revision: number;
  /** The same for every try of one effect. */
  readonly key: string;
}

/** A stand-in for the system behind one capability. */
export interface Fake {
  readonly capability: Capability;
  readonly answer: (call: FakeCall) => Result<unknown, unknown> | Promise<Result<unknown, unknown>>;
}

/**
 * A stand-in that answers a capability; throw a `Fault` to act a failure (`SYSTEM_UNREACHABLE`, `OUTCOME_UNKNOWN` …).
 *
 * @example fake(openCustomerOrders, () => accepted({ version: '1', orders: [] }))
 */
export function fake<In, Out, Refusal>(capability: Capability<In, Out, Refusal>, answer: (call: FakeCall<In>) => Result<Out, Refusal> | Promise<Result<Out, Refusal>>): Fake {
  // The engine checks input and answer by the capability's schemas.
  return { capability: capability as unknown as Capability, answer: answer as unknown as Fake['answer'] };
}

const owner = defineOwner({ name: 'test', title: 'Test', mail: 'test@example.invalid', side: 'it' });
const nothing = schema(Type.Object({}));

/** What happened at a fake system, in order. */
export interface Ledger {
  readonly calls: {
    readonly capability: string;
    readonly input: unknown;
    readonly revision: number;
    readonly key: string;
    readonly answer: Result<unknown, unknown> | undefined;
  }[];
}

type Exchange = (fake: Fake, call: FakeCall) => Promise<Result<unknown, unknown>>;

/** A system and bindings that serve the fakes; a repeated key gets its first answer, as a system with idempotency keys gives. */
export function fakeSystem(fakes: readonly Fake[], ledger: Ledger): { readonly system: System; readonly bindings: readonly Binding[] } {
  const answered = new Map<string, Result<unknown, unknown>>();
  const exchange: Exchange = async (given, call) => {
    const before = answered.get(call.key);
    if (before) return before;
    try {
      const answer = await given.answer(call);
      ledger.calls.push({ capability: given.capability.name, ...call, answer });
      if (given.capability.effect !== 'query') answered.set(call.key, answer);
      return answer;
    } catch (error) {
      ledger.calls.push({ capability: given.capability.name, ...call, answer: undefined });
      throw error;
    }
  };
  const connector = defineConnector({
    name: 'fake',
    title: 'Fakes of a test',
    options: nothing,
    open: async () => ({ send: async ({ given, call }: { readonly given: Fake; readonly call: FakeCall }) => exchange(given, call), close: async () => undefined }),
  });
  const system = defineSystem({
    name: 'fakes',
    title: 'Fakes',
    role: 'engagement',
    owner,
    owns: [...new Set(fakes.map(({ capability }) => capability.domain))],
    connector,
    limits: { concurrencyMax: 1_000, rateMax: 1_000_000, retryFirst: '1s', retryMax: '8s' },
  });
  const bindings = fakes.map((given) =>
    defineBinding({
      capability: given.capability,
      system,
      guarantee: { kind: 'idempotency-key' },
      request: (input: unknown, { key, revision }) => ({ given, call: { input, key, revision } }),
      reply: (reply) => reply,
    }),
  );
  // Only the fakes' own bindings send requests to it.
  return { system: system as unknown as System, bindings };
}
