import type { Clock, Random } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { delayBefore } from '../../kernel/retry.ts';
import type { NoticeRecord, Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';

/** Carries one notice to a person's system; resolves when it was taken over. `messageId` is the same on every try. */
export type Messenger = (notice: NoticeRecord) => Promise<void>;

/** Delivers notices at least once. A failure here opens no exception about itself: it is counted and tried again. */
export interface Notices {
  start(): Promise<void>;
  failures(): number;
  close(): void;
}

export interface NoticesParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly random: Random;
  readonly messenger: Messenger;
  /** After how long an undeliverable notice is given up; it stays in the store. */
  readonly maxAgeMs?: number;
}

const backoff = { firstMs: 500, maxMs: 60_000 };

export function notices(parts: NoticesParts): Notices {
  const { store, pipeline, clock, random, messenger, maxAgeMs = 24 * 3_600_000 } = parts;
  let failures = 0;
  let closed = false;

  async function deliver(notice: NoticeRecord): Promise<void> {
    if (closed) return;
    try {
      await messenger(notice);
      put({ ...notice, status: 'done', attempts: notice.attempts + 1 });
    } catch (error) {
      failures += 1;
      const next = { ...notice, attempts: notice.attempts + 1 };
      if (clock.now() - notice.createdMs > maxAgeMs) {
        put({ ...next, status: 'expired', body: JSON.stringify({ ...JSON.parse(notice.body), error: messageOf(error) }) });
        return;
      }
      clock.after(delayBefore(Math.min(next.attempts, 20), backoff, random), () => void deliver(next));
    }
  }

  function put(notice: NoticeRecord): void {
    if (closed) return;
    pipeline.add([{ change: 'notice.put', ...notice, changedMs: clock.now() }]);
  }

  return {
    async start() {
      pipeline.watch((changes) => {
        for (const change of changes) if (change.change === 'notice.put' && change.status === 'open') void deliver(change);
      });
      for (const notice of await store.openNotices()) void deliver(notice);
    },
    failures: () => failures,
    close() {
      closed = true;
    },
  };
}
