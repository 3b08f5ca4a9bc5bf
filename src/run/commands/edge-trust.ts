import { X509Certificate } from 'node:crypto';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import { sourceFolder } from '../source-folder.ts';

/** A certificate that a source refused. */
interface Rejected {
  readonly file: string;
  /** SHA-1 in hexadecimal, as OPC UA shows it. */
  readonly thumbprint: string;
  readonly certificate: X509Certificate;
}

interface TrustOptions {
  readonly data: string;
  readonly name: string;
  readonly certificates: string | undefined;
}

export function trustCommand(edge: Command): void {
  edge
    .command('trust')
    .description('the certificates of servers that a source refused; with a thumbprint, trust that one from now on')
    .argument('<source>', 'the name of the source')
    .argument('[thumbprint]', 'of the certificate to trust, as it is listed; compare it with the one that the server itself shows')
    .option('--certificates <dir>', 'where its certificates are, if its options say so')
    .addHelpText('after', '\nExamples:\n  lineshaft edge trust press-7 --name bremen-1\n  lineshaft edge trust press-7 b86e83f12cc82cdbc9ea8d697beabc823b430bb4 --name bremen-1')
    .action(async (source: string, thumbprint: string | undefined, _own: unknown, command: Command) => {
      const { data, name, certificates } = command.optsWithGlobals<TrustOptions>();
      const folder = certificates ?? join(sourceFolder(join(data, name), source), 'certificates');
      const rejected = await rejectedIn(folder);
      if (thumbprint === undefined) {
        process.stdout.write(rejected.length === 0 ? `No certificate was refused (${folder}).\n` : rejected.map(text).join('\n'));
        return;
      }
      const wanted = thumbprint.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
      const found = rejected.find((each) => each.thumbprint === wanted);
      if (!found) throw new Fault('NOT_FOUND', `No certificate with the thumbprint ${thumbprint} was refused (${folder}).`, { folder, thumbprint });
      await rename(join(folder, 'rejected', found.file), join(folder, 'trusted', 'certs', found.file));
      process.stdout.write(`Trusted from the next connection on:\n${text(found)}`);
    });
}

async function rejectedIn(folder: string): Promise<readonly Rejected[]> {
  const files = await readdir(join(folder, 'rejected')).catch((error: unknown) => {
    throw new Fault('NOT_FOUND', `There is no ${join(folder, 'rejected')}: this source has not met a server with a certificate yet.`, { folder }, error);
  });
  return Promise.all(
    files.sort().map(async (file) => {
      const certificate = new X509Certificate(await readFile(join(folder, 'rejected', file)));
      return { file, thumbprint: certificate.fingerprint.replaceAll(':', '').toLowerCase(), certificate };
    }),
  );
}

function text({ thumbprint, certificate: { subject, subjectAltName, validFrom, validTo } }: Rejected): string {
  return `${thumbprint}\n  ${subject.replaceAll('\n', ', ')}\n  ${subjectAltName ?? 'no names'}\n  from ${validFrom} to ${validTo}\n`;
}
