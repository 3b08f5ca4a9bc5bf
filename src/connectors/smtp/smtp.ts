import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type MailComposer from 'nodemailer/lib/mail-composer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { socketHost } from '../../kernel/socket-host.ts';
import { defineConnector, type Connection, type ConnectorPorts } from '../../model/connector.ts';
import { deadline, onAbort } from '../deadline.ts';
import { outcomeOf, type SmtpReply } from './outcome.ts';

export type { SmtpReply };

const optionsShape = Type.Object(
  {
    url: Type.String({ pattern: '^smtps?://[^\\s/?#]+/?$', description: 'smtp://host:port (upgraded to TLS where the server offers it) or smtps://host:port.' }),
    from: Type.String({ minLength: 3, description: 'The address that messages come from.' }),
    credentials: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal('none') }, { additionalProperties: false }),
        Type.Object({ kind: Type.Literal('basic'), username: Type.String({ minLength: 1 }), password: Type.String() }, { additionalProperties: false }),
      ]),
    ),
  },
  { additionalProperties: false },
);
export type SmtpOptions = Static<typeof optionsShape>;
const options = schema(optionsShape);

/** A file of UTF-8 text that goes with a message. */
export interface Attachment {
  readonly name: string;
  /** Its media type, e.g. `application/json`. */
  readonly type: string;
  readonly content: string;
}

export interface SmtpRequest {
  readonly to: readonly string[];
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  readonly attachments?: readonly Attachment[];
  /** The Message-ID without angle brackets; the same on every try, so that a reader can tell a repeat. */
  readonly messageId: string;
}

/** Mail by SMTP, one connection per message. */
export const smtp = defineConnector<SmtpOptions, SmtpRequest, SmtpReply>({
  name: 'smtp',
  title: 'Mail (SMTP)',
  options,
  open: async (given, ports) => openSmtp(given, ports),
});

/** Required, not imported: its modules for `import` read node:http's getters for WebSocket, and with that comes all of Node's undici. */
function loadNodemailer(): { readonly Smtp: typeof SMTPConnection; readonly Composer: typeof MailComposer } {
  const load = createRequire(import.meta.url);
  // The CommonJS form of a module is what its other form exports as default.
  return { Smtp: load('nodemailer/lib/smtp-connection') as typeof SMTPConnection, Composer: load('nodemailer/lib/mail-composer') as typeof MailComposer };
}

async function openSmtp(given: SmtpOptions, ports: ConnectorPorts): Promise<Connection<SmtpRequest, SmtpReply>> {
  // Loaded here so that a process that sends no mail does not carry the client.
  const { Smtp, Composer } = loadNodemailer();
  const closing = new AbortController();
  const url = new URL(given.url);
  const credentials = given.credentials?.kind === 'basic' ? given.credentials : undefined;
  const secure = url.protocol === 'smtps:';

  function newConnection(): SMTPConnection {
    return new Smtp({
      host: socketHost(url),
      port: url.port === '' ? (secure ? 465 : 25) : Number(url.port),
      secure,
      // A password never crosses a network in the clear.
      requireTLS: credentials !== undefined && !secure && !isLoopback(url.hostname),
    });
  }

  function compose(request: SmtpRequest): Promise<Buffer> {
    const { to, subject, text, messageId, attachments = [] } = request;
    return new Composer({
      from: given.from,
      to: [...to],
      subject,
      text,
      attachments: attachments.map(({ name, type, content }) => ({ filename: name, contentType: type, content })),
      messageId: `<${messageId}>`,
      date: new Date(ports.clock.now()),
      disableFileAccess: true,
      disableUrlAccess: true,
    })
      .compile()
      .build();
  }

  return {
    async send(request, context) {
      using time = deadline(ports.clock, context);
      const message = await compose(request);
      if (closing.signal.aborted || time.signal.aborted) {
        const reason = messageOf(closing.signal.aborted ? closing.signal.reason : time.signal.reason);
        throw new Fault('SYSTEM_UNREACHABLE', `Sent nothing to ${ports.system} at ${url.host}: ${reason}.`, { system: ports.system });
      }
      return await deliver(newConnection(), {
        envelope: { from: given.from, to: [...request.to] },
        message,
        credentials,
        signals: [time.signal, closing.signal],
        system: ports.system,
        address: url.host,
      });
    },
    async close() {
      closing.abort(new Error('the connection was closed'));
    },
  };
}

interface Delivery {
  readonly envelope: { readonly from: string; readonly to: string[] };
  readonly message: Buffer;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly signals: readonly AbortSignal[];
  readonly system: string;
  readonly address: string;
}

/** One message over one connection. What failed before the server asked for the text was not delivered; after that nobody knows. */
function deliver(connection: SMTPConnection, delivery: Delivery): Promise<SmtpReply> {
  const { envelope, message, credentials, signals, system, address } = delivery;
  return new Promise((resolve, reject) => {
    let textBegun = false;
    let ended = false;
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      for (const stop of listening) stop();
      settle();
    };
    const fail = (error: unknown): void =>
      end(() => {
        connection.close();
        const outcome = outcomeOf(error, { textBegun, system, address, to: envelope.to });
        if (outcome instanceof Fault) reject(outcome);
        else resolve(outcome);
      });
    // The client reads this only once the server has answered DATA with "go on".
    const text = new Readable({
      read() {
        textBegun = true;
        this.push(message);
        this.push(null);
      },
    });
    const send = (): void =>
      connection.send(envelope, text, (error, info) => {
        if (error) return fail(error);
        end(() => {
          connection.quit();
          resolve({
            accepted: info.accepted,
            rejected: info.rejected,
            ...(info.rejected.length === 0 ? {} : { reason: info.rejectedErrors?.map(messageOf).join('; ') ?? 'refused' }),
          });
        });
      });

    const listening = signals.map((signal) => onAbort(signal, (reason) => queueMicrotask(() => fail(reason))));
    connection.on('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      if (!credentials) return send();
      connection.login({ user: credentials.username, pass: credentials.password }, (refusal) => (refusal ? fail(refusal) : send()));
    });
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
