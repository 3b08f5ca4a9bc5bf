import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, placeOf, refuse, type Finding } from './finding.ts';

/** Words by which a capability gives away that it is a table, not business. */
const tableShapes: readonly RegExp[] = [
  /^t[.-]/,
  /(^|[.-])(tables?|tbl|rows?|columns?|view)$/,
  /^(get|fetch|select|insert|update|upsert|delete|read|write|set)[.-]/,
  /[.-](select|insert|update|upsert|delete|crud)$/,
];

/** One name, one thing per kind; and capabilities are called by what the business does. */
export function nameFindings(landscape: Landscape): readonly Finding[] {
  return [...duplicates(landscape.definitions), ...tables(landscape)];
}

function duplicates(definitions: readonly Definition[]): readonly Finding[] {
  const first = new Map<string, Definition>();
  const findings: Finding[] = [];
  for (const definition of definitions) {
    const identity = `${definition.kind} ${definition.name} ${versionOf(definition)}`;
    const other = first.get(identity);
    if (other === undefined) first.set(identity, definition);
    else if (other !== definition)
      findings.push(
        refuse(definition, 'duplicate-name', `The ${nameOf(definition)} exists already, at ${placeOf(other)}.`, 'Rename one of them, or remove the one that is not meant.'),
      );
  }
  return findings;
}

/** Two versions of a contract live side by side. */
function versionOf(definition: Definition): string {
  const version: unknown = definition.kind === 'contract' ? Reflect.get(definition, 'version') : undefined;
  return typeof version === 'number' ? `v${version}` : '';
}

function tables(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('capability').values()]
    .filter(({ name }) => tableShapes.some((shape) => shape.test(name)))
    .map((capability) =>
      refuse(
        capability,
        'table-shaped',
        `The ${nameOf(capability)} is named like access to a table.`,
        'Name what the business does, thing first: "production-order.release", "open-customer-orders".',
      ),
    );
}
