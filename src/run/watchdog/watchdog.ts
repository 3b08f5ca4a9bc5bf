import { realpathSync } from 'node:fs';
import { url as inspectorUrl } from 'node:inspector';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Watch } from '../../engine/watch/watch.ts';
import { messageOf } from '../../kernel/errors.ts';
import { exitCodes } from '../commands/failure.ts';
import { makeDataDir } from '../data-dir.ts';
import { lifeRecord, stallFileIn, type LifeOptions, type LifeRecord } from './life-record.ts';
import { cell, type StallWorkerData } from './stall-worker-data.ts';

/** Watches over this process: ends it where code of the landscape does not come back, and knows how the processes before it ended. */
export interface Watchdog {
  /** Judges how the process before this one ended, and counts from now on. Nobody else may hold the data directory. */
  begin(): Watch;
  /** This process ends as it should. */
  close(): Promise<void>;
}

export interface WatchdogOptions extends LifeOptions {
  /** What this process is called, for people. */
  readonly name: string;
  /** How long the main thread may be silent. */
  readonly stallMs: number;
}

const beatMinMs = 10;
const beatMaxMs = 1_000;
const heapMiB = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Starts watching. Raises STORE_UNAVAILABLE. */
export function openWatchdog({ name, landscape, dir, stallMs, log }: WatchdogOptions): Watchdog {
  makeDataDir(dir);
  const cells = new Int32Array(new SharedArrayBuffer(cell.count * Int32Array.BYTES_PER_ELEMENT));
  const beat = (): void => {
    Atomics.add(cells, cell.beats, 1);
    Atomics.store(cells, cell.debugged, inspectorUrl() === undefined ? 0 : 1);
  };
  beat();
  const beats = setInterval(beat, Math.min(beatMaxMs, Math.max(beatMinMs, stallMs / 10)));
  const data: StallWorkerData = { cells, name, landscape: realpathSync(landscape), stallMs, file: stallFileIn(dir), exitCode: exitCodes['stopped by its watchdog'] };
  const thread = new Worker(new URL(`./stall-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: data,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: heapMiB,
  });
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  thread.on('error', (error) => log('nobody watches for endless loops any more', { error: messageOf(error), urgent: true }));
  beats.unref();
  thread.unref();
  let record: LifeRecord | undefined;
  return {
    begin() {
      record = lifeRecord({ dir, landscape, log });
      return record.watch;
    },
    async close() {
      clearInterval(beats);
      Atomics.store(cells, cell.closes, 1);
      Atomics.notify(cells, cell.closes);
      thread.ref();
      await exited;
      record?.close();
    },
  };
}
