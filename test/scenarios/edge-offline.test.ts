// An edge at a plant whose hub is out of reach from the first moment on: a real process, and a hub's door that is opened later.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/run/demo/port.ts';
import { edgeHub } from '../edge-hub.ts';
import { listeningPorts, tellsListeners } from '../listening-ports.ts';
import { copyLandscape, runningCommand, saidBy, type RunningCommand } from '../running-command.ts';
import { hubPid } from '../running-hub.ts';
import { tcpGate } from '../services/tcp-gate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-offline-'));
  copyLandscape(join(import.meta.dirname, 'hang-edge-landscape'), folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

async function edgeTo(hub: string, environment = join('landscape', 'environments', 'test.yaml')): Promise<RunningCommand> {
  const options = ['--landscape', 'landscape', '--env', environment, '--data', 'state', '--hub', hub, '--key', 'k'];
  const command = runningCommand(['edge', ...options], { cwd: folder });
  await saidBy(command, 'the edge is ready', () => command.printed().includes('"ready":true'));
  return command;
}

test('an edge boots and judges with no hub, is killed and boots so again; when the hub comes it gets every event once, the oldest first', { timeout: 240_000 }, async () => {
  await using hub = await edgeHub();
  await using gate = await tcpGate('127.0.0.1', Number(new URL(hub.url).port));
  gate.shut();
  const url = `http://127.0.0.1:${gate.port}`;
  for (let life = 1; life <= 2; life += 1) {
    await using edge = await edgeTo(url);
    // Its values are judged when it is ready; the log tells that it has something for the hub.
    await saidBy(edge, 'it cannot send its events', () => edge.printed().includes('The events are kept and sent again'));
    if (tellsListeners) expect(listeningPorts(edge.pid)).toEqual([]);
    process.kill(hubPid(edge), 'SIGKILL');
    await edge.ended;
  }
  await using back = await edgeTo(url);
  gate.open();
  await hub.until(() => hub.log.length >= 6);
  expect(back.printed()).not.toContain('urgent');
  const turns = hub.log.map(({ data }) => JSON.stringify(data)).sort();
  expect(turns).toEqual([...Array<string>(3).fill('{"tank":"glue","litres":60}'), ...Array<string>(3).fill('{"tank":"ink","litres":60}')]);
  const times = hub.log.map(({ time }) => String(time));
  expect(times).toEqual(times.toSorted());
});

test.runIf(tellsListeners)('an edge listens on no port, but where its landscape declares an endpoint for MQTT: then on that one', { timeout: 240_000 }, async () => {
  await using hub = await edgeHub();
  expect(listeningPorts(process.pid)).toContain(Number(new URL(hub.url).port));
  {
    await using edge = await edgeTo(hub.url);
    await hub.until(() => hub.log.length > 0);
    expect(listeningPorts(edge.pid)).toEqual([]);
  }
  writeFileSync(
    join(folder, 'landscape', 'endpoint.ts'),
    `import { defineOwner, defineSource, mqttEndpoint } from 'lineshaft';
import { plant } from './tanks.rule.ts';
export const door = defineSource({ name: 'door', title: 'Door', owner: plant, connector: mqttEndpoint });
`,
  );
  const port = await freePort();
  const environment = join('landscape', 'environments', 'door.json');
  writeFileSync(join(folder, environment), JSON.stringify({ sources: { tanks: { litres: [500] }, door: { url: `mqtt://127.0.0.1:${port}`, credentials: { kind: 'none' } } } }));
  await using edge = await edgeTo(hub.url, environment);
  expect(listeningPorts(edge.pid)).toEqual([port]);
});
