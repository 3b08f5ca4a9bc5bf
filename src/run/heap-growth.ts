import { setFlagsFromString } from 'node:v8';
import { collect } from './collection.ts';

/** What an edge of some forty thousand signals holds when it has started, in bytes. A smaller one may grow as V8 sees fit: that is twice as fast. */
const largeMin = 50e6;

/**
 * Has V8 look for garbage in a large heap once it has grown by half of what it held, instead of up to three times that. An edge of 100,000
 * signals, flooded: 280 to 310 MB resident instead of 515. That holds from the next collection on, so there is one at once: without it, the heap is let
 * grow as far as before one last time, and V8 keeps the pages (30 MB). To be called when all code is loaded: V8 counts the flag among those that
 * code is compiled under, and what is loaded later does not find its compiled code.
 */
export function boundHeapGrowth(): void {
  if (process.memoryUsage().heapUsed <= largeMin) return;
  setFlagsFromString('--heap-growing-percent=50');
  collect('regular');
}
