import { Option, type Command } from 'commander';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('check a landscape: owners, names, references, ownership of data, guarantees of writes')
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    .addOption(new Option('--json', 'print findings as JSON').default(false))
    .addHelpText('after', '\nExample:\n  lineshaft check --landscape examples/packaging-plant\n\nExit code 1 where something is found.')
    .action(async ({ landscape: folder, json }: { readonly landscape: string; readonly json: boolean }) => {
      const [{ checkLandscape }, { placeText }, { surveyLandscape, withOwn }, { syntaxPlace }] = await Promise.all([
        import('../../engine/check/check.ts'),
        import('../../engine/check/finding.ts'),
        import('../../engine/releases/load.ts'),
        import('../syntax-place.ts'),
      ]);
      const { definitions, release, failures } = await surveyLandscape(landscapeFolder(folder), syntaxPlace);
      // What is of no use leaves holes that would be found over and over.
      const findings = failures.length > 0 ? failures : checkLandscape(withOwn(definitions, release).definitions);
      if (json) process.stdout.write(`${JSON.stringify({ release, definitions: definitions.length, findings }, undefined, 2)}\n`);
      else {
        for (const finding of findings) process.stdout.write(`${placeText(finding)}  ${finding.severity}  ${finding.code}\n  ${finding.message}\n  → ${finding.help}\n\n`);
        process.stdout.write(closing(definitions.length, findings.length, failures.length, release));
      }
      if (findings.some(({ severity }) => severity === 'error')) process.exitCode = exitCodes['findings or a failed verdict'];
    });
}

function closing(definitions: number, findings: number, failures: number, release: string): string {
  if (failures > 0) return `${failures} to mend before the rest can be checked.\n`;
  const counted = `${definitions} definition${definitions === 1 ? '' : 's'}`;
  return findings === 0 ? `${counted}, nothing to mend. Release ${release}.\n` : `${findings} to mend in ${counted}.\n`;
}
