// Who we are to servers, and whom of them we believe: a folder with our own certificate, and those of servers under trusted/ and rejected/.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { certificateLibrary } from './library.ts';

/** Opens the folder and makes our key and certificate where there are none. Raises ENVIRONMENT_INVALID where it cannot be written, and LIBRARY_MISSING. */
export async function certificateFolder(folder: string): Promise<OPCUACertificateManager> {
  const { OPCUACertificateManager: Manager } = await certificateLibrary();
  const manager = new Manager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: false, disableFileWatchers: true });
  try {
    await manager.initialize();
    return manager;
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The folder of certificates ${folder} cannot be used: ${messageOf(error)}`, { folder }, error);
  }
}

const ownCertificate = ['own', 'certs', 'client_certificate.pem'] as const;

/** What the library said when a connection was refused, with what a person can do about it. */
export function refusalText(error: unknown, folder: string, system: string): string {
  const said = messageOf(error).replaceAll(/\s+/g, ' ').trim();
  if (/BadCertificateUntrusted|BadCertificateChainIncomplete/.test(said))
    return `its certificate is not trusted. Compare its thumbprint with the server's own, then "lineshaft edge trust ${system}", or move the file from ${join(folder, 'rejected')} to ${join(folder, 'trusted', 'certs')}`;
  if (/BadSecurityChecksFailed|BadCertificateInvalid|BadSecureChannelClosed/.test(said))
    return `it does not accept our certificate (${said}). Let its administrator trust ${join(folder, ...ownCertificate)}`;
  if (/BadUserAccessDenied|BadIdentityToken/.test(said)) return `it refused our credentials (${said})`;
  return said;
}

/** The files of a user certificate. Raises ENVIRONMENT_INVALID where one cannot be read. */
export async function pemFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fault('ENVIRONMENT_INVALID', `The file ${file} cannot be read: ${messageOf(error)}`, { file }, error);
  });
}
