// `lineshaft start` from outside: a landscape of its own in a folder of its own, real processes, a system on a real socket. The command is the one that
// users have, also where others start what is built.
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';
import { copyLandscape, descendantsOf, hubOf, isAlive, ownBinary, runningCommand, tellsFamily, type Ended, type RunningCommand } from '../running-command.ts';
import { until } from '../until.ts';

const landscape = join(import.meta.dirname, 'stock-landscape');
let folder: string;
let purchasing: PurchasingServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft start '));
  copyLandscape(landscape, folder);
  purchasing = await purchasingServer();
});
afterAll(async () => {
  await purchasing[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function start(data: string, ...more: readonly string[]): RunningCommand {
  const env = { ...process.env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token };
  return runningCommand(['start', '--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', data, '--port', '0', ...more], {
    cwd: folder,
    env,
    file: ownBinary,
  });
}

/** A command that ends by itself. */
const lineshaft = (...args: readonly string[]): Promise<Ended> => runningCommand(args, { cwd: folder, file: ownBinary }).ended;

describe('hub and edge of a landscape', () => {
  let command: RunningCommand;
  let hub: string;
  let key: string;
  beforeAll(async () => {
    command = start('state');
    hub = await hubOf(command);
    // The file is the hub's own; a test that uses the key shows that it is right.
    key = (JSON.parse(readFileSync(join(folder, 'state', 'hub', 'keys.json'), 'utf8')) as { admin: string }).admin;
  }, 240_000);
  afterAll(() => command[Symbol.asyncDispose]());

  function send(item: string, missing: number, by = key): Promise<Response> {
    const event = { specversion: '1.0', id: `${item}-${missing}`, source: '/stores', type: 'stock.low.v1', data: { item, missing } };
    return fetch(`${hub}/api/events`, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${by}` }, body: JSON.stringify(event) });
  }
  const ordered = (item: string) => purchasing.ledger.filter(({ body }) => body['item'] === item).map(({ body }) => body['quantity']);

  test('what the rule of the edge saw becomes an order at the system', async () => {
    await until('an order of glue', () => ordered('GLUE').length > 0);
    expect(ordered('GLUE')).toEqual([940]);
  });

  test('an event sent with the key of the key file starts a flow that calls the system; without it, or twice, nothing happens', async () => {
    expect((await send('FOIL-80', 40, 'wrong')).status).toBe(401);
    expect((await send('FOIL-80', 40)).status).toBe(200);
    await until('an order of foil', () => ordered('FOIL-80').length > 0);
    expect(await (await send('FOIL-80', 40)).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await send('FOIL-90', 1)).status).toBe(200);
    await until('an order of the other foil', () => ordered('FOIL-90').length > 0);
    expect(ordered('FOIL-80')).toEqual([40]);
  });

  test('trace tells the story of the item, to people and to programs', async () => {
    const [told, json, unknown] = await Promise.all([
      lineshaft('trace', 'FOIL-80', '--data', 'state'),
      lineshaft('trace', 'FOIL-80', '--data', 'state', '--json'),
      lineshaft('trace', 'NO-SUCH-THING', '--data', 'state'),
    ]);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    for (const words of ['FOIL-80', 'Stock of an item runs low', 'Purchasing: Order an item', 'Order what runs low ends']) expect(told.stdout).toContain(words);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ key: 'FOIL-80', runs: [{ flow: 'restock', status: 'done' }], exceptions: [] });
    expect(unknown).toMatchObject({ code: 4, stdout: '' });
    expect(unknown.stderr).toContain('Nothing is known of "NO-SUCH-THING".');
  });

  test('a refusal is an exception: listed in words and as JSON, and acknowledged by its owner', async () => {
    const list = async () => {
      const answer = await fetch(`${hub}/api/exceptions?status=unresolved`, { headers: { authorization: `Bearer ${key}` } });
      // Compared below.
      return (await answer.json()) as readonly object[];
    };
    expect((await lineshaft('exceptions', '--data', 'state')).stdout).toBe('No exceptions. Nothing needs you.\n');
    expect((await send('OUT-OF-RANGE', 7)).status).toBe(200);
    await until('an exception', async () => (await list()).length > 0);
    const [words, json] = await Promise.all([lineshaft('exceptions', '--data', 'state'), lineshaft('exceptions', '--data', 'state', '--json')]);
    expect(words.stdout).toContain('OUT-OF-RANGE could not be ordered: NOT_IN_RANGE');
    const [found] = JSON.parse(json.stdout);
    expect(found).toMatchObject({ type: 'item.not-ordered', status: 'open', owner: 'stores', severity: 'low', summary: 'OUT-OF-RANGE could not be ordered: NOT_IN_RANGE' });
    const done = await lineshaft('exceptions', 'acknowledge', found.id, '--note', 'asking the supplier', '--data', 'state');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(await list()).toMatchObject([{ id: found.id, status: 'acknowledged' }]);
  });

  test('kpi response-time tells what the record says of arrivals, effects and cases, to people and to programs', async () => {
    const [words, json, wrong] = await Promise.all([
      lineshaft('kpi', 'response-time', '--data', 'state'),
      lineshaft('kpi', 'response-time', '--by', 'system', '--data', 'state', '--json'),
      lineshaft('kpi', 'response-time', '--from', 'yesterday', '--data', 'state'),
    ]);
    expect(words).toMatchObject({ code: 0, stderr: '' });
    for (const line of [
      /^Read: events 4, taken .*; runs 4; cases 1\.$/m,
      /^ {2}restock +3: p50 .*; 1 without effect$/m,
      /^ {2}supplier-workflow +none; 1 not resolved, the oldest for /m,
    ])
      expect(words.stdout).toMatch(line);
    expect(JSON.parse(json.stdout)).toMatchObject({ by: 'system', read: { eventsCut: false }, action: [{ of: 'purchasing', acted: { count: 3 }, open: { count: 0 } }] });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('"from" is "yesterday"; write RFC 3339');
  });

  test.skipIf(!tellsFamily)('a hub that is killed with -9 is started again where it was, and goes on with what it knew', async () => {
    const killed = descendantsOf(command.pid).find(({ command: line }) => line.includes(' hub '));
    expect(killed).toBeDefined();
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await until('the hub is told to be started again', () => command.printed().includes('hub ended; it is started again'));
    const answer = await until('the hub answers again', () => send('FOIL-100', 10).catch(() => undefined));
    expect(answer.status).toBe(200);
    await until('an order of the third foil', () => ordered('FOIL-100').length > 0);
    expect(await (await send('FOIL-80', 40)).json()).toMatchObject({ duplicates: 1 });
    expect([ordered('FOIL-80'), ordered('FOIL-100'), ordered('GLUE')]).toEqual([[40], [10], [940]]);
  });

  test.skipIf(!tellsFamily)('Ctrl-C stops both and leaves no process behind', async () => {
    const pids = descendantsOf(command.pid).map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    process.kill(command.pid, 'SIGINT');
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
    await until('every process is gone', () => !pids.some(isAlive));
  });

  test('nobody else may read the keys, and the logs lie where it said', () => {
    if (tellsFamily) expect(statSync(join(folder, 'state', 'hub', 'keys.json')).mode & 0o077).toBe(0);
    expect(existsSync(join(folder, 'state', 'logs', 'hub.log'))).toBe(true);
  });
});

describe.skipIf(!tellsFamily)('kill -9 leaves no process behind', { concurrent: true }, () => {
  test.for(['the command that was typed', 'the process that watches over hub and edge'])('of %s', { timeout: 240_000 }, async (which) => {
    await using command = start(`state-${which.length}`);
    await hubOf(command);
    const family = descendantsOf(command.pid);
    const own = family.find(({ command: line }) => line.includes(' hub '));
    const killed = which.startsWith('the command') ? command.pid : (own?.parent ?? 0);
    const pids = [command.pid, ...family.map(({ pid }) => pid)];
    process.kill(killed, 'SIGKILL');
    try {
      await until('every process is gone', () => !pids.some(isAlive));
    } finally {
      for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    }
  });
});

describe.concurrent('what cannot run says why, what to do, and ends with 3', () => {
  /** In words: no stack, nothing of Node's. */
  function inWords({ code, stdout, stderr }: Ended, words: RegExp): void {
    expect(stderr).toMatch(words);
    expect(stderr.match(/^→ /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at |node:internal|bug/m);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  }

  test('a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await start('state-port', '--port', String(port)).ended;
    await new Promise((resolve) => other.close(resolve));
    inWords(ended, new RegExp(`Port ${port} is taken[^]*→ Choose another port`));
  });

  test.for([
    ['an unknown entry', 'systms: {}\n', /bad\.yaml[^]*\/systms: nothing of this name is known here[^]*→ Correct the named entry of the environment file/],
    ['no YAML', 'systems: [\n', /bad\.yaml cannot be read/],
    ['a variable that is not set', 'systems: { purchasing: { url: "${env:NOBODY_SET_THIS}" } }\n', /refers to the variable "NOBODY_SET_THIS", which is not set/],
  ] as const)('an environment file with %s', async ([name, text, words]) => {
    const file = `${name} bad.yaml`;
    writeFileSync(join(folder, file), text);
    inWords(await start(`state-${name.length}`, '--env', file).ended, words);
  });

  test('an edge that has no options for its source, or a hub whose landscape is broken: what it said, once', async () => {
    writeFileSync(join(folder, 'no-source.yaml'), 'systems: {}\n');
    const plain = ['start', '--port', '0', '--landscape'];
    inWords(
      await lineshaft(...plain, 'landscape', '--env', 'no-source.yaml', '--data', 'state-edge'),
      /edge-1 ended \(3\)[^]* state-edge[\\/]logs[\\/]edge-1\.log\.[^]*options of the source "tanks"/,
    );
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'broken.ts'), '\nexport const one = ;\n');
    inWords(await lineshaft(...plain, 'broken', '--data', 'state-broken'), /hub ended \(3\)[^]*broken\.ts:2:20: Expression expected\.\n→ Run "lineshaft check"/);
  });

  test('an environment file that is not there', async () => {
    inWords(await start('state-none', '--env', 'nowhere.yaml').ended, /nowhere\.yaml cannot be read/);
  });

  test('no environment where the landscape has some: they are named', async () => {
    const { code, stderr } = await lineshaft('start', '--landscape', 'landscape', '--data', 'state-no-env', '--port', '0');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/No environment is named[^]*landscape[\\/]environments[\\/]test\.yaml\. Give --env FILE/) });
  });

  test('wrong use ends with 2', async () => {
    const { code, stderr } = await start('state-wrong', '--port', 'eighty').ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--port is "eighty"; give a whole number from 0 to 65535.') });
  });
});

describe.concurrent('output that goes nowhere', () => {
  test.for(['--help', 'start --help', 'check --landscape landscape --json'])('whoever reads "%s" stops, e.g. head: no crash', async (words) => {
    const command = runningCommand(words.split(' '), { cwd: folder, file: ownBinary });
    command.stopReading();
    expect(await command.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk is no success', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(repository, 'bin', 'lineshaft.mjs'), '--help'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining('The output cannot be written: ENOSPC') });
  });
});
