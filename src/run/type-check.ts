// What the TypeScript of a user's project says of a landscape. Node runs landscapes with their types stripped, so nothing else looks at them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Finding } from '../engine/check/finding.ts';
import { releaseFiles } from '../engine/releases/release-files.ts';
import { messageOf } from '../kernel/errors.ts';
import { numberText } from '../kernel/number-text.ts';

export interface TypeCheck {
  readonly findings: readonly Finding[];
  /** Why there was nothing to check with; undefined where there was. */
  readonly missing?: string;
}

/** Errors that are told one by one, and those of one kind among them. */
const toldMax = 50;
const alikeMax = 5;
/** What is read of the compiler's output. */
const printedMax = 4_000_000;
const compileMaxMs = 300_000;
const help = 'Correct it as your editor shows it: the types of the define…() calls say what goes where. --no-types leaves types unchecked.';

/**
 * Checks the types of a landscape's files with the compiler that its project has, under the options of its nearest tsconfig.json, or
 * strictly where there is none. Tests are left out, and so is what else that tsconfig.json is about. Gives up when `signal` aborts.
 */
export async function checkTypes(folder: string, signal: AbortSignal): Promise<TypeCheck> {
  const real = await realpath(folder);
  const packages = lookUp(real, join('node_modules', 'typescript', 'package.json'));
  if (packages === undefined) return { findings: [], missing: 'no typescript here (npm install --save-dev typescript)' };
  const base = lookUp(real, 'tsconfig.json');
  // Beside the project's packages, so that the types that its options name are found; not in the landscape, which is a release.
  const cache = join(dirname(dirname(packages)), '.cache');
  try {
    const files = (await releaseFiles(real)).paths.filter((path) => /\.m?ts$/.test(path));
    await mkdir(cache, { recursive: true });
    const place = await mkdtemp(join(cache, 'lineshaft-types-'));
    try {
      const config = join(place, 'tsconfig.json');
      await writeFile(config, JSON.stringify(configOf(real, base, files)));
      return { findings: findingsIn(await compiled(packages, config, real, signal), real, base ?? real) };
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  } catch (error) {
    return { findings: [unchecked(base ?? real, messageOf(error))] };
  }
}

/** A file of this folder or of the nearest one above that has it. */
function lookUp(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, name);
    if (existsSync(file)) return file;
    if (at === dirname(at)) return undefined;
  }
}

/** The project's options for the landscape's files alone, with nothing written; `null` takes back what only fits where something is. */
function configOf(folder: string, base: string | undefined, files: readonly string[]): object {
  const quiet = { noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, composite: false, incremental: false, declaration: false, declarationMap: false };
  const nowhere = { isolatedDeclarations: null, emitDeclarationOnly: null, rootDir: null, outDir: null, outFile: null, declarationDir: null, tsBuildInfoFile: null };
  const ours = { target: 'esnext', module: 'preserve', strict: true, types: lookUp(folder, join('node_modules', '@types', 'node')) === undefined ? [] : ['node'] };
  return {
    ...(base === undefined ? {} : { extends: base }),
    compilerOptions: { ...(base === undefined ? ours : nowhere), ...quiet },
    files,
    include: [`${folder}/**/*.d.ts`],
    exclude: ['**/node_modules', '**/dist'],
    references: [],
  };
}

/** What the compiler prints. Raises what kept it from an answer. */
async function compiled(packages: string, config: string, folder: string, signal: AbortSignal): Promise<string> {
  const compiler = join(dirname(packages), await binaryOf(packages));
  const child = spawn(process.execPath, [compiler, '-p', config, '--pretty', 'false'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(compileMaxMs)]),
  });
  let printed = '';
  const take = (text: string): void => {
    if (printed.length < printedMax) printed += text;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const code = await new Promise<number | null>((done, failed) => child.once('close', done).once('error', failed));
  if (code !== 0 && !/error TS\d+:/.test(printed)) throw new Error(`The compiler ended with ${code ?? 'a signal'}: ${printed.trim().slice(0, 300)}`);
  return printed;
}

async function binaryOf(packages: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(packages, 'utf8'));
  const bin: unknown = typeof manifest === 'object' && manifest !== null && 'bin' in manifest ? manifest.bin : undefined;
  const tsc: unknown = typeof bin === 'object' && bin !== null && 'tsc' in bin ? bin.tsc : undefined;
  if (typeof tsc !== 'string') throw new Error(`${packages} has no command "tsc".`);
  return tsc;
}

interface Diagnostic {
  /** Undefined where it is about no file. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  /** E.g. `TS2561`. */
  readonly code: string;
  readonly message: string;
}

/** In the order of the compiler. What it says of files outside of the landscape is for others to mend. */
function findingsIn(printed: string, folder: string, config: string): readonly Finding[] {
  const all = diagnosticsIn(printed, folder);
  const own = all.filter(({ file }) => file !== undefined && !relative(folder, file).startsWith('..'));
  // One option that does not fit can make as many errors as there are lines.
  const firsts = new Set([...Map.groupBy(own, ({ code }) => code).values()].flatMap((like) => like.slice(0, alikeMax)).slice(0, toldMax));
  const rest = own.filter((each) => !firsts.has(each));
  const [options] = all.filter(({ file }) => file === undefined || file.endsWith('.json'));
  return [...(options ? [unchecked(config, `${options.code}: ${options.message}`)] : []), ...own.filter((each) => firsts.has(each)).map(findingOf), ...restOf(rest)];
}

function findingOf({ file = '', line, column, code, message }: Diagnostic): Finding {
  return { severity: 'error', code: 'type', site: { file, line, column }, message: `${code}: ${message}`, help };
}

/** What is not told one by one: how many there are of what, at the place of the first. */
function restOf(rest: readonly Diagnostic[]): readonly Finding[] {
  const [first] = rest;
  if (!first) return [];
  const counts = [...Map.groupBy(rest, ({ code }) => code)].map(([code, like]) => `${numberText(like.length)} of ${code}`);
  return [{ ...findingOf(first), message: `And more like these, from here on: ${counts.join(', ')}.` }];
}

function diagnosticsIn(printed: string, folder: string): readonly Diagnostic[] {
  const all: Diagnostic[] = [];
  for (const text of printed.split(/\r?\n/)) {
    const [, file, line, column, code, message] = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(text) ?? [];
    const before = all.at(-1);
    if (code !== undefined && message !== undefined)
      all.push({ file: file === undefined ? undefined : resolve(folder, file), line: Number(line ?? 1), column: Number(column ?? 1), code, message });
    // A chain of reasons goes on in lines that are set in.
    else if (before && /^\s+\S/.test(text)) all[all.length - 1] = { ...before, message: `${before.message}\n${text}` };
  }
  return all;
}

function unchecked(file: string, why: string): Finding {
  return {
    severity: 'warning',
    code: 'types-unchecked',
    site: { file, line: 1 },
    message: `Types could not be checked as they should: ${why}`,
    help: 'Mend what it says, or leave types unchecked with --no-types.',
  };
}
