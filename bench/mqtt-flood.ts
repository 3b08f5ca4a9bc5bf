// A broker that has one listener and floods it: with the JSON of a machine at QoS 1, or with Sparkplug B of eight machines at QoS 0, as Sparkplug has it.
// Says where it listens, floods until its standard input says anything, tells one machine's slow readings, and says how many messages it sent.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { beginMs, deviceMetrics, deviceTopic, packet, publishPacket, sparkplug, sparkplugPayload } from './mqtt-words.ts';
import { readingPacket, telemetryBatch } from './telemetry-batch.ts';

const kind = process.argv[2] === 'sparkplug' ? 'sparkplug' : 'json';
/** Messages of which the listener has not said that it has them. */
const inFlight = 2_000;
/** Sent in one write. */
const readings = inFlight / 4;
const topic = 'line-1/machine-0';
const stepMs = 20;
/** A window, the time that it must last, and more. */
const slowReadings = 25_000 / stepMs;
let sent = 0;
let isOver = false;
process.stdin.once('data', () => {
  isOver = true;
});
process.stdin.once('end', () => process.exit(1));

/** Cuts what the listener sends into packets: first byte, and what follows the length. Acknowledgements are only counted. */
function cutter(onPacket: (first: number, body: Buffer) => void, onAcknowledged: (count: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let begin = 0;
    let acknowledged = 0;
    for (;;) {
      for (; bytes[begin] === 0x40 && begin + 4 <= bytes.length; begin += 4) acknowledged += 1;
      let [length, at] = [0, begin + 1];
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at] ?? 128;
        length += (byte & 127) * scale;
        at += 1;
        if (byte < 128 || at > bytes.length) break;
      }
      if (at + length > bytes.length) break;
      onPacket(bytes[begin] ?? 0, bytes.subarray(at, at + length));
      begin = at + length;
    }
    rest = bytes.subarray(begin);
    if (acknowledged > 0) onAcknowledged(acknowledged);
  };
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let filters = 0;
  const json = jsonFlood(socket);
  const births = (): void => void socket.write(birth());
  let hasBegun = false;
  const begin = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    if (kind === 'json') json.go();
    else {
      births();
      void floodSparkplug(socket);
    }
  };
  socket.on(
    'data',
    cutter((first, body) => {
      switch (first >> 4) {
        case 1:
          return void socket.write(packet(0x20, Buffer.from([0, 0])));
        case 8:
          // One code for each filter; how many there are is known by walking them (§3.8.3).
          for (let at = 2; at < body.length; filters += 1) at += 2 + body.readUInt16BE(at) + 1;
          socket.write(packet(0x90, Buffer.from([body[0] ?? 0, body[1] ?? 0, ...Array.from({ length: filters }, () => 1)])));
          filters = 0;
          // A host application says first that it is there.
          return kind === 'json' || process.argv[3] === 'silent' ? begin() : undefined;
        case 3: {
          const topicBytes = body.readUInt16BE(0);
          if ((first & 6) !== 0) socket.write(packet(0x40, body.subarray(2 + topicBytes, 4 + topicBytes)));
          return body.toString('utf8', 2, 2 + topicBytes).includes('/NCMD/') ? begin() : undefined;
        }
        case 12:
          return void socket.write(packet(0xd0, Buffer.alloc(0)));
      }
    }, json.acknowledged),
  );
}

function jsonFlood(socket: Socket): { go(): void; acknowledged(count: number): void } {
  const nextBatch = telemetryBatch({ topic, beginMs, stepMs, readings, underWay: inFlight / readings });
  let waiting = 0;
  let hasEnded = false;
  function go(): void {
    for (; waiting + readings <= inFlight; waiting += readings) {
      socket.write(nextBatch());
      sent += readings;
    }
  }
  return {
    go,
    acknowledged(count) {
      waiting -= count;
      if (!isOver) return go();
      // The slow ones end it; whatever is acknowledged of them changes nothing.
      if (hasEnded) return;
      hasEnded = true;
      const slow = Array.from({ length: slowReadings }, (_, index) => readingPacket(topic, beginMs + (sent + index) * stepMs, 40, sent + index));
      sent += slowReadings;
      finish(socket, slow);
    },
  };
}

function birth(): Buffer {
  const node = sparkplugPayload(beginMs - 1_000, 0, [{ name: 'bdSeq', alias: 1_000, atMs: beginMs - 1_000, value: 0 }]);
  const devices = Array.from({ length: sparkplug.devices }, (_, device) =>
    publishPacket(deviceTopic('DBIRTH', device), sparkplugPayload(beginMs - 1_000, device + 1, deviceMetrics(device, 0, beginMs - 1_000, 118, true))),
  );
  return Buffer.concat([publishPacket(`spBv1.0/${sparkplug.group}/NBIRTH/${sparkplug.node}`, node), ...devices]);
}

/** All 256 numbers of a sequence at a time: made once, its times and rates written over in a copy. */
async function floodSparkplug(socket: Socket): Promise<void> {
  let seq = sparkplug.devices + 1;
  const rounds = sparkplug.seqs / sparkplug.devices;
  let reading = 0;
  const message = (device: number, rate: number): Buffer =>
    publishPacket(
      deviceTopic('DDATA', device),
      sparkplugPayload(beginMs + reading * stepMs, seq++ % sparkplug.seqs, deviceMetrics(device, reading, beginMs + reading * stepMs, rate)),
    );
  const firstReading = reading;
  const packets: Buffer[] = [];
  for (; reading < rounds; reading += 1) for (let device = 0; device < sparkplug.devices; device += 1) packets.push(message(device, 118 + (reading % 5)));
  const model = Buffer.concat(packets);
  const times = timesIn(model, firstReading);
  let begunMs = 0;
  while (!isOver) {
    const batch = Buffer.from(model);
    for (const { at, reading: own } of times) writeTime(batch, at, beginMs + begunMs + own * stepMs);
    begunMs += rounds * stepMs;
    sent += sparkplug.seqs;
    if (!socket.write(batch)) await once(socket, 'drain');
    // So that what the listener says, and that it is over, is heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  reading = begunMs / stepMs;
  const last: Buffer[] = [];
  for (const until = reading + slowReadings; reading < until; reading += 1) last.push(message(0, 40));
  sent += slowReadings;
  finish(socket, last);
}

/** Where in the model a time stands (six bytes of seven bits), and of which reading it is. */
function timesIn(model: Buffer, firstReading: number): readonly { readonly at: number; readonly reading: number }[] {
  const found: { at: number; reading: number }[] = [];
  for (let reading = firstReading; reading < firstReading + sparkplug.seqs / sparkplug.devices; reading += 1) {
    const bytes = Buffer.alloc(6);
    writeTime(bytes, 0, beginMs + reading * stepMs);
    for (let at = model.indexOf(bytes); at >= 0; at = model.indexOf(bytes, at + 6)) found.push({ at, reading });
  }
  return found;
}

function writeTime(bytes: Buffer, at: number, atMs: number): void {
  const [low, high] = [atMs % 2 ** 28, Math.floor(atMs / 2 ** 28)];
  bytes[at] = (low & 127) | 128;
  bytes[at + 1] = ((low >> 7) & 127) | 128;
  bytes[at + 2] = ((low >> 14) & 127) | 128;
  bytes[at + 3] = ((low >> 21) & 127) | 128;
  bytes[at + 4] = (high & 127) | 128;
  bytes[at + 5] = high >> 7;
}

function finish(socket: Socket, packets: readonly Buffer[]): void {
  socket.write(Buffer.concat(packets), () => process.stdout.write(`${JSON.stringify({ sent })}\n`));
}

const server = createServer(serve).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
process.stdout.write(`${JSON.stringify({ port: address.port })}\n`);
