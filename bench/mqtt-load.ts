// Machines that publish as fast as they are acknowledged: MQTT 3.1.1 by hand, so that they take as little of the machine as may be.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Load } from './machines-load.ts';
import { beginMs, connectPacket } from './mqtt-words.ts';
import { readingPacket, telemetryBatch } from './telemetry-batch.ts';

// Written by machines-load.ts.
const { port, machines, warmMs, measureMs } = JSON.parse(process.argv[2] ?? '') as Load;
/** Messages that a machine has under way: one that floods has many. */
const inFlight = machines === 1 ? 2_000 : 20;
/** Sent in one write. */
const readings = machines === 1 ? inFlight / 4 : inFlight / 2;
/** Between two readings of a machine, in its own time. */
const stepMs = machines === 1 ? 20 : 50;
/** Readings that the slow machine sends at the end: a window, the time that it must last, and more. */
const slowReadings = 25_000 / stepMs;
let acknowledged = 0;
let isOver = false;

const topicOf = (machine: number): string => `line-1/machine-${machine}`;

async function open(machine: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  socket.write(connectPacket(`m-${machine}`));
  await once(socket, 'data');
  return socket;
}

/** Sends readings, always as many under way, until it is over; resolves with the next reading's number when all are acknowledged. */
async function run(socket: Socket, machine: number): Promise<number> {
  const nextBatch = telemetryBatch({ topic: topicOf(machine), beginMs, stepMs, readings, underWay: inFlight / readings });
  let sent = 0;
  return new Promise((resolve) => {
    let open_ = 0;
    let bytes = 0;
    const send = (): void => {
      for (; open_ + readings <= inFlight && !isOver; open_ += readings) {
        socket.write(nextBatch());
        sent += readings;
      }
      if (open_ === 0) resolve(sent);
    };
    socket.on('data', (chunk: Buffer) => {
      // Each PUBACK has four bytes.
      bytes += chunk.length;
      const done = Math.floor(bytes / 4);
      bytes %= 4;
      open_ -= done;
      acknowledged += done;
      send();
    });
    send();
  });
}

const sockets = await Promise.all(Array.from({ length: machines }, (_, machine) => open(machine)));
const runs = sockets.map(run);
await new Promise((resolve) => setTimeout(resolve, warmMs));
process.stdout.write('measuring\n');
const [from, before] = [performance.now(), acknowledged];
await new Promise((resolve) => setTimeout(resolve, measureMs));
const [seconds, measured] = [(performance.now() - from) / 1_000, acknowledged - before];
process.stdout.write('measured\n');
isOver = true;
const [next = 0] = await Promise.all(runs);
const [slow] = sockets;
if (!slow) throw new Error('no machine');
slow.removeAllListeners('data');
for (let index = 0; index < slowReadings; index++) {
  slow.write(readingPacket(topicOf(0), beginMs + (next + index) * stepMs, 40, next + index));
  await once(slow, 'data');
  acknowledged += 1;
}
for (const socket of sockets) socket.destroy();
process.stdout.write(`${JSON.stringify({ acknowledged, measured, seconds })}\n`);
