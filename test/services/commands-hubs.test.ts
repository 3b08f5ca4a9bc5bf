// Commands to a machine through one edge and two hubs that share a log of four shards on one PostgreSQL, all processes of their own. What was written, and how
// often, is what the controller's own record says.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { shardOf } from '../../src/store/shard.ts';
import { copyLandscape, runningCommand, saidBy } from '../running-command.ts';
import { runningHub, type RunningHub } from '../running-hub.ts';
import { until } from '../until.ts';
import { query } from './own-postgres.ts';

const address = process.env['LINESHAFT_POSTGRES'];
const shards = 4;
const controller = fileURLToPath(new URL('../modbus-packer.ts', import.meta.url));

/** A controller, and hubs and an edge on a landscape of their own; everything ends with the test. */
async function floor(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-commands-'));
  copyLandscape(join(import.meta.dirname, '..', 'scenarios', 'command-landscape'), folder);
  const schema = `t${randomBytes(6).toString('hex')}`;
  const schemas = Array.from({ length: shards }, (_, index) => (index === 0 ? schema : `${schema}_${index + 1}`));
  onTestFinished(async () => {
    for (const name of schemas) await query(url, `DROP SCHEMA IF EXISTS ${name} CASCADE`);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  appendFileSync(join(folder, 'landscape', 'environments', 'test.yaml'), ['store:', `  url: ${url}`, `  schema: ${schema}`, '  lease: 6s', `  shards: ${shards}`, ''].join('\n'));
  const record = join(folder, 'writes.ndjson');
  const machine = spawn(process.execPath, [controller, record], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(machine, 'exit');
  onTestFinished(async () => {
    machine.kill('SIGKILL');
    await gone;
  });
  const lines = createInterface(machine.stdout)[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  // The controller's own word.
  const { port } = JSON.parse(String(first)) as { readonly port: number };
  const env = { ...process.env, PLC_URL: `modbus+tcp://127.0.0.1:${port}` };
  return {
    async hub(data: string): Promise<RunningHub> {
      // An edge has one key for all of its hubs.
      if (existsSync(join(folder, 'first'))) {
        mkdirSync(join(folder, data, 'hub'), { recursive: true, mode: 0o700 });
        copyFileSync(join(folder, 'first', 'hub', 'keys.json'), join(folder, data, 'hub', 'keys.json'));
      }
      const hub = await runningHub({ folder, env, data });
      onTestFinished(() => hub[Symbol.asyncDispose]());
      return hub;
    },
    async edge(hubs: readonly RunningHub[]): Promise<void> {
      const { edge: key } = JSON.parse(readFileSync(join(folder, 'first', 'hub', 'keys.json'), 'utf8')) as { readonly edge: string }; // the hub's own file
      const common = ['--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'edge', '--name', 'bremen', '--key', key];
      const command = runningCommand(['edge', ...common, ...hubs.flatMap((hub) => ['--hub', hub.url]), '--commands', join('landscape', 'environments', 'plant.yaml')], {
        cwd: folder,
        env,
      });
      onTestFinished(() => command[Symbol.asyncDispose]());
      await saidBy(command, 'the edge is up', () => command.printed().includes('"ready":true'));
    },
    async conduct(how: object): Promise<void> {
      machine.stdin.write(`${JSON.stringify(how)}\n`);
      await lines.next();
    },
    /** The values that were written to the set speed, in packs per minute. */
    written(): readonly number[] {
      if (!existsSync(record)) return [];
      const told = readFileSync(record, 'utf8').trim().split('\n');
      return told.map((line) => Number.parseInt((JSON.parse(line) as { readonly data: string }).data, 16) / 10); // the controller's own word
    },
    /** Who holds each shard. */
    async holders(): Promise<readonly string[]> {
      const all = schemas.map((name, index) => `SELECT ${index + 1} AS shard, hub, expires > clock_timestamp() AS held FROM ${name}.holder`);
      return (await query(url, `${all.join(' UNION ALL ')} ORDER BY shard`)).map(({ hub, held }) => (held === true ? String(hub) : 'nobody'));
    },
    hubId: (data: string) => readFileSync(join(folder, data, 'hub', 'hub-id'), 'utf8').trim(),
  };
}

const retune = (line: string, speed: number) => ({ line, speed, reason: 'film change' });

/** As a caller does that is told to come again, or nothing. */
async function called(hub: RunningHub, input: object, key: string): Promise<{ readonly status: number; readonly body: unknown }> {
  return until(
    `an answer to ${key}`,
    async () => {
      const answer = await hub.ask('/api/capabilities/line.retune', input, { headers: { 'idempotency-key': key, prefer: 'wait=20' } }).catch(() => undefined);
      return answer !== undefined && answer.status !== 202 && answer.status !== 503 && { status: answer.status, body: await answer.json() };
    },
    60_000,
  );
}

describe.skipIf(address === undefined || process.platform === 'win32')('commands through several hubs (skipped without LINESHAFT_POSTGRES)', () => {
  test(
    'a command reaches the machine once, whichever hub was asked and whichever asks the edge; where that hub is killed the other one has the answer',
    { timeout: 240_000 },
    async () => {
      const plant = await floor(address ?? '');
      const first = await plant.hub('first');
      const second = await plant.hub('second');
      await until('each hub has its share', async () => Map.groupBy(await plant.holders(), (hub) => hub).size === 2 && !(await plant.holders()).includes('nobody'), 120_000);
      await plant.edge([first, second]);

      const names = Array.from({ length: 100 }, (_, index) => `line-${index + 1}`);
      // Two in each shard.
      const lines = [...Map.groupBy(names, (line) => shardOf(line, shards)).values()].flatMap((own) => own.slice(0, 2));
      expect(lines).toHaveLength(2 * shards);
      for (const [index, line] of lines.entries()) {
        const [asked, other] = index % 2 === 0 ? [first, second] : [second, first];
        const done = { status: 200, body: { value: { value: 30 + index, readBack: 30 + index } } };
        expect(await called(asked, retune(line, 30 + index), `key-${index}`)).toMatchObject(done);
        expect(await called(other, retune(line, 30 + index), `key-${index}`)).toMatchObject(done);
      }
      expect(plant.written()).toEqual(lines.map((_, index) => 30 + index));

      // One that the second hub carries out, killed when the machine has it and does not show it yet.
      const holders = await plant.holders();
      const late = names.find((line) => !lines.includes(line) && holders[shardOf(line, shards) - 1] === plant.hubId('second')) ?? '';
      await plant.conduct({ stuck: true });
      const answer = called(first, retune(late, 90), 'late');
      await until('the machine has it', () => plant.written().includes(90));
      await second.kill();
      await plant.conduct({ stuck: false, catchUp: true });
      expect(await answer).toMatchObject({ status: 200, body: { value: { value: 90, readBack: 90 } } });
      expect(plant.written().filter((speed) => speed === 90)).toEqual([90]);
    },
  );
});
