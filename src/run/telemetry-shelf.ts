import { mkdir, open, readdir, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { TelemetryShelf } from '../engine/telemetry/recorder.ts';
import type { RecordingLoss } from '../engine/backtest/recording-loss.ts';
import type { UnreadBytes } from '../engine/telemetry/block-frame.ts';
import { prefixBytes } from '../engine/telemetry/block-frame.ts';
import { framedBlocks, type TelemetryBlock } from '../engine/telemetry/telemetry-block.ts';

const filesOfShelf = 16;
const namePattern = /^\d{9}\.tel$/;

/**
 * A folder of recorded telemetry that never grows beyond `bytesMax`: the oldest of some sixteen files makes room, also where the disk
 * itself is full. Each start of an edge begins a file, so that nothing is written after what a kill has cut.
 */
export async function openTelemetryShelf(dir: string, bytesMax: number): Promise<TelemetryShelf> {
  await mkdir(dir, { recursive: true });
  const fileMax = Math.max(1, Math.floor(bytesMax / filesOfShelf));
  const names = await fileNames(dir);
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(dir, name))).size })));
  let newest = Number(files.at(-1)?.name.slice(0, 9) ?? 0);
  let current: { readonly handle: FileHandle; bytes: number } | undefined;

  let allowed = bytesMax;
  let queue: Promise<unknown> = Promise.resolve();
  const bytes = (): number => files.reduce((sum, file) => sum + file.bytes, 0);

  /** One after the other: a file that is being written is not shed under the hand. */
  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = queue.then(work);
    queue = next.catch(() => undefined); // whoever called has the rejection
    return next;
  }

  /** Undefined where there is none left. */
  async function dropOldest(): Promise<number | undefined> {
    const [oldest] = files;
    if (!oldest) return undefined;
    if (files.length === 1) await end();
    files.shift();
    await rm(join(dir, oldest.name), { force: true });
    return oldest.bytes;
  }

  async function end(): Promise<void> {
    const ended = current;
    current = undefined;
    await ended?.handle.close();
  }

  async function makeRoom(more: number): Promise<number> {
    let shed = 0;
    while (bytes() + more > allowed) {
      const dropped = await dropOldest();
      if (dropped === undefined) break;
      shed += dropped;
    }
    return shed;
  }

  async function beginFile(): Promise<{ readonly handle: FileHandle; bytes: number }> {
    await end();
    const name = `${String(newest + 1).padStart(9, '0')}.tel`;
    newest += 1;
    current = { handle: await open(join(dir, name), 'w'), bytes: 0 };
    files.push({ name, bytes: 0 });
    return current;
  }

  async function append(block: Uint8Array): Promise<void> {
    if (block.length > allowed) throw new Fault('OVERLOADED', `Events need the disk: ${allowed} bytes are left for telemetry.`, { allowed });
    await makeRoom(block.length);
    const file = current && current.bytes < fileMax ? current : await beginFile();
    try {
      await file.handle.writeFile(block);
    } catch (error) {
      // What else needs the disk needs it more; what was half written is where this file ends.
      await end();
      await dropOldest();
      throw error;
    }
    file.bytes += block.length;
    const listed = files.at(-1);
    if (listed) listed.bytes = file.bytes;
  }

  return {
    bytesMax,
    bytes,
    beginsFile: () => current === undefined || current.bytes >= fileMax,
    append: async (block) => inTurn(async () => append(block)),
    async hold(most) {
      allowed = Math.min(most, bytesMax);
      return inTurn(async () => makeRoom(0));
    },
    shedOldest: async () => inTurn(async () => (await dropOldest()) ?? 0),
    close: async () => inTurn(end),
  };
}

/** Told of blocks that came again in a file, as where it was copied beside itself: each is played once. */
export type OnRepeated = (file: string, blocks: number) => void;

/** Tells a block by its lengths and checksum; two that an edge wrote never have the same times. */
export function repeats(onRepeated: OnRepeated | undefined): { isNew(frame: Buffer): boolean; tell(file: string): void } {
  const seen = new Set<string>();
  let again = 0;
  return {
    isNew(frame) {
      const before = seen.size;
      seen.add(frame.toString('latin1', 0, prefixBytes));
      again += seen.size === before ? 1 : 0;
      return seen.size > before;
    },
    tell(file) {
      if (again > 0) onRepeated?.(file, again);
      again = 0;
    },
  };
}

/**
 * The blocks of a recording, oldest first; one file at a time is in memory. What cannot be read is told before the block that follows it.
 * Raises COMMAND_INVALID where there is none, or where a file of it may not be read.
 */
export async function* recordedBlocks(dir: string, onLoss?: (loss: RecordingLoss) => void, onRepeated?: OnRepeated): AsyncGenerator<TelemetryBlock> {
  const losses = lossTally(onLoss);
  const once = repeats(onRepeated);
  for (const name of await recordedNames(dir)) {
    const bytes = await bytesOf(join(dir, name));
    if (!bytes) continue;
    for (const { frame, block } of framedBlocks(bytes, (unread) => losses.add(name, unread))) {
      losses.goesOn(block);
      if (once.isNew(frame)) yield block;
    }
    once.tell(name);
  }
  losses.end();
}

/** Losses with the times between which they lie: known when the next block is. */
export function lossTally(onLoss: ((loss: RecordingLoss) => void) | undefined): {
  add(file: string, unread: UnreadBytes): void;
  goesOn(block: Pick<TelemetryBlock, 'fromMs' | 'toMs'>): void;
  end(): void;
} {
  let open: RecordingLoss[] = [];
  let newestMs: number | undefined;
  const tell = (toMs: number | undefined): void => {
    for (const loss of open) onLoss?.({ ...loss, toMs });
    open = [];
  };
  return {
    add(file, { bytes, isCut }) {
      const last = open.at(-1);
      if (last?.file === file && last.isCut === isCut) open[open.length - 1] = { ...last, blocks: last.blocks + 1, bytes: last.bytes + bytes };
      else open.push({ file, blocks: 1, bytes, isCut, fromMs: newestMs, toMs: undefined });
    },
    goesOn({ fromMs, toMs }) {
      tell(fromMs);
      newestMs = Math.max(newestMs ?? toMs, toMs);
    },
    end: () => tell(undefined),
  };
}

/** Undefined of a file that was shed meanwhile. */
export async function bytesOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Fault('COMMAND_INVALID', `${file} cannot be read: ${messageOf(error)}`, { file }, error);
  }
}

/** Raises COMMAND_INVALID where there is no recording. */
export async function recordedNames(dir: string): Promise<string[]> {
  return fileNames(dir).catch((error: unknown) => {
    throw new Fault(
      'COMMAND_INVALID',
      `There is no recorded telemetry in ${dir} (${messageOf(error)}). An edge records where "telemetry" in its environment keeps some.`,
      { dir },
      error,
    );
  });
}

async function fileNames(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => namePattern.test(name)).sort();
}
