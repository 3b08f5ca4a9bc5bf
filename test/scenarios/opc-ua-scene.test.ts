import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDemo } from './demo-process.ts';

// The scene with a packer that is an OPC UA server with PackML nodes (a foreign stack). Nothing else tells the edge of packer 3: a verdict that holds was read from it.

test('with a packer over OPC UA, signed and encrypted, the scene ends as it must, although the edge is killed in the middle of it', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-opc-ua-scene-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const { code, out, err } = await startDemo('--once', '--json', '--packer', 'opcua', '--tempo', 'kill', '--play', 'edge-killed', '--data', folder).end;
  expect(out, `standard error: ${err}`).not.toBe('');
  const { plays } = JSON.parse(out);
  const rows: readonly { readonly id: string; readonly ok: boolean; readonly found: string }[] = plays[0].rows;
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  const found = (id: string): string | undefined => rows.find((row) => row.id === id)?.found;
  expect([found('mailbox.state'), found('process.killed')]).toEqual(['Execute', 'edge.after-commit:production.variance.detected, and started again']);
  expect(code).toBe(0);
  // Whoever opened a channel with the packer did it with a certificate: the server has no other way in.
  expect(await readdir(join(folder, 'packer-3', 'trusted', 'certs'))).toEqual([expect.stringMatching(/^Lineshaft/)]);
});
