import { durationMs, type Duration } from '../kernel/duration.ts';
import { Fault } from '../kernel/errors.ts';
import type { Signal } from './asset.ts';
import { defineBinding, type Binding, type Found } from './binding.ts';
import { accepted, refused, type Capability, type Result } from './capability.ts';
import { keysOf } from './contract.ts';
import type { CommandDone, CommandRefused, CommandReply, CommandRequest, CommandValue } from './command-order.ts';
import { definition, partName } from './definition.ts';
import type { Allowed, Interlock, MachineCommand } from './machine-command.ts';
import type { System } from './system.ts';

/** For what goes between hub and edge, beside the age of a command and its confirmation. */
const wayMs = 10_000;

/**
 * Declares that an edge serves a capability by writing a signal of a machine: only what `allow` lists, only under its `interlocks`,
 * confirmed by `readBack`, and only where the plant's own file of that edge allows it too. The capability gives `commandDone`
 * and refuses with `commandRefused`.
 */
export function defineCommand<In, Options>(spec: {
  readonly capability: Capability<In, CommandDone, CommandRefused>;
  /** The system that stands for the edge. */
  readonly system: System<Options, CommandRequest, CommandReply>;
  readonly signal: Signal;
  readonly address?: string;
  readonly value: (input: NoInfer<In>) => CommandValue;
  readonly why: (input: NoInfer<In>) => string;
  readonly readBack: Signal;
  readonly tolerance?: number;
  readonly confirmWithin: Duration;
  readonly maxAge: Duration;
  readonly setPoint: boolean;
  readonly allow: Allowed;
  readonly interlocks: readonly Interlock[];
  readonly whenBusy?: 'refuse' | 'wait';
}): Binding {
  const { capability, system, signal, value, why, tolerance = 0, whenBusy = 'refuse', ...rest } = spec;
  const { readBack, confirmWithin, maxAge, setPoint, allow, interlocks } = rest;
  const name = partName('command', 'signal', signal);
  const ageMs = durationMs(maxAge);
  const command: MachineCommand = { signal, address: spec.address ?? signal.address, readBack, tolerance, confirmWithin, maxAge, setPoint, allow, interlocks, whenBusy };
  const binding = defineBinding<In, CommandDone, CommandRefused, Options, CommandRequest, CommandReply>({
    capability,
    system,
    timeout: `${ageMs + durationMs(confirmWithin) + wayMs}ms`,
    guarantee: {
      kind: 'read-back',
      // From then on an edge that still has it refuses it as too old.
      settlesWithin: maxAge,
      conditional: true,
      request: (_input, effect) => ({ kind: 'tell', id: effect.key, askedMs: effect.askedMs }),
      found: foundIn,
    },
    request: (input, effect) => ({
      kind: 'do',
      order: {
        id: effect.key,
        capability: capability.name,
        signal: name,
        ...keyedAsset(capability, input),
        value: value(input),
        by: effect.by,
        why: why(input),
        askedMs: effect.askedMs,
        deadlineMs: effect.askedMs + ageMs,
      },
    }),
    reply: resultOf,
  });
  return definition('binding', { ...binding, command });
}

function keyedAsset<In>({ keys }: Capability<In, CommandDone, CommandRefused>, input: In): { readonly asset?: string } {
  const { asset } = keysOf(keys, input);
  return asset === undefined ? {} : { asset };
}

function foundIn(reply: CommandReply): Found<CommandDone, CommandRefused> {
  if (reply.kind === 'undecided') return { undecided: reply.reason };
  return reply.kind === 'absent' ? 'absent' : resultOf(reply);
}

function resultOf(reply: CommandReply): Result<CommandDone, CommandRefused> {
  if (reply.kind === 'done') return accepted(reply.done);
  if (reply.kind === 'refused') return refused(reply.refusal);
  throw new Fault('REPLY_BROKEN', `The edge says that it is ${reply.kind}: ${reply.reason}`);
}
