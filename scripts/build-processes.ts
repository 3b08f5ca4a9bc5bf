// Bundles the sources with what they import into .built/, from where a checkout runs its hubs and edges (`src/run/built-processes.ts`). The
// tests of the fault matrix call this first, and it does nothing where the sources are those that it was built from.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtFrom, builtStampFile } from '../src/run/built-processes.ts';
import { repository } from './package-binary.ts';

const out = join(repository, '.built');
const sources = join(repository, 'src');
const typebox = new Map(['index', 'format', 'schema'].map((part) => [part === 'index' ? 'typebox' : `typebox/${part}`, join(repository, 'dist', 'typebox', `${part}.js`)]));
/** What the store's thread takes of the kernel and the model, in files of their own: with the rest of the model it would load TypeBox as well. */
const bareGroups = [
  { name: 'kernel/errors', files: ['kernel/errors.ts'] },
  { name: 'model/contract', files: ['model/contract.ts', 'model/definition.ts'] },
].map(({ name, files }) => ({ name, priority: 1, test: (id: string) => files.some((file) => id === join(sources, file)) }));
/** Loaded by name where they are installed, or by a landscape. */
const left = /^(?:node-opcua|nodes7|pg-native|bufferutil|utf-8-validate|supports-color|lineshaft)(?:$|[-/])/;
/** What is started by its file: commands, threads, children; and what landscapes import. */
const entries = ['cli.ts', 'index.ts', 'testing.ts', '**/*-worker.ts', 'run/backtests/backtest-child.ts', 'counterparts/*/main.ts'].flatMap((name) =>
  globSync(name, { cwd: sources }),
);
/** Whoever runs from it may still load a part that is another one by now. */
const keptMs = 24 * 3_600_000;

// They import its bundle.
await import('./build-typebox.ts');
const wanted = await builtFrom();
if (!existsSync(builtStampFile) || readFileSync(builtStampFile, 'utf8') !== wanted) {
  // Loaded only where there is something to do.
  const { rolldown } = await import('rolldown');
  rmSync(builtStampFile, { force: true });
  const bundle = await rolldown({
    cwd: repository,
    input: Object.fromEntries(entries.map((name) => [name.replaceAll(sep, '/').replace(/\.ts$/, ''), join(sources, name)])),
    platform: 'node',
    external: left,
    plugins: [
      {
        name: 'lineshaft',
        resolveId: (specifier) => {
          const id = typebox.get(specifier);
          return id === undefined ? undefined : { id, external: 'relative' };
        },
        // Files lie elsewhere than their sources did; what they name beside them is looked for as if each were a file of its own.
        transform(code, id) {
          if (!id.startsWith(sources + sep) || !code.includes('import.meta.url')) return undefined;
          const { href } = pathToFileURL(join(out, relative(sources, id).replace(/\.ts$/, '.js')));
          return { code: code.replaceAll('import.meta.url', JSON.stringify(href)), map: null };
        },
      },
    ],
  });
  await bundle.write({
    dir: out,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // A definition is of where `define…()` was called: frames of the model's folder are passed over.
    codeSplitting: { groups: [...bareGroups, { name: 'model/definitions', test: (id) => id.startsWith(join(sources, 'model') + sep) }] },
  });
  await bundle.close();
  for (const name of globSync('**/*.js*', { cwd: out })) if (Date.now() - statSync(join(out, name)).mtimeMs > keptMs) rmSync(join(out, name));
  mkdirSync(out, { recursive: true });
  writeFileSync(builtStampFile, wanted);
}
