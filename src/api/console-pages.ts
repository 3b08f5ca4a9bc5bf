import type { FastifyInstance } from 'fastify';

/** A file of the built console, as it goes out. */
export interface ConsoleFile {
  readonly body: Buffer;
  /** Media type. */
  readonly type: string;
  readonly encoding: 'gzip' | undefined;
  /** Strong validator of these bytes. */
  readonly etag: string;
}

/** The built console, wherever it is kept. */
export interface ConsoleFiles {
  /** A file by its path from the console's root, e.g. `assets/index-1a2b.js`; undefined where there is none. */
  file(path: string, options: { readonly gzip: boolean }): Promise<ConsoleFile | undefined>;
}

const page = 'index.html';
/** Files whose name changes with their content. */
const lasting = /^assets\//;

/**
 * Serves the console beside the API: its files by their names, and its page for every other address that a browser asks for as a
 * document. Open to everybody: it holds nothing of the landscape; what it shows it reads with the session of who opened it.
 */
export function serveConsole(app: FastifyInstance, files: ConsoleFiles): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return;
    // The console asks whether this is a demo, whose front would have answered.
    if (request.url === '/demo/state') return reply.code(204).send();
    if (/^\/(?:api|sign-in|health|ready|metrics|openapi\.json|demo)(?:[/?#]|$)/.test(request.url)) return;
    // What is no plain path is nobody's file; as an address of the console it may still be somebody's key.
    const path = pathOf(request.url) ?? '';
    const gzip = String(request.headers['accept-encoding'] ?? '').includes('gzip');
    const wantsPage = String(request.headers['accept'] ?? '').includes('text/html');
    const named = path === '' || path === page ? undefined : await files.file(path, { gzip });
    const file = named ?? (wantsPage ? await files.file(page, { gzip }) : undefined);
    if (!file) return;
    void reply.headers({
      etag: file.etag,
      'cache-control': named && lasting.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-type': file.type,
      vary: 'accept, accept-encoding',
      ...(file.encoding && { 'content-encoding': file.encoding }),
    });
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
    return reply.send(request.method === 'HEAD' ? undefined : file.body);
  });
}

/** The path without its first slash; undefined for what is no plain path below the root. */
function pathOf(url: string): string | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return /^\/[\w./@:%~+-]*$/.test(path) && !path.includes('..') ? path.slice(1) : undefined;
}
