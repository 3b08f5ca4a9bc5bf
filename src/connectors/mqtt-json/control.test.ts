import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPlant, type PlantProcess } from '../../../test/plant-process.ts';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { foreignClient } from '../../../test/services/foreign-client.ts';
import { until } from '../../../test/until.ts';
import { unwritable } from './control.ts';
import { mqttJson } from './mqtt-json.ts';

let plant: PlantProcess;
beforeAll(async () => {
  plant = await startPlant('--interval-ms', '1000');
});
afterAll(() => plant[Symbol.asyncDispose]());

test('a command is one message with its id and deadline, which no broker keeps for whoever comes later', async () => {
  await using machine = await foreignClient(plant.mqtt, 'line-1/cmd');
  const sink = recordedSink();
  const source = await mqttJson.open({ url: plant.mqtt, clientId: 'commander' }, ['line-1/state#/speed'], sink, realPorts('line'));
  try {
    await sink.until(() => sink.links.some(({ up }) => up));
    expect(await source.control?.write('line-1/cmd#/set/speed', 90, { id: 'c1', deadlineMs: 1_234.5 })).toEqual({ kind: 'written' });
    await until('the machine has it', () => machine.heard.length === 1);
    expect(JSON.parse(machine.heard[0]?.text ?? '')).toEqual({ set: { speed: 90 }, id: 'c1', deadline: 1_234 });
    await using late = await foreignClient(plant.mqtt, 'line-1/#');
    await late.publish('line-1/marker', 'x');
    await until('the marker came', () => late.heard.length > 0);
    expect(late.heard.map(({ topic }) => topic)).toEqual(['line-1/marker']);
  } finally {
    await source.close();
  }
});

test('without a broker nothing is sent, now or later', async () => {
  const source = await mqttJson.open({ url: 'mqtt://127.0.0.1:9', clientId: 'nobody' }, ['a#/b'], recordedSink(), realPorts('line'));
  expect(await source.control?.write('a#/b', 1, { id: 'c1', deadlineMs: 0 })).toEqual({ kind: 'unreachable', reason: 'The broker is not connected.' });
  await source.close();
});

test('a command needs an exact topic and a place for its value', () => {
  expect(['a/b#/v', 'a/b#', 'a/+#/v', 'a'].map(unwritable)).toEqual([
    undefined,
    expect.stringMatching(/an object/),
    expect.stringMatching(/exact topic/),
    expect.stringMatching(/exact topic/),
  ]);
});
