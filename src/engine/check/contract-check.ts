import type { Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** An example that does not fit its schema teaches the wrong thing. */
export function contractFindings({ definitions }: Landscape): readonly Finding[] {
  // Every version of a contract counts, not only the one that its name leads to.
  return definitions
    .filter((definition): definition is Contract & typeof definition => definition.kind === 'contract')
    .flatMap((contract) =>
      contract.examples.flatMap((example, index) => {
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
    );
}
