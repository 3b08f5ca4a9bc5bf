// An authority and its certificates, made for one test: X.509 v3 on P-256, encoded by hand, so that no test needs a program or a package for it.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

export interface Pair {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Pair {
  issue(wanted: { readonly name: string; readonly hosts?: readonly string[]; readonly from?: Date; readonly to?: Date }): Pair;
}

const dayMs = 24 * 3_600_000;

export function authority(name: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const make = (wanted: Parameters<Authority['issue']>[0], subject: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }, isAuthority: boolean): Pair => {
    const { hosts = [], from = new Date(Date.now() - dayMs), to = new Date(Date.now() + 90 * dayMs) } = wanted;
    const extensions = [
      ...(isAuthority ? [extension('2.5.29.19', sequence(boolean(true)))] : []),
      ...(hosts.length > 0 ? [extension('2.5.29.17', sequence(...hosts.map(hostName)))] : []),
    ];
    const body = sequence(
      tagged(0xa0, integer(2)),
      integer(1 + Math.floor(Math.random() * 1e9)),
      algorithm,
      distinguished(name),
      sequence(time(from), time(to)),
      distinguished(wanted.name),
      subject.publicKey.export({ type: 'spki', format: 'der' }),
      ...(extensions.length > 0 ? [tagged(0xa3, sequence(...extensions))] : []),
    );
    const der = sequence(body, algorithm, bits(sign('sha256', body, own.privateKey)));
    const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
    return {
      certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
      key: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };
  return { ...make({ name }, own, true), issue: (wanted) => make(wanted, generateKeyPairSync('ec', { namedCurve: 'P-256' }), false) };
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => tagged(0x30, ...contents);
const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));
const bits = (content: Buffer): Buffer => tagged(0x03, Buffer.from([0]), content);
const time = (at: Date): Buffer => tagged(0x17, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

function integer(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return tagged(0x02, Buffer.from((bytes[0] ?? 0) > 0x7f ? [0, ...bytes] : bytes));
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const groups = rest.flatMap((arc) => {
    const bytes = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
    return bytes;
  });
  return tagged(0x06, Buffer.from([first * 40 + second, ...groups]));
}

/** ecdsa-with-SHA256 (RFC 5758 §3.2). */
const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));

function distinguished(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(identifier('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(identifier(id), boolean(true), tagged(0x04, value));
}

function hostName(host: string): Buffer {
  return isIP(host) === 4 ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host));
}
