// A command through an edge's own judgement to an OPC UA server that nobody here wrote: what it took is what it says itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addressOf } from '../../src/connectors/opc-ua/address.ts';
import { opcUa } from '../../src/connectors/opc-ua/opc-ua.ts';
import { openCommander } from '../../src/engine/edge/commands/commander.ts';
import { hubTime } from '../../src/engine/edge/commands/hub-time.ts';
import { liveValues } from '../../src/engine/edge/commands/live-values.ts';
import { machineLook } from '../../src/engine/edge/commands/machine-look.ts';
import { permissionsFrom } from '../../src/engine/edge/commands/permission.ts';
import { noProbe } from '../../src/kernel/probe.ts';
import { defineSignal } from '../../src/model/asset.ts';
import type { CommandReply } from '../../src/model/command-order.ts';
import { memoryEdgeStore } from '../../src/store/memory/memory-edge-store.ts';
import { realClock } from '../edge-hub.ts';
import { floorSource, packer } from '../edge-landscape.ts';
import { startOpcUa } from '../opc-ua-process.ts';
import { realPorts, recordedSink } from '../recorded-sink.ts';

test('a set speed of an OPC UA machine is written while it is idle, by its own word at that moment, and not otherwise', { timeout: 240_000 }, async () => {
  await using server = await startOpcUa('--items', '1');
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-certificates-'));
  const node = (name: string): string => addressOf(server.namespace, `s=${name}`);
  await server.ask({ do: 'writable', node: 'SetSpeed', type: 'Float', value: 50 });
  await server.ask({ do: 'write', node: 'State', type: 'String', value: 'Idle' });
  const sink = recordedSink();
  const source = await opcUa.open({ url: server.url, security: 'none', intervalMs: 50 }, [node('SetSpeed')], sink, { ...realPorts('packer'), folder });
  try {
    await sink.until(() => sink.links.some(({ up }) => up));
    const at = { asset: packer, source: floorSource };
    const speed = defineSignal({ ...at, of: 'set-speed', family: 'throughput', unit: '{pack}/min', address: node('SetSpeed') });
    const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', address: node('State') });
    const command = {
      signal: speed,
      address: speed.address,
      readBack: speed,
      tolerance: 0,
      confirmWithin: '2s',
      maxAge: '30s',
      setPoint: true,
      allow: { min: 20, max: 120 },
      interlocks: [{ signal: state, is: ['Idle'], within: '5s' }],
      whenBusy: 'refuse',
    } as const;
    const commander = await openCommander({
      book: memoryEdgeStore(),
      commands: new Map([['packer.change-speed', command]]),
      permissions: permissionsFrom({ commands: 'on', allow: { [speed.name]: { capabilities: ['packer.change-speed'] } } }, [speed, state], 'plant.yaml'),
      look: machineLook(new Map(source.control ? [[floorSource.name, source.control]] : []), liveValues([], realClock), realClock),
      clock: realClock,
      probe: noProbe,
      log: () => undefined,
    });
    const write = async (id: string, value: number): Promise<CommandReply> => {
      const nowMs = realClock.now();
      const order = { id, capability: 'packer.change-speed', signal: speed.name, value, by: 'anna', why: 'film change', askedMs: nowMs, deadlineMs: nowMs + 30_000 };
      return commander.take({ kind: 'do', order }, hubTime(realClock, realClock.steady(), nowMs));
    };
    expect(await write('a', 90.5)).toMatchObject({ kind: 'done', done: { before: 50, readBack: 90.5 } });
    await server.ask({ do: 'write', node: 'State', type: 'String', value: 'Execute' });
    expect(await write('b', 60)).toMatchObject({ kind: 'refused', refusal: { code: 'INTERLOCK', found: 'Execute' } });
    await server.ask({ do: 'write', node: 'State', type: 'String', value: 'Idle', status: 'UncertainSensorNotAccurate' });
    expect(await write('c', 60)).toMatchObject({ kind: 'refused', refusal: { code: 'INTERLOCK', reason: expect.stringMatching(/is uncertain/) } });
    expect(await server.ask({ do: 'taken' })).toEqual([{ node: 'SetSpeed', value: 90.5 }]);
    await commander.close();
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
});
