import { request } from 'undici';
import { smtp } from '../connectors/smtp/smtp.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { MailBody } from '../engine/exceptions/mail-text.ts';
import type { Messenger } from '../engine/exceptions/notices.ts';
import { hashId } from '../kernel/ids.ts';
import { spanIdOf, traceparentOf } from '../engine/trace/trace-context.ts';
import type { Environment } from './environment.ts';

interface MessengerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

const timeoutMs = 10_000;

/** Carries notices by the environment's mail server and webhook. */
export async function messenger(notify: Environment['notify'], parts: MessengerParts): Promise<{ readonly send: Messenger; close(): Promise<void> }> {
  const mail =
    notify?.smtp === undefined ? undefined : await smtp.open({ url: notify.smtp.url, from: notify.from ?? 'lineshaft@localhost.invalid' }, { ...parts, system: 'notices' });
  return {
    async send(notice) {
      const signal = AbortSignal.timeout(timeoutMs);
      if (notice.channel === 'webhook') {
        const answer = await request(notice.to, { method: 'POST', headers: { 'content-type': 'application/json', 'x-message-id': notice.id }, body: notice.body, signal });
        await answer.body.dump();
        if (answer.statusCode >= 300) throw new Fault('SYSTEM_BUSY', `${notice.to} answered ${answer.statusCode}.`, { status: answer.statusCode });
        return;
      }
      if (!mail) throw new Fault('ENVIRONMENT_INVALID', 'The environment names no mail server (notify.smtp.url).');
      // Written by noticesOf().
      const { subject, text, evidence } = JSON.parse(notice.body) as MailBody;
      const attachments = evidence === undefined ? [] : [{ name: 'evidence.json', type: 'application/json', content: evidence }];
      const traceparent = traceparentOf(hashId('notice', notice.id), spanIdOf('notice', notice.id));
      const reply = await mail.send({ to: [notice.to], subject, text, attachments, messageId: notice.id }, { signal, timeoutMs, traceparent });
      if (reply.rejected.length > 0) throw new Fault('SYSTEM_DENIED', `The mail server refused the notice to ${notice.to}: ${JSON.stringify(reply.rejected)}`, { to: notice.to });
    },
    close: async () => mail?.close(),
  };
}
