// `npm run check`: everything that must hold before a change is handed in, one line each, the whole output of what failed.
// `npm run check lint format` runs some of it; `npm run format` mends the format.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageBinary, repository } from './package-binary.ts';

interface Step {
  readonly name: string;
  readonly what: string;
  /** Script and arguments for Node. */
  readonly command: readonly string[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean', default: false } } });
const sources = ['src', 'test', 'examples', 'bench', 'scripts', 'bin'].filter((folder) => existsSync(join(repository, folder)));
const texts = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

const steps: readonly Step[] = [
  { name: 'types', what: 'the compiler finds nothing', command: [packageBinary('typescript', 'tsc'), '-p', '.'] },
  { name: 'console', what: 'the compiler finds nothing in the console', command: [packageBinary('typescript', 'tsc'), '-p', 'src/console'] },
  { name: 'lint', what: 'type-aware rules of .oxlintrc.json', command: [packageBinary('oxlint'), '--deny-warnings', '--report-unused-disable-directives', ...sources] },
  { name: 'format', what: 'npm run format mends it', command: [packageBinary('oxfmt'), values.write ? '--write' : '--check', ...sources, ...texts] },
  { name: 'unused', what: 'no unused file, export or dependency', command: [packageBinary('knip'), '--no-progress', '--no-config-hints'] },
  { name: 'build', what: 'dist/ as users get it', command: [join('scripts', 'build.ts')] },
  { name: 'package', what: 'package.json fits what is published', command: [packageBinary('publint'), 'run', '--strict', '--pack=false'] },
  { name: 'tests', what: 'unit tests and the shape of the tree', command: [packageBinary('vitest'), 'run', 'src', 'examples', 'test/tidy', 'test/types', 'test/reference'] },
];

/** Resolves with whether the step passed and all that it printed. */
function run(step: Step): Promise<{ readonly passed: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...step.command], { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ passed: false, output: error.message }));
    child.on('close', (code) => resolve({ passed: code === 0, output }));
  });
}

const unknown = positionals.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no check "${unknown.join('", "')}". Choose from: ${steps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}

let failed = 0;
for (const step of steps) {
  if (positionals.length > 0 && !positionals.includes(step.name)) continue;
  const started = performance.now();
  const { passed, output } = await run(step);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${step.name.padEnd(8)} ${seconds.padStart(5)} s  ${step.what}`);
  if (passed) continue;
  failed += 1;
  console.log(`\n${output.trim()}\n`);
}
console.log(failed === 0 ? 'Everything holds.' : `${failed} of the checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;
