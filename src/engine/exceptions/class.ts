import type { Contract } from '../../model/contract.ts';
import { eventType } from '../../model/contract.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { System } from '../../model/system.ts';

/** What a failure at a system touches: as declared, else what its role tells. Systems of engagement serve all sides. */
export function classOfSystem({ role, touches }: Pick<System, 'role' | 'touches'>): ExceptionClass {
  if (touches !== undefined) return touches;
  switch (role) {
    case 'record':
      return 'erp-transaction';
    case 'observation':
      return 'machine-event';
    case 'engagement':
      return 'unknown';
  }
}

/** What a failure at an event touches: as declared, else where such events come from: a rule over signals, or a system's webhook. */
export function classOfContract(landscape: Landscape, contract: Contract | undefined): ExceptionClass {
  if (!contract) return 'unknown';
  if (contract.touches !== undefined) return contract.touches;
  const type = eventType(contract);
  const emitted = [...landscape.of('rule').values()].some((rule) => eventType(rule.emit) === type || (rule.clears && eventType(rule.clears) === type));
  const told = [...landscape.of('machine').values()].some(({ emit }) => eventType(emit) === type);
  if (emitted || told) return 'machine-event';
  const webhook = [...landscape.of('webhook').values()].find((one) => eventType(one.contract) === type);
  return webhook ? classOfSystem(webhook.system) : 'unknown';
}

/** What a failure of a run touches: the system that refused it, else the event that it is about, else the system that it asked last. */
export function classOfRun(landscape: Landscape, run: { readonly refused?: string; readonly asked: string | undefined; readonly eventType: string }): ExceptionClass {
  const told = [
    () => classOfCapability(landscape, run.refused),
    () => classOfContract(landscape, landscape.contractOfType(run.eventType)),
    () => classOfCapability(landscape, run.asked),
  ];
  for (const tell of told) {
    const found = tell();
    if (found !== 'unknown') return found;
  }
  return 'unknown';
}

function classOfCapability(landscape: Landscape, capability: string | undefined): ExceptionClass {
  const system = capability === undefined ? undefined : landscape.bindingOf(capability)?.system;
  return system ? classOfSystem(system) : 'unknown';
}
