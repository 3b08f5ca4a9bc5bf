// `lineshaft chaos` as a person starts it, with what each run was judged on.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlayFacts } from '../../src/counterparts/verdict/expectation.ts';
import type { Row } from '../../src/counterparts/verdict/row.ts';
import type { Testimony } from '../../src/counterparts/verdict/testimony.ts';
import type { ChaosRow } from '../../src/run/chaos/chaos-table.ts';
import { repository } from '../../scripts/package-binary.ts';
import { runningCommand } from '../running-command.ts';

export interface Evidence {
  readonly fault: string;
  readonly mode: string;
  readonly detail?: string;
  readonly facts: PlayFacts;
  readonly testimony: Testimony;
  readonly rows: readonly Row[];
}

export interface Played {
  readonly code: number | null;
  readonly rows: readonly ChaosRow[];
  readonly skipped: readonly { readonly fault: string; readonly mode: string; readonly reason: string }[];
  readonly evidence: readonly Evidence[];
  readonly stderr: string;
}

/** Raises what the command has told last where it takes longer than `withinMs`. */
export async function chaos(withinMs: number, ...args: readonly string[]): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-chaos-test-'));
  try {
    const file = join(folder, 'evidence');
    await using command = runningCommand(['chaos', '--json', '--evidence', file, '--data', join(folder, 'state'), ...args], { cwd: repository });
    let late: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`It has not ended within ${withinMs / 1_000} s. What it said last: ${command.printed().slice(-3_000)}`)), withinMs);
    });
    const { code, stdout, stderr } = await Promise.race([command.ended, tooLong]).finally(() => clearTimeout(late));
    // The command's own output; a wrong shape shows in every test.
    const { rows, skipped } = JSON.parse(stdout === '' ? '{"rows":[],"skipped":[]}' : stdout) as Pick<Played, 'rows' | 'skipped'>;
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return { code, rows, skipped, stderr, evidence: lines.map((line) => JSON.parse(line) as Evidence) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
