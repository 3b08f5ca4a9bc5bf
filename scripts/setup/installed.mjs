// Whether node_modules holds what package-lock.json asks for.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Inside node_modules, so that it goes when they go. */
const stampFile = (root) => join(root, 'node_modules', '.lineshaft-setup');

/** What the stamp says after a good installation: any change of lock file, manifest or machine makes another one. */
function stampOf(root) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json']) hash.update(readFileSync(join(root, file)));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

/** True where nothing is to be done. An installation made by `npm ci` or `npm install` itself counts as well as ours. */
export function isInstalled(root) {
  if (!existsSync(join(root, 'node_modules'))) return false;
  if (readText(stampFile(root)) === stampOf(root)) return true;
  const there = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const asked = packagesIn(join(root, 'package-lock.json'));
  if (!there || !asked || !manifestFits(root, asked[''])) return false;
  for (const [place, entry] of Object.entries(asked)) {
    if (place === '') continue;
    if (!there[place] ? !entry.optional : there[place].version !== entry.version) return false;
  }
  if (missingBinaries(root).length > 0) return false;
  markInstalled(root);
  return true;
}

export function markInstalled(root) {
  writeFileSync(stampFile(root), stampOf(root));
}

/** Packages made for this machine (native binaries) that the lock file names and node_modules lacks. */
export function missingBinaries(root) {
  return packagesForHere(root)
    .filter(([place, entry]) => entry.os && !existsSync(join(root, place, 'package.json')))
    .map(([place]) => place);
}

/** The lock file's packages that this machine gets, as [place, entry]; optional ones count where they are made for a machine. */
export function packagesForHere(root) {
  const asked = packagesIn(join(root, 'package-lock.json')) ?? {};
  const libc = process.platform === 'linux' ? libcOfHere() : undefined;
  return Object.entries(asked).filter(([place, { os, cpu, libc: wanted, optional }]) => {
    if (place === '' || (optional && !os)) return false;
    return fits(os, process.platform) && fits(cpu, process.arch) && (libc === undefined || fits(wanted, libc));
  });
}

/** npm's `os`, `cpu` and `libc` fields: a word or a list, `!word` for all but it. */
function fits(field, here) {
  if (field === undefined) return true;
  const words = [field].flat();
  const wanted = words.filter((word) => !word.startsWith('!'));
  return !words.includes(`!${here}`) && (wanted.length === 0 || wanted.includes(here));
}

function libcOfHere() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** Whether package.json still asks for what the lock file was made from. */
function manifestFits(root, locked) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return ['dependencies', 'devDependencies', 'optionalDependencies'].every((part) => sorted(manifest[part]) === sorted(locked?.[part]));
}

const sorted = (part) => JSON.stringify(Object.entries(part ?? {}).sort());

function packagesIn(file) {
  const text = readText(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
