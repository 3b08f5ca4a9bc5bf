import { createServer } from 'node:http';

/** A goods receipt as it came. */
export interface LedgerRow {
  readonly atMs: number;
  readonly order: string;
  readonly quantity: number;
  readonly reference: string;
}

/** Books that take a receipt once per reference, with any order. */
export interface Books {
  readonly url: string;
  readonly rows: readonly LedgerRow[];
  /** Whether what comes from now on is written down and not answered. */
  silent: boolean;
}

export async function openBooks(opened: AsyncDisposableStack): Promise<Books> {
  const rows: LedgerRow[] = [];
  const places = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const answer = (body: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (request.method === 'GET') {
        const asked = new URL(request.url ?? '', 'http://books').searchParams.get('reference') ?? '';
        const place = places.get(asked);
        answer(place === undefined ? [] : [{ posting: place }]);
        return;
      }
      // As the binding sends it.
      const receipt = JSON.parse(text) as Omit<LedgerRow, 'atMs'>;
      const place = places.get(receipt.reference) ?? rows.push({ ...receipt, atMs: Date.now() });
      places.set(receipt.reference, place);
      if (!books.silent) answer({ posting: place });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the books listen on no port');
  const books: Books = { url: `http://127.0.0.1:${address.port}`, rows, silent: false };
  return books;
}
