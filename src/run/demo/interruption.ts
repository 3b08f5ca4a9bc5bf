// Ctrl-C in the middle of a play.

/** Runs `work`; on Ctrl-C or SIGTERM aborts the signal and resolves at once, so that what `work` holds ends with the process. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<'done' | 'interrupted'> {
  const abort = new AbortController();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve('interrupted'));
  });
  const stop = (): void => abort.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await Promise.race([work(abort.signal).then((): 'done' => 'done'), interrupted]);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
