// A packer's controller on Modbus TCP as a process of its own, which shares no code with what it judges: `node test/modbus-packer.ts <record>`.
// Every write that it takes goes into the record, one JSON line each, before anything else comes of it. It is told what to do on standard input.
import { appendFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Conduct {
  /** What its state register says. */
  readonly state?: string;
  /** It takes writes and does not follow them. */
  readonly stuck?: boolean;
  /** The exception that it answers writes with. */
  readonly refuse?: number | undefined;
  /** It takes the next write and never answers it. */
  readonly silent?: boolean;
  /** It follows what it took. */
  readonly catchUp?: boolean;
  /** Milliseconds after which its horn is quiet again. */
  readonly hornMs?: number | undefined;
}

const [record = ''] = process.argv.slice(2);
const holding = new Uint16Array(32);
let horn = false;
let conduct: Conduct = { state: 'Idle' };

function follow(next: Conduct): void {
  conduct = { ...conduct, ...next };
  Buffer.from((conduct.state ?? '').padEnd(8, '\0')).copy(bytes, 20);
  bytes.subarray(20, 28).swap16();
  if (next.catchUp === true) holding[1] = holding[0] ?? 0;
}
const bytes = Buffer.from(holding.buffer);
follow(conduct);

function written(name: number, start: number, data: Buffer): void {
  appendFileSync(record, `${JSON.stringify({ function: name, start, data: data.toString('hex') })}\n`);
  if (name === 5 || name === 15) {
    horn = data[0] !== 0;
    if (conduct.hornMs !== undefined) setTimeout(() => (horn = false), conduct.hornMs);
    return;
  }
  for (let at = 0; at < data.length / 2; at++) holding[start + at] = data.readUInt16BE(2 * at);
  // The speed that it runs at follows the one that is set.
  if (conduct.stuck !== true) holding[1] = holding[0] ?? 0;
}

function answer(pdu: Buffer): Buffer | undefined {
  const name = pdu.readUInt8(0);
  const start = pdu.readUInt16BE(1);
  const count = pdu.readUInt16BE(3);
  if (name === 1) return Buffer.from([1, 1, horn ? 1 : 0]);
  if (name === 3) {
    const data = Buffer.alloc(2 * count);
    for (let at = 0; at < count; at++) data.writeUInt16BE(holding[start + at] ?? 0, 2 * at);
    return Buffer.concat([Buffer.from([3, data.length]), data]);
  }
  if (conduct.refuse !== undefined) return Buffer.from([name | 0x80, conduct.refuse]);
  written(name, start, name === 5 || name === 6 ? pdu.subarray(3, 5) : pdu.subarray(6));
  if (conduct.silent !== true) return pdu.subarray(0, 5);
  follow({ silent: false });
  return undefined;
}

function serve(socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (more) => {
    received = Buffer.concat([received, more]);
    while (received.length >= 8 && received.length >= 6 + received.readUInt16BE(4)) {
      const length = received.readUInt16BE(4);
      const frame = received.subarray(0, 6 + length);
      received = received.subarray(6 + length);
      const told = answer(frame.subarray(7));
      if (!told) continue;
      const header = Buffer.from(frame.subarray(0, 7));
      header.writeUInt16BE(told.length + 1, 4);
      socket.write(Buffer.concat([header, told]));
    }
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' && address !== null ? address.port : 0 })}\n`);
});
createInterface(process.stdin).on('line', (line) => {
  // Written by the test; what it does not say is as usual.
  follow({ state: 'Idle', stuck: false, silent: false, refuse: undefined, hornMs: undefined, ...(JSON.parse(line) as Conduct) });
  process.stdout.write('{}\n');
});
process.stdin.on('end', () => process.exit(0));
