// Follows the hub's live stream, over its deaths: who reads the hub need not ask again and again.
import { request } from 'undici';

export interface HubFollowerOptions {
  /** Of the hub's API; the hub comes back there when it was killed. */
  readonly url: string;
  readonly key: string;
  /** Told when something may be new: what was committed, and each time that the stream begins anew. */
  readonly onNews: () => void;
}

const againMs = 150;
/** Longer than the stream's heartbeat: a hub that says nothing for so long is gone. */
const silenceMs = 40_000;

/** Until it is disposed of. */
export function followHub({ url, key, onNews }: HubFollowerOptions): Disposable {
  const over = new AbortController();
  let lastId: string | undefined;

  async function follow(): Promise<void> {
    const headers = { authorization: `Bearer ${key}`, ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const { statusCode, body } = await request(new URL('/api/stream', url), { headers, signal: over.signal, bodyTimeout: silenceMs });
    // What came while nobody listened is told by the resumed stream, or by a fresh look.
    if (statusCode === 200) onNews();
    let rest = '';
    for await (const chunk of body.setEncoding('utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('id: ')) lastId = line.slice('id: '.length);
      if (lines.some((line) => line.startsWith('event: '))) onNews();
    }
  }

  const goOn = (): void => {
    // While the hub is away there is nothing to follow; it is tried again until it is back.
    follow()
      .catch(() => undefined)
      .finally(() => {
        if (!over.signal.aborted) setTimeout(goOn, againMs).unref();
      });
  };
  goOn();
  return { [Symbol.dispose]: () => over.abort() };
}
