// Where --plot draws.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** What must be right before anything is played. Raises COMMAND_INVALID. */
export function plotFileOf({ plot }: { readonly plot: string | undefined }): string | undefined {
  if (plot === undefined) return undefined;
  if (!/\.svg$/i.test(plot)) throw new Fault('COMMAND_INVALID', `--plot ${plot}: the plot is written as SVG. Name a file that ends in .svg.`, { plot });
  if (!existsSync(dirname(plot))) throw new Fault('COMMAND_INVALID', `--plot ${plot}: there is no folder ${dirname(plot)}. Make it first, or name a file elsewhere.`, { plot });
  return plot;
}

/** Without a plot there is nothing to draw, which is said. Raises COMMAND_INVALID. */
export async function writePlot(file: string, plot: string | undefined): Promise<void> {
  if (plot === undefined) {
    process.stderr.write(`${file} was not written: there is nothing to draw.\n`);
    return;
  }
  await writeFile(file, plot).catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `--plot ${file}: it cannot be written there: ${messageOf(error)}`, { file }, error);
  });
}
