import type { Reading } from './machine.ts';

/** How a machine tells what it reads, in a protocol of its own. */
export interface Speaker {
  send(reading: Reading): void;
  /** Where it can be heard, and how often it has spoken. */
  shown(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}
