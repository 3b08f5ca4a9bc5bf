// Three systems on one real socket, with a ledger each: `keyed` knows idempotency keys and refuses what it is told to, `plain` commits whatever comes, `strict` each pallet once. They
// share nothing with what they judge.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface LabelPrinters extends AsyncDisposable {
  readonly url: string;
  /** Pallets in the order of the commits, repeats included. */
  readonly keyed: readonly string[];
  readonly plain: readonly string[];
  readonly strict: readonly string[];
  /** What was asked to be printed, committed or not, and when, epoch milliseconds. */
  readonly asked: readonly { readonly system: string; readonly pallet: string; readonly atMs: number }[];
  /** Says no (409) to what is asked of this pallet, and again to whoever repeats it under the same key; `false` takes what comes from now on. */
  refuse(pallet: string, isRefused: boolean): void;
  /** Requests that have not been answered. */
  waiting(): number;
  /** Commits what comes and answers nothing, until `release`. */
  hold(): void;
  /** What comes is lost on the way: nothing is committed, and its connection breaks at `release`. */
  lose(): void;
  release(): void;
}

export async function labelPrinters(): Promise<LabelPrinters> {
  const ledgers = { keyed: [] as string[], plain: [] as string[], strict: [] as string[] };
  const asked: { system: string; pallet: string; atMs: number }[] = [];
  const keys = new Set<string>();
  const refused = { pallets: new Set<string>(), keys: new Set<string>() };
  let held: (() => void)[] | undefined;
  let isLost = false;
  let waiting = 0;

  function serve({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const [, system = '', pallet = ''] = url.split('/');
    const ledger = system === 'keyed' ? ledgers.keyed : system === 'strict' ? ledgers.strict : ledgers.plain;
    if (method === 'POST') asked.push({ system, pallet, atMs: Date.now() });
    if (isLost) return void held?.push(() => response.destroy());
    const key = String(headers['idempotency-key'] ?? '');
    if (method === 'POST' && system === 'keyed' && refused.pallets.has(pallet)) refused.keys.add(key);
    if (refused.keys.has(key)) return void response.writeHead(409, { 'content-type': 'application/json' }).end('{"code":"NOT_NOW"}');
    if (method === 'POST' && !(system === 'keyed' && keys.has(key)) && !(system === 'strict' && ledger.includes(pallet))) ledger.push(pallet);
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
    asked,
    refuse: (pallet, isRefused) => void (isRefused ? refused.pallets.add(pallet) : refused.pallets.delete(pallet)),
    waiting: () => waiting,
    hold() {
      held ??= [];
    },
    lose() {
      held ??= [];
      isLost = true;
    },
    release() {
      isLost = false;
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
