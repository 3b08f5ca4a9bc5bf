// The plant: machines that talk to the broker at every interval, and what can be done to them from outside.
import type { Frame } from '../frame/frame.ts';
import type { World } from '../frame/world.ts';
import type { Broker } from './broker.ts';
import { device, edgeNode, group, node, nodeClientId, sparkplugPackage } from './edge-node.ts';
import type { EdgeNode } from './edge-node.ts';
import { jsonMachine } from './json-machine.ts';
import { machineOf } from './machine.ts';
import type { Machine } from './machine.ts';
import type { Speaker } from './speaker.ts';

export interface Plant extends AsyncDisposable {
  readonly sparkplug: boolean;
  readonly edge: EdgeNode | undefined;
  machine(name: string): Machine | undefined;
  /** Every machine: where it speaks, its pace, last look and the messages that were taken from it. */
  show(): readonly Record<string, unknown>[];
}

export const machineNames = ['packer-3', 'palletizer-2', device] as const;
const jsonNames = ['packer-3', 'palletizer-2'] as const;
const telemetryTopic = (name: string) => `acme/bremen/packaging/line-1/${name}/telemetry`;

export interface PlantOptions {
  /** Between two messages of the packer. */
  readonly intervalMs: number;
  /** Between two messages of each machine beside it. */
  readonly neighboursMs: number;
  /** Speaks for packer 3 where it does not speak JSON over MQTT; it closes with the plant. */
  readonly packer?: Speaker | undefined;
}

export async function openPlant(frame: Frame, broker: Broker, { intervalMs, neighboursMs, packer }: PlantOptions): Promise<Plant> {
  const brokerUrl = `mqtt://127.0.0.1:${broker.port}`;
  let machines = machinesOf(frame.world);
  const look = (name: string) => machineIn(machines, name).read(Date.now());
  const speakers = new Map<string, Speaker>(jsonNames.map((name) => [name, name === 'packer-3' && packer ? packer : jsonMachine(brokerUrl, name, telemetryTopic(name))]));
  const foreign = await sparkplugPackage();
  const edge =
    foreign &&
    edgeNode(foreign, brokerUrl, look(device), () => {
      const act = { key: node, keys: [group, device], data: { group, node, metric: 'Node Control/Rebirth' } };
      frame.act({ principal: 'mqtt' }, ({ record }) => record({ type: 'ncmd', ...act }));
    });

  let first = true;
  frame.onWorld((world) => {
    if (first) {
      first = false;
      return;
    }
    machines = machinesOf(world);
    broker.clear();
    edge?.birth();
  });

  const speak = (name: (typeof jsonNames)[number]) => {
    for (const reading of machineIn(machines, name).readAll(Date.now())) speakers.get(name)?.send(reading);
  };
  const timers = [
    setInterval(() => speak('packer-3'), intervalMs),
    setInterval(() => {
      speak('palletizer-2');
      edge?.send(look(device));
    }, neighboursMs),
  ];

  return {
    sparkplug: edge !== undefined,
    edge,
    machine: (name) => machines.get(name),
    show: () => machineNames.map((name) => shown(machineIn(machines, name), broker, speakers.get(name))),
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
      edge?.close();
      await Promise.all([...speakers.values()].map((speaker) => speaker.close()));
    },
  };
}

function machinesOf(world: World): Map<string, Machine> {
  return new Map(machineNames.map((name, ordinal) => [name, machineOf(name, world, ordinal)]));
}

function machineIn(machines: ReadonlyMap<string, Machine>, name: string): Machine {
  const machine = machines.get(name);
  if (!machine) throw new Error(`the plant has no machine ${name}`);
  return machine;
}

function shown(machine: Machine, broker: Broker, speaker: Speaker | undefined): Record<string, unknown> {
  const counts = broker.published();
  return {
    machine: machine.name,
    factor: machine.factor,
    published: counts[speaker ? machine.name : nodeClientId] ?? 0,
    ...(speaker ? speaker.shown() : { sparkplug: { group, node, device } }),
    reading: machine.last,
  };
}
