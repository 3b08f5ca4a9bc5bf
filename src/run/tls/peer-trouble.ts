import { connect, type ConnectionOptions } from 'node:tls';
import { Fault } from '../../kernel/errors.ts';
import { socketHost } from '../../kernel/socket-host.ts';
import { dayOf, type TlsPaths } from './tls-files.ts';

const signedByStranger = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);
const lookMaxMs = 3_000;

/** What is wrong with the hub's certificate, in words; undefined where the error is about something else. */
export async function peerTrouble(error: unknown, url: string, paths: TlsPaths): Promise<Fault | undefined> {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOurs = code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID' || code === 'ERR_TLS_CERT_ALTNAME_INVALID' || signedByStranger.has(code);
  if (!isOurs) return undefined;
  const address = new URL(url);
  const { hostname, port, host } = address;
  const { name, issuer, names, from, to } = await presented({ host: socketHost(address), port: Number(port || 443) });
  const say = (words: string): Fault => new Fault('CERTIFICATE_UNFIT', words, { host, code, file: paths.authority }, error);
  if (code === 'CERT_HAS_EXPIRED')
    return say(`The certificate of the hub ${host} (${name}) expired on ${to}. Put a renewed one in place at the hub; both sides go on without a restart.`);
  if (code === 'CERT_NOT_YET_VALID') return say(`The certificate of the hub ${host} (${name}) is valid from ${from} on only. Compare the clock of this machine with the hub's.`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return say(`The certificate of the hub ${host} is for ${names}, not for ${hostname}. Give the edge one of these names with --hub, or the hub a certificate for this one.`);
  const trusted =
    paths.authority === undefined
      ? 'no authority that Node knows; name the file with the right one ("tls.edge.authority")'
      : `nobody in ${paths.authority}; put the right authority there`;
  return say(`The certificate of the hub ${host} (${name}, valid until ${to}) is signed by ${issuer}, and that is ${trusted}, if this is the right hub.`);
}

/** That a hub which was asked over plain http speaks TLS; undefined where it does not. */
export async function plainTrouble(error: unknown, url: string): Promise<Fault | undefined> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // What a server of TLS does with a request that is not.
  if (code !== 'ECONNRESET' && code !== 'EPIPE' && !(typeof code === 'string' && code.startsWith('HPE_'))) return undefined;
  const address = new URL(url);
  const { name } = await presented({ host: socketHost(address), port: Number(address.port || 80) });
  if (name === unknown.name) return undefined;
  const words = `The hub ${address.host} speaks TLS (${name}), and it was asked over http. Name it with --hub https://${address.host}.`;
  return new Fault('SYSTEM_UNREACHABLE', words, { host: address.host }, error);
}

const unknown = { name: 'unknown', issuer: 'unknown', names: 'other names', from: 'a later day', to: 'an earlier day' };

interface Presented {
  readonly name: string;
  readonly issuer: string;
  readonly names: string;
  readonly from: string;
  readonly to: string;
}

/** What certificate is shown at an address. Nothing is said there: it is looked at and left. */
async function presented({ host, port }: { readonly host: string; readonly port: number }): Promise<Presented> {
  const options: ConnectionOptions = { host, port, servername: /^[\d.]+$|:/.test(host) ? '' : host, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const socket = connect(options, () => {
      const { subject, issuer, subjectaltname, valid_from: from, valid_to: to } = socket.getPeerCertificate();
      socket.destroy();
      resolve({
        name: `CN=${textOf(subject?.CN)}`,
        issuer: `CN=${textOf(issuer?.CN)}`,
        names: subjectaltname ?? 'no name',
        from: dayOf(new Date(from)),
        to: dayOf(new Date(to)),
      });
    });
    socket.setTimeout(lookMaxMs, () => socket.destroy());
    socket.on('error', () => socket.destroy()); // the words say less, the Fault is the same
    socket.on('close', () => resolve(unknown));
  });
}

function textOf(name: string | string[] | undefined): string {
  return typeof name === 'string' ? name : (name?.join(', ') ?? '');
}
