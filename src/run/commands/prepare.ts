import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Option, type Command } from 'commander';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { isPrepared, markPrepared, threadFiles } from '../preparation.ts';

/** Loads what a hub and an edge of a landscape load, has Node keep what it compiled for that, and ends. */
export function prepareCommand(program: Command): void {
  program
    .command('prepare', { hidden: true })
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    // It is called with the options of a hub or an edge.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async ({ landscape }: { readonly landscape: string }) => {
      const folder = landscapeFolder(landscape);
      if (await isPrepared(folder)) return;
      const [{ surveyLandscape }] = await Promise.all([
        import('../../engine/releases/load.ts'),
        import('../../store/sqlite/sqlite-edge-store.ts'),
        import('../../engine/releases/limit-check.ts'),
        import('../hub.ts'),
        import('../edge.ts'),
        import('../telemetry-shelf.ts'),
        import('../bounded.ts'),
        import('../tls/peer-trouble.ts'),
        import('../kill-probe.ts'),
        import('../machine-commands.ts'),
        import('./hub.ts'),
        import('./edge.ts'),
      ]);
      await Promise.all([surveyLandscape(folder), ...(await threadFiles()).map(loadThread)]);
      flushCompileCache();
      await markPrepared(folder);
      // A landscape may have started what goes on.
      process.exit(exitCodes.fine);
    });
}

/** Threads compile for themselves, each anew. What their files lack to work is found out when all of their code is loaded. */
function loadThread(file: string): Promise<void> {
  const code = `import(${JSON.stringify(pathToFileURL(file).href)}).catch(() => undefined).then(() => process.exit())`;
  return new Promise((resolve, reject) => {
    new Worker(code, { eval: true, execArgv: ['--disable-warning=ExperimentalWarning'] }).once('error', reject).once('exit', () => resolve());
  });
}
