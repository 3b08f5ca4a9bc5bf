import type { Definition } from '../../model/definition.ts';
import type { Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** Telemetry stays on the floor: it is no event, starts no flow, and reaches no system of record. */
export function telemetryFindings(landscape: Landscape): readonly Finding[] {
  const findings: Finding[] = [];
  const onlyBusiness = (at: Definition, contract: Contract | undefined, what: string): void => {
    if (contract?.family !== 'telemetry') return;
    findings.push(
      refuse(
        at,
        'telemetry-as-event',
        `The ${nameOf(at)} ${what} the telemetry ${nameOf(contract)}.`,
        'Use a contract of the family "business", and a rule that turns signals into it.',
      ),
    );
  };
  for (const rule of landscape.of('rule').values()) {
    onlyBusiness(rule, rule.emit, 'emits');
    onlyBusiness(rule, rule.clears, 'clears with');
  }
  for (const machine of landscape.of('machine').values()) onlyBusiness(machine, machine.emit, 'emits');
  for (const flow of landscape.of('flow').values()) onlyBusiness(flow, flow.on, 'starts on');
  for (const webhook of landscape.of('webhook').values()) onlyBusiness(webhook, webhook.contract, 'takes in');
  for (const binding of landscape.of('binding').values()) {
    const { capability, system } = binding;
    if (capability.carries?.family !== 'telemetry' || system.role !== 'record') continue;
    findings.push(
      refuse(
        binding,
        'telemetry-to-record',
        `The ${nameOf(capability)} carries the telemetry ${nameOf(capability.carries)} to ${nameOf(system)}, a system of record.`,
        'Let a rule turn the signals into a business event, and write what follows from it.',
      ),
    );
  }
  return findings;
}
