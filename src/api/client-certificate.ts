import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** How a server serves TLS. */
export interface ServerTls {
  readonly options: {
    readonly cert: Buffer | undefined;
    readonly key: Buffer | undefined;
    readonly ca?: Buffer;
    readonly requestCert: boolean;
    readonly rejectUnauthorized: boolean;
  };
  /** The file with the authority that signs the certificates of edges, where they have to show one. */
  readonly clients: string | undefined;
  /** Until when the certificate that is served now is valid, epoch milliseconds. */
  readonly validToMs: () => number | undefined;
}

/** What a client has shown of itself. */
export interface ClientCertificate {
  readonly isShown: boolean;
  /** Its common name. */
  readonly name: string;
  /** Why it does not count. */
  readonly trouble: string | undefined;
}

const next = 'Put a certificate that the authority of the hub has signed in place at the edge ("tls.edge" in its environment file); it is picked up without a restart';

/** The certificate of a connection; undefined where this server asks for none. */
export function clientCertificate(socket: Socket, tls: ServerTls | undefined): ClientCertificate | undefined {
  if (tls?.clients === undefined || !(socket instanceof TLSSocket)) return undefined;
  const { subject, issuer, valid_to: validTo } = socket.getPeerCertificate();
  // Node gives an empty object where none was shown.
  if (!subject) return { isShown: false, name: 'an edge', trouble: `This hub takes edges by their certificate, and none was shown. ${next}.` };
  const name = textOf(subject.CN);
  if (socket.authorized && name !== '') return { isShown: true, name, trouble: undefined };
  const until = new Date(validTo).toISOString().slice(0, 10);
  const error = String(socket.authorizationError);
  const why =
    name === ''
      ? 'it has no common name'
      : error === 'CERT_HAS_EXPIRED'
        ? `it expired on ${until}`
        : `it is signed by CN=${textOf(issuer?.CN)}, and the hub trusts who is in ${tls.clients} (${error})`;
  return { isShown: true, name, trouble: `The certificate CN=${name} (valid until ${until}) is not taken: ${why}. ${next}.` };
}

function textOf(name: string | string[] | undefined): string {
  return typeof name === 'string' ? name : (name?.[0] ?? '');
}
