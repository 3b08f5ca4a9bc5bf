import type { Asset, Signal } from './asset.ts';
import type { Binding } from './binding.ts';
import type { Capability } from './capability.ts';
import type { Connector } from './connector.ts';
import { eventType, type Contract } from './contract.ts';
import type { Decision } from './decision.ts';
import type { Definition } from './definition.ts';
import type { ExceptionType } from './exception-type.ts';
import type { Flow } from './flow.ts';
import type { Limit, LimitValues } from './limit.ts';
import type { Machine } from './machine.ts';
import type { Output, OutputConnector } from './output.ts';
import type { Owner } from './owner.ts';
import type { Rule } from './rule.ts';
import type { Source, SourceConnector } from './source.ts';
import type { StandIn } from './stand-in.ts';
import type { System } from './system.ts';
import type { Webhook } from './webhook.ts';

interface KindMap {
  readonly owner: Owner;
  readonly limit: Limit;
  readonly system: System;
  readonly connector: Connector;
  readonly source: Source;
  readonly 'source-connector': SourceConnector;
  readonly output: Output;
  readonly 'output-connector': OutputConnector;
  readonly asset: Asset;
  readonly signal: Signal;
  readonly contract: Contract;
  readonly capability: Capability;
  readonly binding: Binding;
  readonly rule: Rule;
  readonly machine: Machine;
  readonly decision: Decision;
  readonly flow: Flow;
  readonly exception: ExceptionType;
  readonly webhook: Webhook;
  readonly 'stand-in': StandIn;
}
export type DefinitionKind = keyof KindMap;

/** Everything that a manufacturer declares, found by kind and name. */
export interface Landscape {
  /** Every definition, in the order of its file and line. */
  readonly definitions: readonly Definition[];
  /** Content hash of its files: the release. */
  readonly release: string;
  /** What its limit file sets; an environment may set it otherwise. */
  readonly limits: LimitValues;
  of<Kind extends DefinitionKind>(kind: Kind): ReadonlyMap<string, KindMap[Kind]>;
  /** The binding that serves a capability. */
  bindingOf(capability: string): Binding | undefined;
  contractOfType(type: string): Contract | undefined;
}

/** A landscape from its definitions; of two definitions with one name the first counts (`lineshaft check` refuses the second). */
export function landscapeFrom(definitions: readonly Definition[], release: string, limits: LimitValues = {}): Landscape {
  const byKind = new Map<string, Map<string, Definition>>();
  for (const definition of definitions) {
    const named = byKind.get(definition.kind) ?? new Map<string, Definition>();
    if (!named.has(definition.name)) named.set(definition.name, definition);
    byKind.set(definition.kind, named);
  }
  function of<Kind extends DefinitionKind>(kind: Kind): ReadonlyMap<string, KindMap[Kind]> {
    // `kind` is the discriminant that every define…() call sets, so the map holds only its type.
    return (byKind.get(kind) ?? new Map<string, Definition>()) as unknown as ReadonlyMap<string, KindMap[Kind]>;
  }
  const bindings = new Map([...of('binding').values()].map((binding) => [binding.capability.name, binding]));
  // Versions of one contract share its name, so they are found by type, not by name.
  const contracts = new Map(definitions.filter(isContract).map((contract) => [eventType(contract), contract]));
  return {
    definitions,
    release,
    limits,
    of,
    bindingOf: (capability) => bindings.get(capability),
    contractOfType: (type) => contracts.get(type),
  };
}

function isContract(definition: Definition): definition is Contract {
  return definition.kind === 'contract';
}
