import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runningCommand } from '../running-command.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lineshaft discover '))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const discover = (): ReturnType<typeof runningCommand>['ended'] =>
  runningCommand(['edge', 'discover', 'http://127.0.0.1:1', '--for', '20s', '--name', 'bremen-1', '--data', 'state'], { cwd: folder }).ended;

test('a look at what cannot be reached leaves nothing behind, and takes away nothing that was there', async () => {
  expect(await discover()).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('http://127.0.0.1:1') });
  expect(readdirSync(folder)).toEqual([]);
  mkdirSync(join(folder, 'state', 'bremen-1'), { recursive: true });
  expect((await discover()).code).toBe(3);
  expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(['state', join('state', 'bremen-1')]);
});
