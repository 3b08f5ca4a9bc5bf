import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** PEM files of one side of a connection. They may be replaced at any time. */
export interface TlsPaths {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The certificates of those who sign the other side's; without it, the ones that Node knows. */
  readonly authority?: string | undefined;
}

/** What the files held when they were read. */
export interface TlsMaterial {
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly ca: Buffer | undefined;
  /** Until when the own certificate is valid. */
  readonly validToMs: number | undefined;
  /** Its subject. */
  readonly name: string;
}

export interface TlsFiles {
  readonly paths: TlsPaths;
  /** Raises CERTIFICATE_UNFIT where one cannot be read, is out of its time, or does not belong to its key. */
  read(nowMs: number): Promise<TlsMaterial>;
  /** What they hold if that has changed since it was asked last, by their times and sizes; the first time too. Raises as `read` does. */
  changed(nowMs: number): Promise<TlsMaterial | undefined>;
}

const pickedUp = 'it is picked up without a restart';

export function tlsFiles(paths: TlsPaths): TlsFiles {
  let known = '';

  async function read(nowMs: number): Promise<TlsMaterial> {
    const [cert, key, ca] = await Promise.all([pem(paths.certificate), pem(paths.key), pem(paths.authority)]);
    if (ca) parsed(paths.authority, ca);
    if (!cert || !key) return { cert, key, ca, validToMs: undefined, name: '' };
    const own = parsed(paths.certificate, cert);
    const [from, to] = [own.validFromDate, own.validToDate];
    if (to.getTime() <= nowMs)
      throw unfit(paths.certificate, `The certificate ${paths.certificate} (${nameOf(own)}) expired on ${dayOf(to)}. Put a renewed one in its place; ${pickedUp}.`);
    if (from.getTime() > nowMs)
      throw unfit(paths.certificate, `The certificate ${paths.certificate} (${nameOf(own)}) is valid from ${dayOf(from)} on only. Set this machine's clock, or take another one.`);
    if (!own.checkPrivateKey(privateKey(paths.key, key)))
      throw unfit(
        paths.certificate,
        `The key ${paths.key} is not that of the certificate ${paths.certificate} (${nameOf(own)}). Put the two that belong together in place; ${pickedUp}.`,
      );
    return { cert, key, ca, validToMs: to.getTime(), name: nameOf(own) };
  }

  return {
    paths,
    read,
    async changed(nowMs) {
      const state = (await Promise.all([paths.certificate, paths.key, paths.authority].map(stateOf))).join(' ');
      if (state === known) return undefined;
      // One that is of no use now may be the first half of what is being replaced: it is looked at again.
      const material = await read(nowMs);
      known = state;
      return material;
    },
  };
}

async function stateOf(file: string | undefined): Promise<string> {
  if (file === undefined) return '-';
  const found = await stat(file).catch(() => undefined);
  return found ? `${found.mtimeMs}:${found.size}:${found.ino}` : 'gone';
}

async function pem(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  return readFile(file).catch((error: unknown) => {
    throw unfit(file, `The file ${file} cannot be read: ${messageOf(error)}. Put it there, readable for this process; ${pickedUp}.`, error);
  });
}

function parsed(file: string | undefined, bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (error) {
    throw unfit(file, `The file ${file} holds no certificate in PEM: ${messageOf(error)}. Put one in its place; ${pickedUp}.`, error);
  }
}

function privateKey(file: string | undefined, bytes: Buffer) {
  try {
    return createPrivateKey(bytes);
  } catch (error) {
    throw unfit(file, `The file ${file} holds no private key in PEM that can be read without a password. Put one in its place; ${pickedUp}.`, error);
  }
}

function unfit(file: string | undefined, message: string, cause?: unknown): Fault {
  return new Fault('CERTIFICATE_UNFIT', message, { file }, cause);
}

export function nameOf({ subject }: Pick<X509Certificate, 'subject'>): string {
  return subject.replaceAll('\n', ', ');
}

export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
