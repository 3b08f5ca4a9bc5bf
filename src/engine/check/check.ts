import type { Definition } from '../../model/definition.ts';
import { landscapeFrom, type Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import { assetFindings } from './asset-check.ts';
import { bufferFindings } from './buffer-check.ts';
import { commandFindings } from './command-check.ts';
import { contractFindings } from './contract-check.ts';
import { domainFindings } from './domain-check.ts';
import type { Finding } from './finding.ts';
import { formatFindings } from './format-check.ts';
import { guaranteeFindings } from './guarantee-check.ts';
import { machineFindings } from './machine-check.ts';
import { nameFindings } from './name-check.ts';
import { ownerChainFindings } from './owner-chain-check.ts';
import { ownerFindings } from './owner-check.ts';
import { partFindings } from './part-check.ts';
import { referenceFindings } from './reference-check.ts';
import { ruleFindings } from './rule-check.ts';
import { servingFindings } from './serving-check.ts';
import { telemetryFindings } from './telemetry-check.ts';
import { keyFindings } from './key-check.ts';
import { unitFindings } from './unit-check.ts';
import { valueFindings } from './value-check.ts';

export type { Finding };

const checks = [
  ownerFindings,
  ownerChainFindings,
  nameFindings,
  referenceFindings,
  servingFindings,
  domainFindings,
  guaranteeFindings,
  commandFindings,
  telemetryFindings,
  contractFindings,
  formatFindings,
  ruleFindings,
  machineFindings,
  assetFindings,
  bufferFindings,
  unitFindings,
  keyFindings,
  valueFindings,
] as const;

/**
 * Everything in a landscape that must not run, in the order of file and line; where definitions are not whole, only that.
 * Pure: it looks at the definitions alone, so what a flow's code does (which capabilities it calls, whom it tells) shows only
 * when it runs.
 */
export function checkLandscape(definitions: readonly Definition[], limits: LimitValues = {}): readonly Finding[] {
  const missing = partFindings(definitions);
  const findings = missing.length > 0 ? missing : foundIn(landscapeFrom(definitions, '', limits));
  return findings.toSorted((a, b) => (a.site.file === b.site.file ? a.site.line - b.site.line : a.site.file < b.site.file ? -1 : 1));
}

function foundIn(landscape: Landscape): readonly Finding[] {
  return checks.flatMap((check) => check(landscape));
}
