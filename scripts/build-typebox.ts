// Bundles TypeBox into dist/typebox: its 540 files are most of what a process of ours loads at its start. `src/run/bundled-typebox.ts` uses it;
// `npm start` and `npm test` call this first, and it does nothing where that version is there.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './package-binary.ts';

const from = join(repository, 'node_modules', 'typebox');
const out = join(repository, 'dist', 'typebox');
const stampFile = join(out, '.built-from');
const wanted = ['package.json', join('..', '..', 'scripts', 'build-typebox.ts')].map((name) => readFileSync(join(from, name), 'utf8')).join('\n');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted) {
  // Loaded only where there is something to do.
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: repository,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: out,
      emptyOutDir: true,
      target: 'es2023',
      rolldownOptions: {
        input: { index: join(from, 'build', 'index.mjs'), ...Object.fromEntries(['format', 'schema'].map((part) => [part, join(from, 'build', part, 'index.mjs')])) },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  mkdirSync(out, { recursive: true });
  copyFileSync(join(from, 'license'), join(out, 'LICENSE'));
  writeFileSync(stampFile, wanted);
}
