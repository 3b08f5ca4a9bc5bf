import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { generate, type UserProperties } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { mqttTap } from './mqtt-tap.ts';

/** Both ends of a connection. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const near = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1').setNoDelay(true);
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [near, far.setNoDelay(true)];
}

interface Heard {
  readonly messages: { readonly topic: string; readonly payload: string; readonly said?: unknown }[];
  readonly passed: Buffer;
  readonly acknowledged: Buffer;
}

/** What comes of `bytes`, cut into `cuts`, behind a tap. */
async function through(bytes: Buffer, cuts: readonly number[], version: 4 | 5 = 4): Promise<Heard> {
  const [near, far] = await pair();
  onTestFinished(() => void near.destroy());
  onTestFinished(() => void far.destroy());
  const messages: { topic: string; payload: string; said?: unknown }[] = [];
  const passed: Buffer[] = [];
  const acks: Buffer[] = [];
  const tap = mqttTap({
    connect: (take) =>
      near.on('data', (chunk: Buffer) => {
        take(chunk);
        chunk.fill(0xff);
      }),
    version,
    message: (topic, payload, said) => void messages.push({ topic, payload: payload.toString('hex'), ...(said && { said }) }),
    settle: () => undefined,
  });
  tap.on('data', (chunk: Buffer) => void passed.push(chunk));
  far.on('data', (chunk: Buffer) => void acks.push(chunk));
  for (let at = 0, cut = 0; at < bytes.length; cut++) {
    const end = at + (cuts[cut % cuts.length] ?? 1);
    await new Promise((resolve) => far.write(bytes.subarray(at, end), resolve));
    at = end;
  }
  far.end();
  await once(tap, 'end');
  const closed = once(far, 'close');
  tap.end();
  await closed;
  return { messages, passed: Buffer.concat(passed), acknowledged: Buffer.concat(acks) };
}

interface Given {
  readonly first: number;
  readonly body: Uint8Array;
}

function packetOf({ first, body }: Given): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

/** What the tap must make of the packets, by the specification and not by its code. */
function expected(packets: readonly Given[]): Heard {
  const messages: { topic: string; payload: string }[] = [];
  const passed: Buffer[] = [];
  const acks: Buffer[] = [];
  let isTapping = true;
  for (const each of packets) {
    const { first, body } = each;
    const qos = (first >> 1) & 3;
    if (!isTapping || first >> 4 !== 3 || qos === 2) {
      passed.push(packetOf(each));
      continue;
    }
    const bytes = Buffer.from(body);
    const topicBytes = bytes.length < 2 ? -1 : bytes.readUInt16BE(0);
    const payloadAt = 2 + topicBytes + (qos === 1 ? 2 : 0);
    if (qos === 3 || topicBytes <= 0 || payloadAt > bytes.length) {
      isTapping = false;
      passed.push(packetOf(each));
      continue;
    }
    messages.push({ topic: bytes.toString('utf8', 2, 2 + topicBytes), payload: bytes.subarray(payloadAt).toString('hex') });
    if (qos === 1) acks.push(Buffer.from([0x40, 2]), bytes.subarray(2 + topicBytes, 4 + topicBytes));
  }
  return { messages, passed: Buffer.concat(passed), acknowledged: Buffer.concat(acks) };
}

const publish = fc
  .record({ flags: fc.constantFrom(0, 1, 2, 3, 4, 8, 10), topic: fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }), payload: fc.uint8Array({ maxLength: 250 }) })
  .map(({ flags, topic, payload }): Given => {
    const bytes = Buffer.from(topic);
    const id = (flags & 6) === 0 ? [] : [1, 7];
    return { first: 0x30 | flags, body: Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes, Buffer.from(id), payload]) };
  });
const other = fc.record({ first: fc.constantFrom(0x20, 0x40, 0x62, 0x90, 0xb0, 0xd0), body: fc.uint8Array({ maxLength: 200 }) });
const malformed = fc.record({ first: fc.constantFrom(0x30, 0x32, 0x36), body: fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.constant(Uint8Array.of(0, 1, 0x61, 1, 7, 9))) });

test('however the bytes are cut, messages come out once and in order, are acknowledged, and all else goes through as it was', async () => {
  const packets = fc.array(fc.oneof({ weight: 6, arbitrary: publish }, { weight: 3, arbitrary: other }, { weight: 1, arbitrary: malformed }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(packets, cuts, async (given, cut) => {
      expect(await through(Buffer.concat(given.map(packetOf)), cut)).toEqual(expected(given));
    }),
    { numRuns: 60, seed: 4711 },
  );
});

test('a length of five bytes, or one that is too long to hold, is left to the client with all that follows', async () => {
  for (const length of [
    [0xff, 0xff, 0xff, 0xff, 1],
    [0xff, 0xff, 0xff, 0x7f],
  ]) {
    const after = packetOf({ first: 0x30, body: Buffer.from([0, 1, 0x61]) });
    const bytes = Buffer.concat([after, Buffer.from([0x30, ...length]), after]);
    expect(await through(bytes, [bytes.length])).toMatchObject({ messages: [{ topic: 'a' }], passed: bytes.subarray(after.length) });
  }
});

const word = fc.string({ maxLength: 12, unit: 'binary' });
const five = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }).filter((topic) => !/[#+]/.test(topic)),
  payload: fc.uint8Array({ maxLength: 200 }),
  qos: fc.constantFrom(0, 1, 2),
  contentType: fc.option(word, { nil: undefined }),
  userProperties: fc.option(fc.dictionary(word, fc.oneof(word, fc.array(word, { minLength: 2, maxLength: 3 })), { minKeys: 1, maxKeys: 3 }), { nil: undefined }),
  others: fc.option(
    fc.record({
      messageExpiryInterval: fc.nat(),
      payloadFormatIndicator: fc.boolean(),
      responseTopic: fc.constant('answers'),
      correlationData: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
      subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }),
    }),
    { nil: undefined },
  ),
});

test('of MQTT 5, what a foreign codec wrote comes out with what it says beside its payload, however the bytes are cut', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(five, { maxLength: 10 }), cuts, async (given, cut) => {
      const wire = given.map(({ topic, payload, qos, contentType, userProperties, others }) => {
        // Null's child, as the generator makes it, is none to this codec.
        const pairs: UserProperties | undefined = userProperties && Object.fromEntries(Object.entries(userProperties));
        const properties = { ...others, ...(contentType !== undefined && { contentType }), ...(pairs && { userProperties: pairs }) };
        const first = { cmd: 'publish', topic, payload: Buffer.from(payload), dup: false, retain: false, properties } as const;
        return generate(qos === 0 ? { ...first, qos: 0 } : { ...first, qos: qos === 1 ? 1 : 2, messageId: 7 }, { protocolVersion: 5 });
      });
      const heard = await through(Buffer.concat(wire), cut, 5);
      expect(heard.passed).toEqual(Buffer.concat(wire.filter((_, index) => given[index]?.qos === 2)));
      expect(heard.acknowledged).toEqual(Buffer.concat(given.filter(({ qos }) => qos === 1).map(() => Buffer.from([0x40, 2, 0, 7]))));
      expect(heard.messages).toEqual(
        given
          .filter(({ qos }) => qos < 2)
          .map(({ topic, payload, contentType, userProperties }) => {
            const said = { ...(contentType !== undefined && { contentType }), ...(userProperties && { userProperties: { ...userProperties } }) };
            return { topic, payload: Buffer.from(payload).toString('hex'), ...(Object.keys(said).length > 0 && { said }) };
          }),
      );
    }),
    { numRuns: 80, seed: 4711 },
  );
});

test('of MQTT 5, what has broken properties or an alias of a topic is left to the client with all that follows', async () => {
  const publishOf = (...properties: readonly number[]): Buffer => packetOf({ first: 0x30, body: Buffer.from([0, 1, 0x61, properties.length, ...properties]) });
  const good = publishOf(1, 1);
  for (const bad of [publishOf(35, 0, 1), publishOf(1, 1, 1, 1), publishOf(99), publishOf(3, 0, 9, 0x61), packetOf({ first: 0x30, body: Buffer.from([0, 1, 0x61, 9]) })]) {
    const bytes = Buffer.concat([good, bad, good]);
    expect(await through(bytes, [bytes.length], 5)).toMatchObject({ messages: [{ topic: 'a' }], passed: bytes.subarray(good.length) });
  }
});
