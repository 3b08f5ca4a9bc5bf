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
      const [{ checkLandscape }, { loadLandscape }] = await Promise.all([import('../../engine/check/check.ts'), import('../../engine/releases/load.ts')]);
      const landscape = await loadLandscape(landscapeFolder(folder));
      const findings = checkLandscape(landscape.definitions);
      if (json) process.stdout.write(`${JSON.stringify({ release: landscape.release, definitions: landscape.definitions.length, findings }, undefined, 2)}\n`);
      else {
        for (const { severity, code, site, message, help } of findings) process.stdout.write(`${site.file}:${site.line}  ${severity}  ${code}\n  ${message}\n  → ${help}\n\n`);
        process.stdout.write(
          findings.length === 0
            ? `${landscape.definitions.length} definitions, nothing to mend. Release ${landscape.release}.\n`
            : `${findings.length} to mend in ${landscape.definitions.length} definitions.\n`,
        );
      }
      if (findings.some(({ severity }) => severity === 'error')) process.exitCode = exitCodes['findings or a failed verdict'];
    });
}
