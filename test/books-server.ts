// Three systems on one real socket, each with books of its own: `erp` knows idempotency keys, `cmms` can be asked by reference, `printer` takes whatever comes.
// It shares nothing with what it judges.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What one system booked, in the export format of docs/guide/proof.md. */
export interface Booked {
  readonly system: string;
  readonly at: string;
  readonly entity: string;
  readonly reference?: string;
}

export interface BooksServer extends AsyncDisposable {
  readonly url: string;
  /** In the order of the commits. */
  readonly booked: readonly Booked[];
  of(system: string): readonly Booked[];
  /** From now on it commits and gives no answer to the next writes of a system. */
  loseAnswers(system: string, count: number): void;
}

export async function booksServer(): Promise<BooksServer> {
  const booked: Booked[] = [];
  const numbers = new Map<string, string>();
  const losses = new Map<string, number>();

  function commit(system: string, order: string, reference: string | undefined): string {
    const known = reference === undefined ? undefined : numbers.get(`${system} ${reference}`);
    if (known !== undefined && system === 'erp') return known;
    const number = `${system}-${booked.length + 1}`;
    booked.push({ system, at: new Date().toISOString(), entity: order, ...(reference !== undefined && { reference }) });
    if (reference !== undefined) numbers.set(`${system} ${reference}`, number);
    return number;
  }

  function serve({ method = '', url = '', headers }: IncomingMessage, text: string, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://books');
    const [, system = '', what] = pathname.split('/');
    const answer = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (what === 'books') {
      answer(
        200,
        booked.filter((entry) => entry.system === system),
      );
      return;
    }
    if (method === 'GET') {
      const number = numbers.get(`${system} ${searchParams.get('reference') ?? ''}`);
      answer(number === undefined ? 404 : 200, number === undefined ? {} : { number });
      return;
    }
    // As the bindings of the landscape write it.
    const body = JSON.parse(text) as { readonly order: string; readonly reference?: string };
    const key = headers['idempotency-key'];
    const number = commit(system, body.order, typeof key === 'string' ? key : body.reference);
    const losing = losses.get(system) ?? 0;
    if (losing > 0) {
      losses.set(system, losing - 1);
      response.destroy();
    } else answer(201, { number });
  }

  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.once('end', () => serve(request, text, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    booked,
    of: (system) => booked.filter((entry) => entry.system === system),
    loseAnswers: (system, count) => void losses.set(system, count),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
