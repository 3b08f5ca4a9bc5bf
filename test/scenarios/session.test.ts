// A signed-in browser and a hub that dies, from outside: `lineshaft hub` as a process, killed with -9 and started again on its state.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/run/demo/port.ts';
import { copyLandscape, descendantsOf, runningCommand, tellsFamily, type RunningCommand } from '../running-command.ts';
import { until } from '../until.ts';

let folder: string;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-session-'));
  copyLandscape(join(import.meta.dirname, 'stock-landscape'), folder);
  port = await freePort();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface RunningHub {
  readonly command: RunningCommand;
  readonly signIn: string;
}

async function startHub(): Promise<RunningHub> {
  const env = { ...process.env, PURCHASING_URL: 'http://127.0.0.1:9', PURCHASING_TOKEN: 'nobody-is-asked' };
  const command = runningCommand(['hub', '--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'state', '--port', String(port)], {
    cwd: folder,
    env,
  });
  const signIn = await until('the hub is ready', () => /"signIn":"([^"]+)"/.exec(command.printed())?.[1], 120_000);
  return { command, signIn };
}

async function killed({ command }: RunningHub): Promise<RunningHub> {
  // Where a process cannot become another one, the command that was typed only hands over to the hub.
  const own = descendantsOf(command.pid).find(({ command: line }) => line.includes(' hub '));
  process.kill(own?.pid ?? command.pid, 'SIGKILL');
  await command.ended;
  return startHub();
}

const hub = (path: string, cookie: string, method = 'GET'): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { cookie, 'sec-fetch-site': 'same-origin' } });

test.skipIf(!tellsFamily)('a session outlives a hub that is killed with -9; one that was signed out stays out', { timeout: 240_000 }, async () => {
  let running = await startHub();
  try {
    const answer = await fetch(running.signIn, { redirect: 'manual' });
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(await (await hub('/api/me', cookie)).json()).toEqual({ name: 'admin', role: 'admin' });

    running = await killed(running);
    expect(await (await hub('/api/me', cookie)).json()).toEqual({ name: 'admin', role: 'admin' });

    // The link that it printed first is gone with the process; whoever holds its data directory makes another one.
    const { stdout } = await runningCommand(['sign-in', '--name', 'anna', '--role', 'viewer', '--data', 'state'], { cwd: folder }).ended;
    const other = await fetch(stdout.trim(), { redirect: 'manual' });
    expect(await (await hub('/api/me', (other.headers.get('set-cookie') ?? '').split(';')[0] ?? '')).json()).toEqual({ name: 'anna', role: 'viewer' });

    const file = join(folder, 'state', 'hub', 'sessions.json');
    const session = cookie.slice(cookie.indexOf('=') + 1);
    expect(session.length).toBeGreaterThan(40);
    expect(readFileSync(file, 'utf8')).not.toContain(session);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    expect(await (await hub('/api/sign-out', cookie, 'POST')).json()).toEqual({ signedOut: true });
    running = await killed(running);
    expect((await hub('/api/me', cookie)).status).toBe(401);
  } finally {
    await running.command[Symbol.asyncDispose]();
  }
});
