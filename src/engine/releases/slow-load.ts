import type { Clock } from '../../kernel/clock.ts';

/** Who is told of a file that takes long to load. */
export interface Patience {
  readonly clock: Pick<Clock, 'after'>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** When it is told, and how often again. */
const firstMs = 5_000;
const againMs = 60_000;

/** Waits for a file of a landscape as long as it takes: what it awaits at its top level may come, and nothing can be started without it. It is said what is waited for. */
export async function whileLoading<Loaded>(file: string, loading: Promise<Loaded>, patience: Patience | undefined): Promise<Loaded> {
  if (!patience) return loading;
  const { clock, log } = patience;
  let waitedMs = firstMs;
  const tell = (): void => {
    const what = `${file} is still being loaded after ${waitedMs / 1_000} s: it, or a file that it imports, awaits something at its top level that has not come`;
    log(`${what}. It is waited for; nothing starts without it. Mend that file, or stop this process.`, { file, urgent: true });
    waitedMs += againMs;
    cancel = clock.after(againMs, tell);
  };
  let cancel = clock.after(firstMs, tell);
  try {
    return await loading;
  } finally {
    cancel();
  }
}
