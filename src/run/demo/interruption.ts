// Ctrl-C at any time of a demo.
import { messageOf } from '../../kernel/errors.ts';

export interface Interruption {
  /** What must be closed from now on. */
  closes(this: void, close: () => Promise<void>): void;
  /** Whether it is ending: what fails now fails because of that. */
  readonly isEnding: boolean;
  /** Resolves never: for whoever has nothing left to do while it ends. */
  readonly never: Promise<never>;
}

const closeWithinMs = 6_000;

/** From now on Ctrl-C and SIGTERM close what is open and end the process with this exit code; a second one ends it at once. */
export function onInterruption(exitCode: number): Interruption {
  let close: () => Promise<void> = async () => undefined;
  let isEnding = false;
  const end = (): void => {
    // Children end with their standard input, whatever happens here.
    if (isEnding) process.exit(exitCode);
    isEnding = true;
    setTimeout(() => process.exit(exitCode), closeWithinMs).unref();
    close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        process.stderr.write(`Closing failed: ${messageOf(error)}\n`);
        process.exit(exitCode);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  return {
    closes(next) {
      close = next;
    },
    get isEnding() {
      return isEnding;
    },
    never: new Promise<never>(() => undefined),
  };
}
