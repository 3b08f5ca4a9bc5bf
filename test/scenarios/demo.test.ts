import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemo } from './demo-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test('a port that is taken is said in plain words, before anything is started', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { code, err } = await startDemo('--port', String(port), '--data', join(folder, 'port')).end;
  server.close();
  expect(code).toBe(3);
  expect(err).toContain(`Port ${port} is taken`);
  expect(err).toContain('Choose another port');
});

test.each([
  [['--seed', 'seven'], '--seed is "seven"'],
  [['--json'], '--json goes with --once'],
  [['--once', '--play', 'hamlet'], 'There is no play "hamlet". There are: main'],
  [['--nonsense'], "unknown option '--nonsense'"],
])('%j is wrong use: exit code 2 and what to do', async (args, said) => {
  const { code, out, err } = await startDemo(...args, '--data', join(folder, 'wrong')).end;
  expect(err).toContain(said);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

test("the state of somebody's own hub is not touched", async () => {
  const dir = join(folder, 'own');
  await mkdir(join(dir, 'hub'), { recursive: true });
  const { code, err } = await startDemo('--fresh', '--data', dir).end;
  expect(code).toBe(2);
  expect(err).toContain("holds the state of a hub that is not the demo's");
});

test('the demo, killed, leaves no process behind', { timeout: 240_000 }, async () => {
  const dir = join(folder, 'killed');
  const demo = startDemo('--data', dir);
  const hub = /answers at (http:\S+)/.exec(await demo.says('sign in once: '))?.[1] ?? '';
  const systems: Readonly<Record<string, string>> = JSON.parse(await readFile(join(dir, 'systems.json'), 'utf8'));
  const health = [`${hub}/health`, ...Object.values(systems).map((url) => `${url}/_health`)];
  expect(health).toHaveLength(9);
  await Promise.all(health.map((url) => answers(url, true)));
  demo.child.kill('SIGKILL');
  await demo.end;
  await Promise.all(health.map((url) => answers(url, false)));
});

test('Ctrl-C ends the demo and all that it started, with exit code 0', { timeout: 240_000 }, async () => {
  const demo = startDemo('--data', join(folder, 'stopped'));
  const hub = /answers at (http:\S+)/.exec(await demo.says('sign in once: '))?.[1] ?? '';
  await answers(`${hub}/health`, true);
  demo.child.kill('SIGINT');
  const { code, err } = await demo.end;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  await answers(`${hub}/health`, false);
});

/** Asks until it does, or does not, answer any more. */
async function answers(url: string, wanted: boolean): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    const found = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (found === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} ${wanted ? 'never answered' : 'still answers'}`);
}
