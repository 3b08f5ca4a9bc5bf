// The machines of MEM100K: one message of each, then, when all are acknowledged, the next. Says each round that is over.
import { once } from 'node:events';
import { connect } from 'node:net';
import { beginMs, connectPacket, publishPacket } from './mqtt-words.ts';
import { plantSize } from './plant-size.ts';

const { machines, values, rounds, stepMs } = plantSize;
const ackBytes = 4;
const socket = connect(Number(process.argv[2]), '127.0.0.1').setNoDelay(true);
await once(socket, 'connect');
socket.write(connectPacket('plant'));
await once(socket, 'data');
let bytes = 0;
socket.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
});
for (let round = 0; round < rounds; round += 1) {
  const messages = Array.from({ length: machines }, (_, machine) => {
    const told = { ts: beginMs + round * stepMs, v: Array.from({ length: values }, (_value, index) => 100 + ((round + index) % 7)) };
    return publishPacket(`plant/machine-${machine}`, Buffer.from(JSON.stringify(told)), machine + 1);
  });
  socket.write(Buffer.concat(messages));
  while (bytes < (round + 1) * machines * ackBytes) await once(socket, 'data');
  process.stdout.write(`${round + 1}\n`);
  // The edge's turn to look at its own memory: it says when to go on.
  await once(process.stdin, 'data');
}
process.exit(0);
