import { Fault } from '../../kernel/errors.ts';

export type OpcUaLibrary = typeof import('node-opcua-client');

/** Loaded by who opens a source of OPC UA, since it takes 60 MB of memory. Raises LIBRARY_MISSING where it is not installed. */
export async function opcUaLibrary(): Promise<OpcUaLibrary> {
  try {
    const library = await import('node-opcua-client');
    // What it would print it also raises or emits, and that is told under the source's name.
    for (const silence of [library.setDebugLogger, library.setWarningLogger, library.setErrorLogger]) silence(() => undefined);
    return library;
  } catch (error) {
    throw missing('node-opcua-client', error);
  }
}

/** What keeps certificates. Raises LIBRARY_MISSING where it is not installed. */
export async function certificateLibrary(): Promise<typeof import('node-opcua-certificate-manager')> {
  return import('node-opcua-certificate-manager').catch((error: unknown) => {
    throw missing('node-opcua-certificate-manager', error);
  });
}

function missing(name: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return error;
  return new Fault('LIBRARY_MISSING', `OPC UA is spoken with the package "${name}", which is not installed here: npm install ${name}`, {}, error);
}
