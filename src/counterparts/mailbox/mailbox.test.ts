import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startChild, until } from '../frame/child-for-test.ts';
import type { Child } from '../frame/child-for-test.ts';

let mailbox: Child;
beforeAll(async () => {
  mailbox = await startChild('mailbox');
});
afterAll(() => mailbox[Symbol.asyncDispose]());
beforeEach(() => mailbox.reset());

const mail = { from: 'Lineshaft <lineshaft@plant.example>', to: 'planning@plant.example', subject: 'PO-4711 is late', text: 'The line is slow.', messageId: '<m-1@plant.example>' };
const send = async (more: Record<string, unknown> = {}) => {
  const transport = createTransport(String(mailbox.ready['smtp']));
  try {
    await transport.sendMail({ ...mail, ...more });
  } finally {
    transport.close();
  }
};

test('a mail is kept with its sender, recipients, subject and text', async () => {
  expect(mailbox.ready['smtp']).toMatch(/^smtp:\/\/127\.0\.0\.1:\d+$/);
  await send({ cc: 'owner@plant.example', headers: { 'X-Case': 'EX-1' } });
  expect(await mailbox.ledger()).toMatchObject([
    {
      type: 'mail',
      key: '<m-1@plant.example>',
      keys: ['<m-1@plant.example>', 'planning@plant.example', 'owner@plant.example'],
      principal: 'smtp',
      data: {
        from: 'lineshaft@plant.example',
        to: ['planning@plant.example', 'owner@plant.example'],
        subject: 'PO-4711 is late',
        text: 'The line is slow.',
        headers: { 'x-case': 'EX-1' },
      },
    },
  ]);
});

test('the same mail twice is two entries with the same key', async () => {
  await send();
  await send();
  expect((await mailbox.ledger('?key=<m-1@plant.example>')).map(({ key }) => key)).toEqual(['<m-1@plant.example>', '<m-1@plant.example>']);
});

test.each([
  ['plain lines', 'one\ntwo\n\nfour'],
  ['dots at the start of lines', '.\n..two\nend'],
  ['umlauts and emoji', 'Füllstand „niedrig“ 🏭\nGrüße'],
  ['a long line', 'word '.repeat(60).trim()],
  ['long lines beyond ASCII', 'Übermaß '.repeat(60).trim()],
  ['mostly beyond ASCII', '包装线三号机速度下降'.repeat(20)],
  ['equals signs', 'a=3D b=C3=BC c='],
  ['stuffed lines', ' leading space and more '.repeat(8).trimEnd() + '\n> quoted\nFrom here'],
])('the text comes out as it went in: %s', async (_, text) => {
  await send({ text, subject: text.split('\n')[0] });
  const [entry] = await mailbox.ledger();
  expect(entry.data.text).toBe(text);
  expect(entry.data.subject).toBe(text.split('\n')[0]?.trim());
});

test('of a mail with text and HTML the text is kept', async () => {
  await send({ html: '<b>slow</b>' });
  expect((await mailbox.ledger())[0].data.text).toBe('The line is slow.');
});

test('an outage drops connections, also ones that are open', async () => {
  const pooled = createTransport({ url: String(mailbox.ready['smtp']), pool: true, maxConnections: 1 });
  await pooled.sendMail(mail);
  await mailbox.fault({ kind: 'outage' });
  await expect(pooled.sendMail(mail)).rejects.toThrow(/closed|socket|ECONN/i);
  await expect(send()).rejects.toThrow(/closed|socket|ECONN/i);
  pooled.close();
  expect(await mailbox.ledger()).toHaveLength(1);
  await mailbox.ask('DELETE', '/_fault');
  await send();
  expect(await mailbox.ledger()).toHaveLength(2);
});

test('an outage in mode 503 says 421', async () => {
  await mailbox.fault({ kind: 'outage', mode: '503' });
  await expect(send()).rejects.toMatchObject({ responseCode: 421 });
});

test('an error is a 451, and nothing is kept', async () => {
  await mailbox.fault({ kind: 'error', count: 1 });
  await expect(send()).rejects.toMatchObject({ responseCode: 451 });
  expect(await mailbox.ledger()).toEqual([]);
  await send();
  expect(await mailbox.ledger()).toHaveLength(1);
});

test('latency holds a mail back before it is kept', async () => {
  await mailbox.fault({ kind: 'latency', ms: 86_400_000, count: 1 });
  const held = send().catch(() => 'gone');
  await until('a hit', async () => (await mailbox.get('/_fault'))[0].hits > 0);
  expect(await mailbox.ledger()).toEqual([]);
  await mailbox.reset();
  expect(await held).toBe('gone');
});

test('a mail can be kept although its sender does not hear of it, or the other way round', async () => {
  await mailbox.fault({ kind: 'reset-after', count: 1 });
  await expect(send()).rejects.toThrow(/closed|socket|ECONN/i);
  expect(await mailbox.ledger()).toHaveLength(1);
  await mailbox.reset();
  await mailbox.fault({ kind: 'success-nothing-done', count: 1 });
  await send();
  expect(await mailbox.ledger()).toEqual([]);
});

test('faults that mean nothing to mail are refused', async () => {
  const reply = await mailbox.fault({ kind: 'stale-read' });
  expect([reply.status, reply.json]).toMatchObject([400, { field: 'kind', value: 'stale-read' }]);
});
