// T1's and T2's peer: Node-RED 5 in this process, "mqtt in" (its own JSON parser) → one function node with deadband, window and rule, as the fastest of its ways is.
// For one connection the flood is its broker; for many, Mosquitto stands between them and it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { peerRequire } from './cache.ts';
import { side, type Task } from './child-side.ts';
import { floorJudge, type FloorJudge } from './floor-judge.ts';
import { measured, openFlood } from './flooded.ts';
import { freePort } from './free-port.ts';
import { spawnMachines } from './machines-load.ts';
import { mosquittoProgram } from './mosquitto.ts';
import { beginMs, connectPacket, publishPacket, telemetryText } from './mqtt-words.ts';
import type { Answer } from './question.ts';

// What the package exports, as far as it is used here.
interface NodeRed {
  init(server: unknown, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const judgeText = "global.get('floor').take(msg.topic, msg.payload.ts, msg.payload.rate, true); return null;";

function flowsFor(port: number): readonly object[] {
  const broker = { clientid: 'node-red', autoConnect: true, usetls: false, protocolVersion: '4', keepalive: '60', cleansession: true };
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'broker', type: 'mqtt-broker', broker: '127.0.0.1', port: String(port), ...broker },
    { id: 'in', type: 'mqtt in', z: 'tab', topic: 'line-1/#', qos: '1', datatype: 'json', broker: 'broker', nl: false, rap: true, rh: 0, inputs: 0, wires: [['judge']] },
    { id: 'judge', type: 'function', z: 'tab', func: judgeText, outputs: 1, timeout: 0, noerr: 0, initialize: '', finalize: '', libs: [], wires: [[]] },
  ];
}

async function startNodeRed(opened: AsyncDisposableStack, folder: string, port: number, floor: FloorJudge): Promise<void> {
  const load = peerRequire('node-red');
  const red = load('node-red') as NodeRed;
  const flows = join(folder, 'flows.json');
  await writeFile(flows, JSON.stringify(flowsFor(port)));
  red.init(createServer(), {
    userDir: folder,
    flowFile: flows,
    httpAdminRoot: false,
    httpNodeRoot: false,
    functionGlobalContext: { floor },
    logging: { console: { level: 'fatal', metrics: false, audit: false } },
  });
  await red.start();
  opened.defer(() => red.stop());
}

await side(async (task, opened) => {
  const floor = floorJudge();
  const counted = (): number => floor.received;
  if (task.inFlight > 1) return behindMosquitto(task, opened, floor);
  const flood = await openFlood(opened, 'json');
  await startNodeRed(opened, task.folder, Number(new URL(flood.url).port), floor);
  return measured(task, flood, 1, counted, () => floor.events);
});

async function behindMosquitto(task: Task, opened: AsyncDisposableStack, floor: FloorJudge): Promise<Answer> {
  const port = await freePort();
  const conf = join(task.folder, 'mosquitto.conf');
  await writeFile(
    conf,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_inflight_messages 1000\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_type error\n`,
  );
  const broker = spawn(await mosquittoProgram(), ['-c', conf], { stdio: ['ignore', 'inherit', 'inherit'] });
  opened.defer(() => void broker.kill());
  await listening(port);
  await startNodeRed(opened, task.folder, port, floor);
  await heard(port, floor);
  const load = spawnMachines(opened, { port, machines: task.inFlight, warmMs: task.warmMs, measureMs: task.measureMs });
  let [from, fromMs, before] = [0, 0, process.cpuUsage()];
  let answer: Answer | undefined;
  await load.run({
    measuring() {
      [from, fromMs, before] = [floor.received, performance.now(), process.cpuUsage()];
    },
    measured() {
      const [done, cpu] = [floor.received - from, process.cpuUsage(before)];
      const cpuMs = (cpu.user + cpu.system) / 1_000;
      answer = { values: { perSecond: done / ((performance.now() - fromMs) / 1_000), perCore: done / (cpuMs / 1_000) }, cpuMs: cpuMs / done };
    },
  });
  // Mosquitto may hold a great many that it has acknowledged.
  for (const untilMs = performance.now() + 60_000; floor.events === 0;) {
    if (performance.now() > untilMs) throw new Error('the slow machine gave no event');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!answer || floor.events !== 1) throw new Error(`${floor.events} events; one expected`);
  return answer;
}

/** It says that it has started before it listens to its broker. */
async function heard(port: number, floor: FloorJudge): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(connectPacket('probe'));
  await once(socket, 'data');
  for (let attempt = 0; floor.received === 0; attempt += 1) {
    if (attempt > 200) throw new Error('Node-RED does not listen');
    socket.write(publishPacket('line-1/probe', Buffer.from(telemetryText(beginMs, 100))));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  socket.destroy();
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
}
