import type { HubTold, OwnCertificate } from '../../engine/exceptions/hub-cases.ts';
import { Fault } from '../../kernel/errors.ts';

/** How often its end is thought of; the files are looked at more often. */
const lookMs = 60_000;

/** Says in time that the hub's own certificate runs out: to its owner and to the log. `current` is what is served now. Ends with `close`. */
export function watchOwnCertificate(
  current: () => OwnCertificate | undefined,
  told: HubTold,
  log: (message: string, details?: Readonly<Record<string, unknown>>) => void,
): { look(): Promise<void>; close(): void } {
  async function look(): Promise<void> {
    const own = current();
    if (!own) return;
    try {
      const text = await told.certificate(own);
      if (text !== undefined) log(`${text}. Put a renewed one in place; it is picked up without a restart.`, { file: own.file, urgent: true });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log(`No case could be opened for the hub's certificate (${error.message}); it is tried again.`);
    }
  }
  const timer = setInterval(() => void look(), lookMs).unref();
  return { look, close: () => clearInterval(timer) };
}
