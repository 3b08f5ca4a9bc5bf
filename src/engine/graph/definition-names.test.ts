import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Definition } from '../../model/definition.ts';
import { definitionNames } from './definition-names.ts';
import { sourceFiles } from './source-files.ts';

const declared = `/** What suppliers have answered: the component that comes last. */
export const componentDelay = defineDecision({ name: 'component-delay' });
export const typed: Capability<In, Out> = defineCapability({ name: 'typed' });
export const signals = {
  throughput: defineSignal({ of: 'throughput' }),
  rate:
    defineSignal({ of: 'rate' }),
};
register(defineOwner({ name: 'nameless' }));
const one = defineCapability({ name: 'one' }), two = defineCapability({ name: 'two' });
`;
const used = `import { componentDelay as delay, signals, typed } from './a.ts';
import { renamed } from './b.ts';
import * as all from './b.ts';
const typed2 = defineCapability({ name: 'other' });
`;

let folder: string;
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-names-'));
  await Promise.all([
    writeFile(file('a.ts'), declared),
    writeFile(file('b.ts'), "export * from './a.ts';\nexport { typed as renamed } from './a.ts';\nexport const typed = defineDecision({ name: 'b-typed' });\n"),
    writeFile(file('c.ts'), used),
    writeFile(file('broken.ts'), 'export const = ;'),
  ]);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const at = (kind: string, name: string, line: number, where = 'a.ts'): Definition => ({ kind, name, site: { file: file(where), line } });
const definitions = (): readonly Definition[] => [
  at('decision', 'component-delay', 2),
  at('capability', 'typed', 3),
  at('signal', 'packer.throughput', 5),
  at('signal', 'packer.rate', 7),
  at('owner', 'nameless', 9),
  at('capability', 'one', 10),
  at('capability', 'two', 10),
  at('decision', 'b-typed', 3, 'b.ts'),
  at('capability', 'other', 4, 'c.ts'),
];

test('a definition goes by the name that its source gives it', async () => {
  const all = definitions();
  const files = await sourceFiles(all, folder + sep);
  const module = files.module(file('a.ts'));
  const kinds = ['decision', 'capability', 'signal', 'owner'];
  const meant = ['componentDelay', 'typed', 'throughput', 'rate', 'register', 'one', 'two'].map(
    (text) => module && definitionNames(all, files).meant({ module, text }, kinds)?.name,
  );
  expect(meant).toEqual(['component-delay', 'typed', 'packer.throughput', 'packer.rate', undefined, 'one', 'two']);
});

test.each<[text: string, kinds: readonly string[], name: string | undefined]>([
  ['delay', ['decision'], 'component-delay'],
  ['signals.throughput', ['signal'], 'packer.throughput'],
  ['typed', ['capability'], 'typed'],
  ['typed', ['signal'], undefined],
  ['renamed', ['capability'], 'typed'],
  ['all.componentDelay', ['decision'], 'component-delay'],
  ['all.typed', ['decision'], 'b-typed'],
  ['typed2', ['capability'], 'other'],
  ['two', ['capability'], 'two'],
  ['nobody', ['capability'], undefined],
])('%s of the kinds %s', async (text, kinds, name) => {
  const files = await sourceFiles(definitions(), folder + sep);
  const module = files.module(file('c.ts'));
  expect(module && definitionNames(definitions(), files).meant({ module, text }, kinds)?.name).toBe(name);
});

test('a file that is gone, or is no TypeScript, names nothing', async () => {
  const lost = [at('owner', 'x', 1, 'gone.ts'), at('owner', 'y', 1, 'broken.ts')];
  const files = await sourceFiles(lost, folder + sep);
  expect([files.module(file('gone.ts')), files.module(file('broken.ts'))]).toEqual([undefined, undefined]);
  expect([files.text(file('gone.ts')), files.text(file('broken.ts'))]).toEqual(['', 'export const = ;']);
});
