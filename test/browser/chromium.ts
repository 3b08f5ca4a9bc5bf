// A real browser from npm alone: unpacked once beside node_modules, then launched for each test file.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflate } from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';
import { repository } from '../../scripts/package-binary.ts';

/** Path of another Chromium or Chrome, where the packaged one does not run. */
const own = process.env['LINESHAFT_CHROMIUM'];
const packaged = join(repository, 'node_modules', '@sparticuz', 'chromium');

/** Why no browser can be had here; undefined where one can. The packaged one is made for Linux on x64. */
export const noBrowser: string | undefined =
  own !== undefined || (process.platform === 'linux' && process.arch === 'x64') ? undefined : 'the packaged browser runs on Linux x64 only; LINESHAFT_CHROMIUM names another';

/** The unpacked browser's folder, with the libraries and fonts that a bare machine lacks. Unpacked under a name of its own first, so that two at once never meet half of it. */
async function unpacked(): Promise<string> {
  const version: unknown = Reflect.get(JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as object, 'version');
  const folder = join(repository, 'node_modules', '.cache', `chromium-${String(version)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  // The package unpacks to the temporary folder, whichever that is.
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = fresh;
  try {
    await Promise.all(['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => inflate(join(packaged, 'bin', name))));
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Somebody else may have been first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/** A headless browser that talks to this machine alone. */
export async function openBrowser(): Promise<Browser> {
  if (own !== undefined) return chromium.launch({ executablePath: own, args: quiet });
  const folder = await unpacked();
  const executablePath = join(folder, 'chromium');
  const env: Record<string, string> = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(folder, 'fonts') };
  try {
    return await chromium.launch({ executablePath, args: quiet, env: { ...process.env, ...env } });
  } catch (error) {
    if (!String(error).includes('shared libraries')) throw error;
    return chromium.launch({ executablePath, args: quiet, env: { ...process.env, ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } });
  }
}
