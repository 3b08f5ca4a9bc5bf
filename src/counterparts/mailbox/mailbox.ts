// A mailbox: a real SMTP server on loopback that keeps every mail in the ledger.
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerSession } from 'smtp-server';
import type { FaultTarget } from '../frame/fault.ts';
import type { FaultKind, FaultRule } from '../frame/fault-rule.ts';
import type { Frame } from '../frame/frame.ts';
import { mailFrom } from './mail.ts';

export const mailFaultKinds: readonly FaultKind[] = ['outage', 'latency', 'error', 'timeout-after-commit', 'reset-after', 'success-nothing-done'];

export interface Mailbox extends AsyncDisposable {
  listen(port: number): Promise<string>;
}

const mailBytesMax = 1024 * 1024;
const principal = 'smtp';

export function mailboxOf(frame: Frame): Mailbox {
  const { faults } = frame;
  const sockets = new Map<number, Socket>();
  const hangUp = ({ remotePort }: SMTPServerSession) => void sockets.get(remotePort)?.destroy();

  const answer = async (raw: Buffer, session: SMTPServerSession, done: (error?: Error | null) => void) => {
    try {
      const outcome = await take(frame, raw, session);
      if (outcome === 'hang-up') hangUp(session);
      else done(outcome === 'taken' ? null : outcome);
    } catch (error) {
      console.error(error);
      done(smtpError(451, 'local error'));
    }
  };

  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: mailBytesMax,
    onMailFrom(_address, session, done) {
      const outage = faults.strike('outage', targetOf([]));
      if (outage === undefined) return done();
      return outage.mode === '503' ? done(smtpError(421, 'service not available')) : hangUp(session);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void (stream.sizeExceeded || chunks.push(chunk)));
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(smtpError(552, `the mail is larger than ${mailBytesMax} bytes`));
        void answer(Buffer.concat(chunks), session, done);
      });
    },
  });
  // A client that goes away in the middle is its own business.
  smtp.on('error', () => {});

  const front = createServer((socket) => {
    const outage = faults.strike('outage', targetOf([]));
    if (outage !== undefined) return turnAway(socket, outage);
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('close', () => sockets.delete(port));
    smtp.server.emit('connection', socket);
  });

  return {
    listen: (port) => listening(front, port),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void front.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

/** Commits the mail, bent by the faults in force. */
async function take(frame: Frame, raw: Buffer, session: SMTPServerSession): Promise<'taken' | 'hang-up' | Error> {
  const recipients = session.envelope.rcptTo.map(({ address }) => address);
  const target = targetOf(recipients);
  const error = frame.faults.strike('error', target);
  if (error !== undefined) return smtpError(451, 'requested action aborted: local error in processing');
  const plan = frame.faults.plan(target);
  if (!(await frame.timers.hold(plan.latencyMs))) return 'hang-up';
  commit(frame, raw, session, recipients, plan.commit?.kind === 'success-nothing-done');
  if (plan.commit?.kind === 'reset-after') return 'hang-up';
  if (plan.commit?.kind === 'timeout-after-commit' && !(await frame.timers.hold(plan.commit.ms))) return 'hang-up';
  return 'taken';
}

function commit(frame: Frame, raw: Buffer, session: SMTPServerSession, to: readonly string[], dry: boolean): void {
  const mail = mailFrom(raw);
  const sender = session.envelope.mailFrom;
  const from = sender === false ? '' : sender.address;
  frame.act({ principal, dry }, (act) => {
    const key = mail.messageId ?? `no-message-id-${frame.ledger.size + 1}`;
    const custom = Object.fromEntries([...mail.headers].filter(([name]) => name.startsWith('x-') || name === 'traceparent'));
    act.record({
      type: 'mail',
      key,
      keys: to,
      data: { from, to, subject: mail.subject, text: mail.text, ...(mail.attached !== undefined && { attached: mail.attached }), headers: custom },
    });
  });
}

/** A rule's `match.path` looks at the recipients. */
function targetOf(recipients: readonly string[]): FaultTarget {
  return { method: 'MAIL', path: `/${recipients.join(',')}`, writes: true };
}

function turnAway(socket: Socket, { mode }: FaultRule): void {
  if (mode === '503') socket.end('421 service not available\r\n');
  else socket.destroy();
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
      resolve(`smtp://127.0.0.1:${address.port}`);
    });
  });
}
