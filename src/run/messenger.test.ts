import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NoticeRecord } from '../store/store.ts';
import { messenger } from './messenger.ts';
import { realClock } from './real-clock.ts';

const nobody = 'nobody@plant.example';
const notice: NoticeRecord = {
  id: 'case-1.planning@lineshaft.invalid',
  exception: 'case-1',
  channel: 'mail',
  to: 'planning@plant.example',
  status: 'open',
  attempts: 0,
  body: JSON.stringify({ subject: 'Line 1 is slow', text: 'Packer 3 runs at 55 % of target.' }),
  createdMs: 0,
  changedMs: 0,
};

let mails: number;
let server: SMTPServer;
let url: string;
beforeEach(async () => {
  mails = 0;
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => done(address === nobody ? Object.assign(new Error('nobody of this name'), { responseCode: 550 }) : undefined),
    onData(stream, _session, done) {
      stream.resume().on('end', () => {
        mails += 1;
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  url = `smtp://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

async function sent(one: NoticeRecord): Promise<void> {
  const post = await messenger({ smtp: { url }, from: 'lineshaft@plant.example' }, { clock: realClock, random: () => 0.5, log: () => undefined });
  try {
    await post.send(one);
  } finally {
    await post.close();
  }
}

test('a notice that the mail server has taken is delivered, and needs no second try', async () => {
  await sent(notice);
  expect(mails).toBe(1);
});

test('a notice that the mail server refuses is not', async () => {
  await expect(sent({ ...notice, to: nobody })).rejects.toMatchObject({ code: 'SYSTEM_DENIED' });
  expect(mails).toBe(0);
});
