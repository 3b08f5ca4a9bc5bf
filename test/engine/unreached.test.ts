// A request whose time is over before its connection was open was never sent; one that was written may have been carried out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { defineFlow } from 'lineshaft';
import { afterEach, expect, test } from 'vitest';
import { httpJson } from '../../src/connectors/http-json/http-json.ts';
import { historyOf, type HistoryEntry } from '../../src/engine/effects/history.ts';
import { virtualClock } from '../../src/kernel/virtual-clock.ts';
import type { StepRecord } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { begun, otherSide, owner, rig, type Write } from './rig.ts';

let opened = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

/** A server in a process that does nothing until it is told to: the system takes two connections for it and leaves all others waiting. */
async function busyServer(): Promise<{ readonly url: string; readonly goOn: () => void; readonly heard: () => Promise<number> }> {
  const code = `
    let heard = 0;
    const server = require('node:http').createServer((request, response) => {
      if (request.method === 'GET') return response.end(String(heard));
      heard++;
      response.end();
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, server.address().port + '\\n');
      require('node:fs').readSync(0, Buffer.alloc(1));
      process.stdin.resume().on('end', () => process.exit());
    });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  opened.defer(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const line = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const port = Number(line.value);
  const others = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  opened.defer(() => others.forEach((socket) => socket.destroy()));
  await Promise.race(others.map((socket) => once(socket, 'connect')));
  const url = `http://127.0.0.1:${port}`;
  return { url, goOn: () => void child.stdin.write('.'), heard: async () => Number(await (await fetch(url)).text()) };
}

/** An engine whose systems all are at `url`, and an event that one of them is told of by a call that it can neither be asked about nor told twice. */
async function told(url: string) {
  const world = otherSide();
  // Of the connector itself; the engine's own time is what counts.
  const http = await httpJson.open({ url }, { clock: virtualClock(), random: () => 0.5, system: 'dumb', log: () => undefined });
  opened.defer(() => http.close());
  const flow = defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(the, event) {
      await the.call(world.capabilities.label, { order: event.order, value: event.note });
    },
  });
  const send = async (body: Write, context: Parameters<typeof http.send>[1]) => {
    const { status } = await http.send({ method: 'POST', path: '/', body }, context);
    return { status, stored: body.value };
  };
  const stage = await rig(world, [flow], { send });
  await stage.send(begun, 'PO-1', 'e1', 'a');
  const step = async () => {
    const [run] = await stage.store.runs({ limit: 1 });
    return (await stage.store.steps(run?.id ?? ''))[0];
  };
  return { stage, step };
}

async function triesOf(step: () => Promise<StepRecord | undefined>): Promise<readonly HistoryEntry[]> {
  const record = await step();
  return record ? historyOf(record) : [];
}

test.skipIf(process.platform !== 'linux')('whose connection was not open in time is told as not executed, and is sent when the system takes it', async () => {
  const server = await busyServer();
  const { stage, step } = await told(server.url);
  await stage.clock.advance(2_000);
  expect((await step())?.status).toBe('open');
  server.goOn();
  await until('it is done', async () => {
    await stage.clock.advance(1_000);
    return (await step())?.status === 'done';
  });
  const tries = await triesOf(step);
  expect(tries.find(({ what }) => what !== 'sent')).toMatchObject({ what: 'not executed', note: `Cannot reach dumb at ${server.url}: no answer within 2000 ms.` });
  expect(tries.map(({ what }) => what)).not.toContain('no answer');
  expect(await server.heard()).toBe(1);
});

test('that was written, and had no answer in time, is parked: it may have been carried out', async () => {
  let heard = 0;
  const server = createServer((request) => void request.resume().on('end', () => (heard += 1)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A listening TCP server has an address object.
  const { port } = server.address() as AddressInfo;
  const { stage, step } = await told(`http://127.0.0.1:${port}`);
  await until('it is heard', () => heard === 1);
  await stage.clock.advance(2_000);
  await until('it is parked', async () => {
    await stage.settle();
    return (await step())?.status === 'parked';
  });
  expect((await triesOf(step)).map(({ what }) => what)).toContain('no answer');
  await stage.clock.advance(60_000);
  expect(heard).toBe(1);
});
