import type { Server } from 'node:tls';
import { messageOf } from '../../kernel/errors.ts';
import type { TlsFiles, TlsMaterial } from './tls-files.ts';

/** How often the files are looked at. */
const lookMs = 1_000;

/** What a server that serves TLS is made with: whoever has a certificate may show it; whether it counts is judged with each request. */
export function serverOptions({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ...(ca && { ca }), requestCert: ca !== undefined, rejectUnauthorized: false };
}

/** Gives a server what is put in place of its files, while it serves, and tells what it is: connections that are open stay. Ends with `close`. */
export function renewed(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  log: (message: string, details?: Readonly<Record<string, unknown>>) => void,
  onRenewed: (material: TlsMaterial) => void,
): { close(): void } {
  let trouble = '';
  let looking = false;
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const material = await files.changed(Date.now());
      if (material) {
        server.setSecureContext(serverOptions(material));
        onRenewed(material);
        log('The hub serves TLS with the certificate that was put in place.', { file: files.paths.certificate, validTo: new Date(material.validToMs ?? 0).toISOString() });
      }
      trouble = '';
    } catch (error) {
      const words = messageOf(error);
      if (words !== trouble) log(`${words} Until then the hub goes on with the one before.`, { file: files.paths.certificate, urgent: true });
      trouble = words;
    } finally {
      looking = false;
    }
  }
  const timer = setInterval(() => void look(), lookMs).unref();
  return { close: () => clearInterval(timer) };
}
