// Builds the console into dist/console where its sources are newer than what lies there: `npm start` and `npm test` call this first.
// `--always` builds in any case.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { repository } from './package-binary.ts';

const out = join(repository, 'dist', 'console');
const stampFile = join(out, '.built-from');
/** Everything that the result depends on. */
const inputs = ['package-lock.json', 'scripts/build-console.ts', ...globSync('src/console/**/*.*', { cwd: repository }).filter((name) => !name.includes('.test.'))].sort();
const packable = /\.(?:html|js|css|svg)$/;

const stamp = createHash('sha256');
for (const name of inputs) stamp.update(`${name}\n`).update(readFileSync(join(repository, name)));
const wanted = stamp.digest('hex');

if (process.argv.includes('--always') || !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted) {
  const begun = performance.now();
  process.stdout.write('Building the console … ');
  await build({
    configFile: false,
    root: join(repository, 'src', 'console'),
    logLevel: 'warn',
    plugins: [react()],
    // Nothing is inlined and every name carries its hash, so that the content policy can be strict and caches can last.
    // One style sheet: a room whose own had not come once would stand there without one.
    build: { outDir: out, emptyOutDir: true, assetsInlineLimit: 0, cssCodeSplit: false, modulePreload: { polyfill: false }, reportCompressedSize: false, target: 'es2023' },
  });
  for (const name of globSync('**/*.*', { cwd: out })) {
    if (packable.test(name)) writeFileSync(join(out, `${name}.gz`), gzipSync(readFileSync(join(out, name)), { level: 9 }));
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(stampFile, wanted);
  process.stdout.write(`done in ${((performance.now() - begun) / 1_000).toFixed(1)} s.\n`);
}
