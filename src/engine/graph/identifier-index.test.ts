import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Definition } from '../../model/definition.ts';
import { identifierIndex, resolved, sourceTexts } from './identifier-index.ts';

const source = `/** What suppliers have answered: the component that comes last. */
export const componentDelay = defineDecision({ name: 'component-delay' });
export const typed: Capability<In, Out> = defineCapability({ name: 'typed' });
export const signals = {
  throughput: defineSignal({ of: 'throughput' }),
  rate:
    defineSignal({ of: 'rate' }),
};
register(defineOwner({ name: 'nameless' }));
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-index-'));
  file = join(folder, 'a.ts');
  await writeFile(file, source);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const at = (kind: string, name: string, line: number): Definition => ({ kind, name, site: { file, line } });

test('a definition is found by the name that its source gives it', async () => {
  const definitions = [
    at('decision', 'component-delay', 2),
    at('capability', 'typed', 3),
    at('signal', 'packer.throughput', 5),
    at('signal', 'packer.rate', 7),
    at('owner', 'nameless', 9),
  ];
  const index = await identifierIndex(definitions, sourceTexts());
  expect([...index].map(([name, found]) => [name, found.map((one) => one.name)])).toEqual([
    ['componentDelay', ['component-delay']],
    ['typed', ['typed']],
    ['throughput', ['packer.throughput']],
    ['rate', ['packer.rate']],
  ]);
  expect(resolved('signals.throughput', ['signal'], index, '')?.name).toBe('packer.throughput');
  expect(resolved('delay', ['decision'], index, "import { componentDelay as delay } from './a.ts';")?.name).toBe('component-delay');
  expect(resolved('typed', ['decision'], index, '')).toBeUndefined();
});

test('a file that is gone names nothing', async () => {
  expect((await identifierIndex([{ kind: 'owner', name: 'x', site: { file: join(folder, 'gone.ts'), line: 1 } }], sourceTexts())).size).toBe(0);
});
