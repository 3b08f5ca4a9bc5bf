import { isKnownFormat } from '../../kernel/schema.ts';
import type { Capability } from '../../model/capability.ts';
import type { Contract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, type Finding } from './finding.ts';

const depthMax = 40;

/** JSON Schema lets every text fit a format that it does not know: a misspelt "ssc" would check nothing. */
export function formatFindings({ definitions }: Landscape): readonly Finding[] {
  return definitions.flatMap((definition) => {
    const unknown = new Set(
      schemasOf(definition)
        .flatMap((json) => formatsIn(json, 0))
        .filter((format) => !isKnownFormat(format)),
    );
    return [...unknown].map((format) => ({
      severity: 'warning' as const,
      code: 'format-unknown',
      site: definition.site,
      message: `The ${nameOf(definition)} has fields of the format ${JSON.stringify(format)}, which nothing checks: every text fits.`,
      help: 'Use a format of JSON Schema ("date-time", "uuid", …) or of GS1 ("gtin", "sscc", "gln"), or say what fits by a pattern.',
    }));
  });
}

function schemasOf(definition: Definition): readonly unknown[] {
  switch (definition.kind) {
    case 'contract':
      // Every definition of the kind `contract` is a Contract.
      return [(definition as Contract).schema.json];
    case 'capability': {
      // Every definition of the kind `capability` is a Capability.
      const { input, output, refusal } = definition as Capability;
      return [input.json, output.json, refusal.json];
    }
  }
  return [];
}

/** The formats of a JSON Schema; a field that is itself called "format" has a schema there, and no text. */
function formatsIn(json: unknown, depth: number): readonly string[] {
  if (typeof json !== 'object' || json === null || depth > depthMax) return [];
  return Object.entries(json).flatMap(([name, part]) => {
    if (name === 'format' && typeof part === 'string') return [part];
    return ['const', 'default', 'enum', 'examples'].includes(name) ? [] : formatsIn(part, depth + 1);
  });
}
