import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { placeText, type Finding } from '../../engine/check/finding.ts';
import { writableOf, writableText, type Writable } from '../../engine/commands/writable.ts';
import type { FlowHistories, HistoryReport } from '../../engine/flows/history-report.ts';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LaidOverlay } from '../overlay.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { wholeNumber } from './whole-number.ts';

interface CheckOptions {
  readonly landscape: string;
  readonly env: readonly string[];
  readonly json: boolean;
  readonly histories: string | undefined;
  readonly newest: string;
  readonly commands: string | undefined;
  readonly types: boolean;
}

/** Diverged histories that are listed of one flow. */
const listedMax = 20;

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('check a landscape: types, owners, names, references, ownership of data, guarantees of writes')
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    .addOption(
      new Option('--env <file>', 'check this environment file (YAML), too: what it sets, not what it refers to; may be given more than once, later ones win')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--histories <dir>', "play the recorded runs of a hub's log on these flows, and say which would diverge; the data of a hub that does not run"))
    .addOption(new Option('--newest <number>', 'recorded runs that are played besides those that have not ended, which all are').default('1000'))
    .addOption(new Option('--commands <file>', "a plant's own list of what may be written to its machines: says what it comes to"))
    .addOption(new Option('--no-types', 'leave types unchecked; otherwise the typescript of your project checks them, where it has one'))
    .addOption(new Option('--json', 'print findings as JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft check --landscape examples/packaging-plant\n  lineshaft restore night.backup --data /tmp/night && lineshaft check --histories /tmp/night\n\nA folder with only what differs from another landscape says so in overlay.yaml ("base: ../plant"); it is checked laid over that one, which may be an overlay itself.\nExit code 1 where something is found. A history that diverges is no error: its run keeps the release that it began on.',
    )
    .action(check);
}

async function check({ landscape: folder, env, json, histories, newest, commands, types: wantsTypes }: CheckOptions): Promise<void> {
  const newestMax = wholeNumber('--newest', newest, 100_000);
  const [{ checkLandscape }, { importFindings }, { packageFindings }, { surveyLandscape, withOwn }, { syntaxPlace }, { checkTypes }, { laidOverlay }] = await Promise.all([
    import('../../engine/check/check.ts'),
    import('../../engine/check/import-check.ts'),
    import('../../engine/check/package-check.ts'),
    import('../../engine/releases/load.ts'),
    import('../syntax-place.ts'),
    import('../type-check.ts'),
    import('../overlay.ts'),
  ]);
  const given = landscapeFolder(folder);
  await using overlay = await laidOverlay(given);
  const place = overlay?.place ?? given;
  const needless = new AbortController();
  // The compiler is a process of its own: it works while the landscape is loaded.
  const typing = wantsTypes ? checkTypes(place, needless.signal) : undefined;
  try {
    const { definitions, release, limits, failures } = await surveyLandscape(place, syntaxPlace);
    const landscape = failures.length === 0 ? withOwn(definitions, release, limits) : undefined;
    // What is of no use leaves holes that would be found over and over.
    const loaded = landscape ? [...(await importFindings(place)), ...checkLandscape(landscape.definitions, limits), ...packageFindings(landscape)] : failures;
    const played = histories === undefined || !landscape ? undefined : await playedHistories(histories, landscape, newestMax);
    const environment = landscape ? await environmentFindings(landscape, env) : [];
    const writes = landscape ? await writesOf(landscape, commands) : [];
    const types = landscape && (await typing);
    const found = [...loaded, ...environment, ...(types?.findings ?? [])];
    const findings = overlay ? found.map((finding) => toldOf(finding, overlay)) : found;
    if (json) {
      const more = {
        ...(overlay && { overlayOf: overlay.bases[0], overlayBases: overlay.bases }),
        ...(types?.missing !== undefined && { typesNotChecked: types.missing }),
        ...(writes.length > 0 && { writes }),
      };
      process.stdout.write(
        `${JSON.stringify({ release, definitions: definitions.length, findings, ...more, ...(played && { histories: played.flows, notPlayed: played.notPlayed }) }, undefined, 2)}\n`,
      );
    } else {
      if (overlay) process.stdout.write(`${overlayText(overlay)}\n\n`);
      process.stdout.write(findings.map(findingText).join(''));
      process.stdout.write(closing(definitions.length, findings.length, failures.length, release));
      if (types?.missing !== undefined) process.stdout.write(`Types not checked: ${types.missing}.\n`);
      if (writes.length > 0) process.stdout.write(`\nWhat can be written to machines:\n${writes.map(writableText).join('')}`);
      if (played) process.stdout.write(historiesText(played));
    }
    if (findings.some(({ severity }) => severity === 'error')) process.exitCode = exitCodes['findings or a failed verdict'];
  } finally {
    needless.abort();
    await typing;
  }
}

function overlayText({ folder, bases: [base, ...more] }: LaidOverlay): string {
  if (more.length === 0) return `${folder} is an overlay of ${base}, and is checked laid over it.`;
  return `${folder} is an overlay of ${[base, ...more].join(', an overlay of ')}, and is checked laid over all of them.`;
}

/** At the place of the file that somebody can mend. */
function toldOf({ site, message, help, ...finding }: Finding, { told }: LaidOverlay): Finding {
  return { ...finding, site: { ...site, file: told(site.file) }, message: told(message), help: told(help) };
}

function findingText(finding: Finding): string {
  return `${placeText(finding)}  ${finding.severity}  ${finding.code}\n  ${finding.message.replaceAll('\n', '\n  ')}\n  → ${finding.help}\n\n`;
}

/** What is wrong in an environment, as far as it refers to nothing. */
async function environmentFindings(landscape: Landscape, files: readonly string[]): Promise<readonly Finding[]> {
  if (files.length === 0) return [];
  const [{ noReferences, readEnvironment, requireSound }, { limitsOf }] = await Promise.all([import('../environment.ts'), import('../../engine/releases/limit-check.ts')]);
  try {
    const environment = await readEnvironment(files, noReferences);
    requireSound(environment);
    limitsOf(landscape, environment.limits);
    return [];
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ENVIRONMENT_INVALID') throw error;
    const site = { file: resolve(files.at(-1) ?? ''), line: 1 };
    return [{ severity: 'error', code: 'environment-invalid', site, message: error.message, help: 'Correct that in the environment file: hub and edge would not start with it.' }];
  }
}

/** What a landscape can write to machines, with what a plant's own file makes of it. Raises ENVIRONMENT_INVALID. */
async function writesOf(landscape: Landscape, file: string | undefined): Promise<readonly Writable[]> {
  const [{ readPermissions }, { commandsOf }] = await Promise.all([import('../edge-commands.ts'), import('../machine-commands.ts')]);
  return writableOf(landscape, await readPermissions(file, landscape.of('signal').values(), commandsOf(landscape)));
}

function closing(definitions: number, findings: number, failures: number, release: string): string {
  if (failures > 0) return `${failures} to mend before the rest can be checked.\n`;
  const counted = `${numberText(definitions)} definition${definitions === 1 ? '' : 's'}`;
  return findings === 0 ? `${counted}, nothing to mend. Release ${release}.\n` : `${findings} to mend in ${counted}.\n`;
}

async function playedHistories(dir: string, landscape: Landscape, newestMax: number): Promise<HistoryReport> {
  const [{ withRecordedLog }, { historyReport }] = await Promise.all([import('../recorded-log.ts'), import('../../engine/flows/history-report.ts')]);
  return withRecordedLog(dir, (store) => historyReport(store, landscape, landscape.limits, newestMax));
}

function historiesText({ flows, notPlayed }: HistoryReport): string {
  const left = `${numberText(notPlayed)} ended run${notPlayed === 1 ? '' : 's'} not played: older than the newest (--newest), or of a flow that is gone.\n`;
  return (flows.map(historyText).join('') || 'No recorded run is of a flow of this landscape.\n') + (notPlayed === 0 ? '' : left);
}

function historyText({ flow, fit, diverged, unknown }: FlowHistories): string {
  const parts = [
    `${numberText(fit)} recorded run${fit === 1 ? ' fits' : 's fit'}`,
    `${numberText(diverged.length)} diverge`,
    ...(unknown > 0 ? [`${unknown} of a newer engine were not played`] : []),
  ];
  const listed = diverged.slice(0, listedMax).map(({ run, key, status, release, reason }) => `  ${run} (${key}, ${status}, release ${release}): ${reason}\n`);
  const more = diverged.length > listedMax ? `  … and ${diverged.length - listedMax} more\n` : '';
  return `${flow}: ${parts.join(', ')}.\n${listed.join('')}${more}`;
}
