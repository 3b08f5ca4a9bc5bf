// A system that knows idempotency keys, on a real socket, with a ledger of its own. It shares nothing with what it judges.
import { createServer, type IncomingMessage } from 'node:http';

/** What it committed. */
export interface LedgerEntry {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly key: string;
}

export interface PurchasingServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Each idempotency key once, in the order of the commits. */
  readonly ledger: readonly LedgerEntry[];
  /** Requests that came, repeats and refusals included. */
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  /** The most requests that were under way at once. */
  readonly atOnceMax: number;
  /** Answers nothing until `release`. */
  hold(): void;
  release(): void;
}

/** Refuses to order `nothingOf`; holds every answer back for `holdMs`. */
export async function purchasingServer({ nothingOf = 'OUT-OF-RANGE', holdMs = 0 } = {}): Promise<PurchasingServer> {
  const token = 'a-token-of-the-test';
  const ledger: LedgerEntry[] = [];
  const answers = new Map<string, { readonly status: number; readonly body: object }>();
  const requests: { method: string; path: string }[] = [];
  let atOnce = 0;
  let atOnceMax = 0;
  let held: (() => void)[] | undefined;

  function answerTo(path: string, key: string, body: Readonly<Record<string, unknown>>): { readonly status: number; readonly body: object } {
    const before = answers.get(key);
    if (before) return before;
    const isRefused = body['item'] === nothingOf;
    if (!isRefused) ledger.push({ path, body, key });
    const number = String(ledger.length);
    const made = path === '/orders' ? { purchaseOrder: `PU-${number}` } : { receipt: `GR-${number}` };
    const answer = isRefused ? { status: 422, body: { code: 'NOT_IN_RANGE' } } : { status: 201, body: made };
    answers.set(key, answer);
    return answer;
  }

  async function serve(request: IncomingMessage): Promise<{ readonly status: number; readonly body: object }> {
    const { method = '', url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
    requests.push({ method, path });
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: { code: 'WHO' } };
    if (method === 'GET' && path.startsWith('/prices/')) return { status: 200, body: { price: '12.50' } };
    const key = headers['idempotency-key'];
    if (method !== 'POST' || typeof key !== 'string') return { status: 400, body: { code: 'WHAT' } };
    // An object, as its binding says; a test that looks into it says what it expects.
    return answerTo(path, key, JSON.parse(Buffer.concat(chunks).toString('utf8')) as Readonly<Record<string, unknown>>);
  }

  const server = createServer((request, response) => {
    atOnce += 1;
    atOnceMax = Math.max(atOnceMax, atOnce);
    void serve(request).then(({ status, body }) => {
      const answer = (): void => {
        atOnce -= 1;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (held) held.push(answer);
      else if (holdMs === 0) answer();
      else setTimeout(answer, holdMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    token,
    ledger,
    requests,
    get atOnceMax() {
      return atOnceMax;
    },
    hold: () => void (held ??= []),
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const answer of waiting) answer();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
