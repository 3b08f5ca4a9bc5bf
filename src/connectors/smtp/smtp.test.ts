import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { connectorSuite } from '../connector-suite.ts';
import { smtp, type SmtpOptions, type SmtpReply, type SmtpRequest } from './smtp.ts';

const startMs = Date.parse('2026-11-02T08:00:00Z');
const alert: SmtpRequest = { to: ['planning@plant.example'], subject: 'Line 1 is slow: Störung', text: 'Packer 3 runs at 55 % of target.\n.\nEnd', messageId: 'x-1@lineshaft' };
const toClose: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

interface Mailbox {
  readonly url: string;
  readonly mails: string[];
  readonly sockets: Set<Socket>;
  until(condition: () => boolean): Promise<void>;
  look(): void;
  close(): Promise<void>;
}

/** A real SMTP server; `options` replace what it does at each command. */
async function mailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
        box.look();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const box = await observed(server.server, mails, () => new Promise((resolve) => server.close(() => resolve())));
  return box;
}

/** A server that speaks a script: one line per line of the client. */
async function scripted(answer: (line: string, socket: Socket) => string | undefined): Promise<Mailbox> {
  const server = createServer((socket) => {
    socket.write('220 hello\r\n');
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString('latin1')}`.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const reply = answer(line, socket);
        if (reply !== undefined) socket.write(`${reply}\r\n`);
      }
      box.look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const box = await observed(server, [], () => new Promise((resolve) => server.close(() => resolve())));
  return box;
}

async function observed(server: Server, mails: string[], stop: () => Promise<void>): Promise<Mailbox> {
  const sockets = new Set<Socket>();
  let waiting: { condition: () => boolean; resolve: () => void }[] = [];
  const box: Mailbox = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    sockets,
    until: (condition) =>
      new Promise((resolve) => {
        waiting.push({ condition, resolve });
        box.look();
      }),
    look() {
      const holds = waiting.filter(({ condition }) => condition());
      waiting = waiting.filter((waiter) => !holds.includes(waiter));
      for (const { resolve } of holds) resolve();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await stop();
    },
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      box.look();
    });
    box.look();
  });
  toClose.push(() => box.close());
  return box;
}

async function sending(box: { readonly url: string }, request = alert, more: Partial<SmtpOptions> = {}, timeoutMs = 5_000): Promise<SmtpReply> {
  const connection = await smtp.open(
    { url: box.url, from: 'lineshaft@plant.example', ...more },
    { clock: virtualClock(startMs), random: () => 0.5, system: 'mail', log: () => undefined },
  );
  toClose.push(() => connection.close());
  return connection.send(request, { signal: new AbortController().signal, timeoutMs, traceparent: '' });
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

const politely = (line: string): string | undefined =>
  line.startsWith('EHLO') ? '250 ok' : line === 'DATA' ? '354 go on' : line === 'QUIT' ? '221 bye' : /^(MAIL|RCPT)/.test(line) ? '250 ok' : undefined;

connectorSuite(
  { describe, test, expect },
  {
    connector: smtp,
    async start() {
      let silent = false;
      let texts = 0;
      const box = await scripted((line, socket) => {
        if (line !== '.') return politely(line);
        texts += 1;
        return silent ? undefined : socket.writable ? '250 taken' : undefined;
      });
      return {
        options: { url: box.url, from: 'lineshaft@plant.example' },
        request: alert,
        silence: () => {
          silent = true;
          const before = texts;
          return box.until(() => texts > before);
        },
        deserted: () => box.until(() => box.sockets.size === 0),
        close: () => box.close(),
      };
    },
  },
);

describe('a message', () => {
  test('arrives with its text, subject, sender, date and stable id', async () => {
    const box = await mailbox();
    expect(await sending(box)).toEqual({ accepted: ['planning@plant.example'], rejected: [] });
    const mail = box.mails[0] ?? '';
    expect(mail).toContain('Message-ID: <x-1@lineshaft>');
    expect(mail).toContain('From: lineshaft@plant.example');
    expect(mail).toContain('To: planning@plant.example');
    expect(mail).toContain('Date: Mon, 02 Nov 2026 08:00:00 +0000');
    expect(mail).toMatch(/Subject: =\?UTF-8\?/);
    expect(mail).toContain('Packer 3 runs at 55 % of target.\r\n.\r\nEnd');
  });

  test('takes files along, beside its text', async () => {
    const box = await mailbox();
    await sending(box, { ...alert, attachments: [{ name: 'evidence.json', type: 'application/json', content: '{"state":"Störung"}' }] });
    const [, text, file] = (box.mails[0] ?? '').split(/\r\n--[-\w]+\r\n/);
    expect(text).toContain('Packer 3 runs at 55 % of target.');
    expect(file).toMatch(/^Content-Type: application\/json; name=evidence\.json\r\n/);
    expect(Buffer.from(file?.split('\r\n\r\n')[1]?.split('--')[0] ?? '', 'base64').toString()).toBe('{"state":"Störung"}');
  });

  test('cannot smuggle a header in by its subject', async () => {
    const box = await mailbox();
    await sending(box, { ...alert, subject: 'a\r\nBcc: thief@elsewhere.example' });
    expect(box.mails[0]).not.toMatch(/^Bcc:/m);
  });

  test('to an address that is none is refused before anything is sent', async () => {
    const box = await mailbox();
    expect((await faultOf(sending(box, { ...alert, to: ['a@b.example>\r\nRCPT TO:<c@d.example'] }))).code).toBe('INPUT_INVALID');
    expect(box.mails).toEqual([]);
  });

  test('is taken for some recipients and refused for others', async () => {
    const box = await mailbox({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody') ? Object.assign(new Error('no such box'), { responseCode: 550 }) : undefined),
    });
    const reply = await sending(box, { ...alert, to: ['planning@plant.example', 'nobody@plant.example'] });
    expect(reply).toMatchObject({ accepted: ['planning@plant.example'], rejected: ['nobody@plant.example'] });
    expect(reply.reason).toContain('no such box');
  });
});

describe('a server that says no', () => {
  test.each(['onMailFrom', 'onRcptTo', 'onData'] as const)('for good, at %s, gives the refusal as the reply', async (at) => {
    const no = Object.assign(new Error('not here'), { responseCode: 550 });
    const box = await mailbox({ [at]: (first: { resume?: () => void }, _session: unknown, done: (error: Error) => void) => (first.resume?.(), done(no)) });
    const reply = await sending(box);
    expect(reply).toMatchObject({ accepted: [], rejected: ['planning@plant.example'] });
    expect(reply.reason).toContain('not here');
  });

  test.each(['onConnect', 'onMailFrom', 'onRcptTo', 'onData'] as const)('for now, at %s, is busy', async (at) => {
    const later = Object.assign(new Error('later'), { responseCode: 451 });
    const answer =
      at === 'onConnect'
        ? (_session: unknown, done: (error: Error) => void) => done(later)
        : (first: { resume?: () => void }, _session: unknown, done: (error: Error) => void) => (first.resume?.(), done(later));
    expect((await faultOf(sending(await mailbox({ [at]: answer })))).code).toBe('SYSTEM_BUSY');
  });

  test('to our password denies us', async () => {
    const box = await mailbox({ authOptional: false, allowInsecureAuth: true, onAuth: (_auth, _session, done) => done(new Error('wrong password')) });
    const fault = await faultOf(sending(box, alert, { credentials: { kind: 'basic', username: 'u', password: 'hush-hush' } }));
    expect(fault.code).toBe('SYSTEM_DENIED');
    expect(fault.message).not.toContain('hush-hush');
  });

  test('to a sender without a password denies us', async () => {
    expect((await faultOf(sending(await mailbox({ authOptional: false })))).code).toBe('SYSTEM_DENIED');
  });

  test('in its greeting is unreachable', async () => {
    const box = await mailbox({ onConnect: (_session, done) => done(Object.assign(new Error('no service'), { responseCode: 554 })) });
    expect((await faultOf(sending(box))).code).toBe('SYSTEM_UNREACHABLE');
  });
});

describe('a connection that breaks', () => {
  test.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])('at %s: nothing was delivered', async (at) => {
    const box = await scripted((line, socket) => {
      if (!line.startsWith(at)) return politely(line);
      socket.destroy();
      return undefined;
    });
    expect((await faultOf(sending(box))).code).toBe('SYSTEM_UNREACHABLE');
  });

  test('after the text was sent: the outcome is unknown', async () => {
    const box = await scripted((line, socket) => {
      if (line !== '.') return politely(line);
      socket.destroy();
      return undefined;
    });
    expect((await faultOf(sending(box))).code).toBe('OUTCOME_UNKNOWN');
  });

  test('while the text was under way: the outcome is unknown', async () => {
    const box = await scripted((line, socket) => {
      if (!line.startsWith('Subject:')) return politely(line);
      socket.resetAndDestroy();
      return undefined;
    });
    expect((await faultOf(sending(box))).code).toBe('OUTCOME_UNKNOWN');
  });

  test('after the answer does not matter', async () => {
    const box = await scripted((line, socket) => {
      if (line === 'QUIT') socket.resetAndDestroy();
      return line === 'QUIT' ? undefined : line === '.' ? '250 taken' : politely(line);
    });
    expect((await sending(box)).accepted).toEqual(['planning@plant.example']);
    await box.until(() => box.sockets.size === 0);
  });

  test('for want of a TLS handshake is unreachable', async () => {
    const box = await mailbox();
    expect((await faultOf(sending({ url: box.url.replace('smtp:', 'smtps:') }))).code).toBe('SYSTEM_UNREACHABLE');
  });
});
