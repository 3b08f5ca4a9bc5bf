import { messageOf } from '../../kernel/errors.ts';
import type { Contract } from '../../model/contract.ts';
import { dropReason } from '../../model/event-filter.ts';
import type { Landscape } from '../../model/landscape.ts';
import { filterValueFindings } from './filter-check.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** An example that does not fit its schema teaches the wrong thing. */
export function contractFindings({ definitions, of }: Landscape): readonly Finding[] {
  const webhooks = [...of('webhook').values()].flatMap((webhook) => filterValueFindings(webhook, webhook.drop ?? [], webhook.contract));
  // Every version of a contract counts, not only the one that its name leads to.
  const contracts = definitions
    .filter((definition): definition is Contract & typeof definition => definition.kind === 'contract')
    .flatMap((contract) => [
      ...filterFindings(contract),
      ...filterValueFindings(contract, contract.drop ?? [], contract),
      ...contract.examples.flatMap((example, index) => {
        const difference = contract.schema.difference(example);
        return difference
          ? [
              refuse(
                contract,
                'example-does-not-fit',
                `Example ${index + 1} of the ${nameOf(contract)} does not fit its schema at ${difference.path}: ${difference.reason}.`,
                'Correct the example, or the schema.',
              ),
            ]
          : [];
      }),
    ]);
  return [...contracts, ...webhooks];
}

/** A filter that tells nothing drops nothing, and one that throws sends what it should judge to quarantine. */
function filterFindings(contract: Contract): readonly Finding[] {
  const { drop = [], examples, family, schema } = contract;
  if (drop.length > 0 && family === 'telemetry')
    return [
      refuse(
        contract,
        'filter-of-telemetry',
        `The ${nameOf(contract)} is telemetry: it never comes to a hub's door, so its filters drop nothing.`,
        'Filter it at the source, or take "drop" out.',
      ),
    ];
  return drop.flatMap((filter) => {
    const { reason, field, is, below, above, when } = filter;
    if (reason.trim() === '')
      return [refuse(contract, 'filter-without-reason', `A filter of the ${nameOf(contract)} gives no reason.`, 'Say in a few words why such an event is of no use.')];
    const judgesField = field !== undefined && ((is !== undefined && is.length > 0) || below !== undefined || above !== undefined);
    if (!judgesField && !when)
      return [
        refuse(contract, 'filter-without-terms', `The filter "${reason}" of the ${nameOf(contract)} never drops anything.`, 'Give it a field with is, below or above; or when.'),
      ];
    return examples.flatMap((example, index) => {
      if (!schema.check(example)) return [];
      try {
        dropReason([filter], example);
        return [];
      } catch (error) {
        const message = `Example ${index + 1} of the ${nameOf(contract)} cannot be judged: ${messageOf(error)}.`;
        return [refuse(contract, 'filter-throws', message, 'Mend the filter; such an event would go to quarantine.')];
      }
    });
  });
}
