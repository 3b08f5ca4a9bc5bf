import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runningCommand } from '../running-command.ts';
import { until } from '../until.ts';
import { startDemo } from './demo-process.ts';

test("the proof of the scene's order holds against the books of all six systems", { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-proof-'));
  const demo = startDemo('--tempo', 'kill', '--data', join(folder, 'state'));
  try {
    await demo.says('sign in once: ');
    const lineshaft = (...args: readonly string[]) => runningCommand(args, { cwd: folder }).ended;
    await until(
      'the run of the order is done',
      async () => {
        const { stdout } = await lineshaft('prove', 'PO-4711', '--data', 'state');
        await writeFile(join(folder, 'proof.ndjson'), stdout);
        const runs = stdout.split('\n').filter((line) => line.includes('"kind":"run"'));
        return runs.length > 0 && runs.every((line) => JSON.parse(line).status === 'done');
      },
      90_000,
    );
    const places: Readonly<Record<string, string>> = JSON.parse(await readFile(join(folder, 'state', 'systems.json'), 'utf8'));
    const ledgers = ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier'].flatMap((system) => ['--ledger', `${system}=${places[system]}/_ledger`]);
    const { stdout, code } = await lineshaft('verify', 'proof.ndjson', ...ledgers, '--json');
    const verdict = JSON.parse(stdout);
    expect(verdict.findings.filter(({ severity }: { severity: string }) => severity === 'finding')).toEqual([]);
    expect(code).toBe(0);
    expect(verdict.effects.done).toBeGreaterThanOrEqual(6);
    expect(verdict.books).toMatchObject({ cmms: 1 });
    // The supplier's answer names our message: noted, and no double.
    expect(verdict.findings.map((each: { code: string }) => each.code)).toContain('BOOKED_BY_OTHERS');
  } finally {
    demo.child.kill('SIGTERM');
    await demo.end;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
