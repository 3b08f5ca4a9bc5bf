// An S7 controller of the tests' own: ISO-on-TCP (RFC 1006, ISO 8073 class 0), S7 set-up of communication and reading of variables, from public descriptions
// of the protocol; no server written by others is to be had as a package. Imports nothing of ours. Prints its port, then takes one JSON command a line.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

interface Command {
  readonly area?: 'DB' | 'M' | 'I' | 'Q';
  readonly block?: number;
  readonly offset?: number;
  readonly hex?: string;
  /** A block is gone. */
  readonly remove?: number;
  /** A block cannot be written from now on. */
  readonly protect?: number;
}

const areaCodes = { I: 0x81, Q: 0x82, M: 0x83, DB: 0x84 } as const;
const blockBytes = 256;
const pduBytes = 240;
const memory = new Map<string, Buffer>([
  [`${areaCodes.DB} 1`, Buffer.alloc(blockBytes)],
  [`${areaCodes.M} 0`, Buffer.alloc(64)],
  [`${areaCodes.I} 0`, Buffer.alloc(64)],
  [`${areaCodes.Q} 0`, Buffer.alloc(64)],
]);
const guarded = new Set<string>();
let [requests, variables] = [0, 0];

const tpkt = (body: Buffer): Buffer => Buffer.concat([Buffer.from([3, 0, (body.length + 4) >> 8, (body.length + 4) & 0xff]), body]);
const data = (body: Buffer): Buffer => tpkt(Buffer.concat([Buffer.from([2, 0xf0, 0x80]), body]));

/** Connection confirm: the references the other way round, its parameters as they came. */
function confirm(request: Buffer): Buffer {
  const body = Buffer.from(request);
  body[1] = 0xd0;
  request.copy(body, 2, 4, 6);
  body.writeUInt16BE(0x44, 4);
  return tpkt(body);
}

function acknowledge(request: Buffer, parameters: Buffer, items: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x32, 0);
  header.writeUInt8(3, 1);
  request.copy(header, 4, 4, 6);
  header.writeUInt16BE(parameters.length, 6);
  header.writeUInt16BE(items.length, 8);
  const pdu = Buffer.concat([header, parameters, items]);
  if (pdu.length > pduBytes) throw new Error(`an answer of ${pdu.length} bytes was asked for; ${pduBytes} were agreed on`);
  return data(pdu);
}

/** One variable: its return code, and its bytes where it is there. */
function item(specification: Buffer): Buffer {
  const [length, block, area, bits] = [specification.readUInt16BE(4), specification.readUInt16BE(6), specification[8], specification.readUIntBE(9, 3)];
  if (specification[0] !== 0x12 || specification[2] !== 0x10 || specification[3] !== 2 || bits % 8 !== 0) return Buffer.from([0x06, 0, 0, 0]);
  variables++;
  const bytes = memory.get(`${area} ${area === areaCodes.DB ? block : 0}`);
  if (!bytes) return Buffer.from([0x0a, 0, 0, 0]);
  const from = bits / 8;
  if (from + length > bytes.length) return Buffer.from([0x05, 0, 0, 0]);
  return Buffer.concat([Buffer.from([0xff, 4, (length * 8) >> 8, (length * 8) & 0xff]), bytes.subarray(from, from + length)]);
}

/** Writes one variable: a bit (transport 3 by its address, 3 in its data) or bytes; the return code. */
function written(specification: Buffer, given: Buffer): number {
  const [length, block, area, bits] = [specification.readUInt16BE(4), specification.readUInt16BE(6), specification[8], specification.readUIntBE(9, 3)];
  const key = `${area} ${area === areaCodes.DB ? block : 0}`;
  const bytes = memory.get(key);
  const [isBit, at] = [specification[3] === 1, Math.floor(bits / 8)];
  if (!bytes) return 0x0a;
  if (guarded.has(key)) return 0x03;
  if (at + (isBit ? 1 : length) > bytes.length) return 0x05;
  if (isBit ? given[1] !== 3 || given.readUInt16BE(2) !== 1 : given[1] !== 4 || given.readUInt16BE(2) !== length * 8 || bits % 8 !== 0) return 0x07;
  variables++;
  if (!isBit) given.copy(bytes, at, 4, 4 + length);
  else if (given[4] === 1) bytes[at] = (bytes[at] ?? 0) | (1 << (bits % 8));
  else bytes[at] = (bytes[at] ?? 0) & ~(1 << (bits % 8));
  return 0xff;
}

function answer(pdu: Buffer): Buffer {
  if (pdu[0] !== 0x32 || pdu[1] !== 1) throw new Error(`no S7 job: ${pdu.toString('hex')}`);
  if (pdu[10] === 0xf0) return acknowledge(pdu, Buffer.from([0xf0, 0, 0, 2, 0, 2, pduBytes >> 8, pduBytes & 0xff]), Buffer.alloc(0));
  if (pdu[10] === 5) {
    if (pdu[11] !== 1) throw new Error(`${pdu[11]} variables to write in one request: the clients of these tests write one`);
    return acknowledge(pdu, Buffer.from([5, 1]), Buffer.from([written(pdu.subarray(12, 24), pdu.subarray(24))]));
  }
  if (pdu[10] !== 4) throw new Error(`function ${pdu[10]} is not spoken here`);
  requests++;
  const items = Array.from({ length: pdu[11] ?? 0 }, (_, index) => item(pdu.subarray(12 + index * 12, 24 + index * 12)));
  // Every item but the last is filled up to an even length.
  const filled = items.map((each, index) => (each.length % 2 === 1 && index < items.length - 1 ? Buffer.concat([each, Buffer.alloc(1)]) : each));
  return acknowledge(pdu, Buffer.from([4, items.length]), Buffer.concat(filled));
}

const server = createServer((socket) => {
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined); // whoever hangs up
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= received.readUInt16BE(2)) {
      const body = received.subarray(4, received.readUInt16BE(2));
      received = received.subarray(body.length + 4);
      try {
        socket.write(body[1] === 0xe0 ? confirm(body) : answer(body.subarray(3)));
      } catch (error) {
        console.error(error);
        socket.destroy();
        return;
      }
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' && address ? address.port : 0 })}\n`);
});
createInterface(process.stdin)
  .on('line', (line) => {
    const { area = 'DB', block = 1, offset = 0, hex = '', remove, protect } = JSON.parse(line) as Command; // what the tests write
    const key = `${areaCodes[area]} ${area === 'DB' ? block : 0}`;
    const bytes = memory.get(key) ?? Buffer.alloc(blockBytes);
    memory.set(key, bytes);
    Buffer.from(hex, 'hex').copy(bytes, offset);
    if (remove !== undefined) memory.delete(`${areaCodes.DB} ${remove}`);
    if (protect !== undefined) guarded.add(`${areaCodes.DB} ${protect}`);
    process.stdout.write(`${JSON.stringify({ requests, variables, memory: bytes.toString('hex') })}\n`);
  })
  .on('close', () => process.exit(0));
