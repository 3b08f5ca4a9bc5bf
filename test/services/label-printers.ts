// Two systems on one real socket, with a ledger each: `keyed` knows idempotency keys, `plain` commits whatever comes. They share nothing with what they judge.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface LabelPrinters extends AsyncDisposable {
  readonly url: string;
  /** Pallets in the order of the commits, repeats included. */
  readonly keyed: readonly string[];
  readonly plain: readonly string[];
  /** Requests that have not been answered. */
  waiting(): number;
  /** Commits what comes and answers nothing, until `release`. */
  hold(): void;
  release(): void;
}

export async function labelPrinters(): Promise<LabelPrinters> {
  const ledgers = { keyed: [] as string[], plain: [] as string[] };
  const keys = new Set<string>();
  let held: (() => void)[] | undefined;
  let waiting = 0;

  function serve({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const [, system, pallet = ''] = url.split('/');
    const ledger = system === 'keyed' ? ledgers.keyed : ledgers.plain;
    const key = String(headers['idempotency-key'] ?? '');
    if (method === 'POST' && !(system === 'keyed' && keys.has(key))) ledger.push(pallet);
    if (system === 'keyed') keys.add(key);
    const answer = (): void => {
      waiting -= 1;
      response.writeHead(ledger.includes(pallet) ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ label: `L-${pallet}` }));
    };
    waiting += 1;
    if (held) held.push(answer);
    else answer();
  }

  const server = createServer((request, response) => {
    request.resume().once('end', () => serve(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    ...ledgers,
    waiting: () => waiting,
    hold() {
      held ??= [];
    },
    release() {
      const answers = held ?? [];
      held = undefined;
      for (const answer of answers) answer();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
