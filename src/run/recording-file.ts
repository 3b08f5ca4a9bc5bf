// A stretch of what an edge recorded, as a file that is played elsewhere.
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RecordingLoss } from '../engine/backtest/recording-loss.ts';
import type { UnreadBytes } from '../engine/telemetry/block-frame.ts';
import { closingMark, closingTally, type Closing } from '../engine/telemetry/closing-mark.ts';
import { framedBlocks, readBlocks, type TelemetryBlock } from '../engine/telemetry/telemetry-block.ts';
import { Fault } from '../kernel/errors.ts';
import { bytesOf, lossTally, recordedBlocks, recordedNames, repeats, type OnRepeated } from './telemetry-shelf.ts';

/** What of a recording is wanted. Event times, epoch milliseconds. */
export interface RecordingSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** More is refused. */
  readonly bytesMax: number;
}

/**
 * The bytes of a stretch of a recording, as `blocksOfFile` reads them: from the file in which it begins, so that what the rules held then is
 * known, to its end, and a closing mark that counts them. What a kill has cut is left out; what is damaged is not, so that a backtest tells of
 * it. Raises COMMAND_INVALID where nothing is recorded in that time, and TOO_LARGE, both before anything is given.
 */
export async function* recordedBytes(dir: string, span: RecordingSpan, onClosing?: (closing: Closing) => void): AsyncGenerator<Uint8Array> {
  const { files } = await filesOf(dir, span);
  await refuseNothing(dir, files, span);
  const tally = closingTally();
  for await (const { part, block } of partsWithin(files, span.toMs)) {
    tally.add(part, block && { values: block.rows });
    yield part;
  }
  onClosing?.(tally.told());
  yield closingMark(tally.told());
}

interface Part {
  readonly part: Buffer;
  /** Undefined of damaged bytes. */
  readonly block?: TelemetryBlock;
}

/** Parts with the file that each is of, up to that time. Raises CONFLICT where one was shed meanwhile: what follows it would be played as if nothing was missing. */
export async function* partsWithin(files: readonly { readonly path: string }[], toMs: number): AsyncGenerator<Part & { readonly path: string; readonly atByte: number }> {
  for (const { path } of files) {
    const bytes = await bytesOf(path);
    if (!bytes) throw new Fault('CONFLICT', `The edge made room for newer telemetry while ${basename(path)} was to be read. Ask again.`, { path });
    for (const each of partsOf(bytes)) {
      if (each.block && each.block.fromMs > toMs) return;
      yield { ...each, path, atByte: each.part.byteOffset - bytes.byteOffset };
    }
  }
}

/** Blocks and what is damaged between them, in their order. */
function* partsOf(bytes: Buffer): Generator<Part> {
  const damaged: Buffer[] = [];
  const unread = ({ atByte, bytes: length, isCut }: UnreadBytes): void => {
    if (!isCut) damaged.push(bytes.subarray(atByte, atByte + length));
  };
  for (const { frame, block } of framedBlocks(bytes, unread)) {
    for (const part of damaged.splice(0)) yield { part };
    yield { part: frame, block };
  }
  for (const part of damaged) yield { part };
}

interface RecordedFile {
  readonly path: string;
  readonly bytes: number;
  /** Event time of its first block; −∞ where none can be read. */
  readonly beginsMs: number;
}

/** The files of a stretch, and the bytes of them all. Raises COMMAND_INVALID where there is no recording, and TOO_LARGE. */
export async function filesOf(dir: string, { fromMs, toMs, bytesMax }: RecordingSpan): Promise<{ readonly files: readonly RecordedFile[]; readonly total: number }> {
  const files = await filesWithin(dir, fromMs, toMs);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= bytesMax) return { files, total };
  throw new Fault('TOO_LARGE', `That stretch of the recording has ${total} bytes; ${bytesMax} are allowed. Choose a shorter time, or allow more with --megabytes.`, {
    total,
    bytesMax,
  });
}

async function filesWithin(dir: string, fromMs: number, toMs: number): Promise<readonly RecordedFile[]> {
  const found: RecordedFile[] = [];
  for (const name of await recordedNames(dir)) {
    const path = join(dir, name);
    const bytes = await bytesOf(path);
    const [first] = bytes ? readBlocks(bytes) : [];
    if (bytes && (first?.fromMs ?? -Infinity) <= toMs) found.push({ path, bytes: bytes.length, beginsMs: first?.fromMs ?? -Infinity });
  }
  return found.slice(
    Math.max(
      0,
      found.findLastIndex(({ beginsMs }) => beginsMs <= fromMs),
    ),
  );
}

/** Raises COMMAND_INVALID where nothing is recorded in that time. */
export async function refuseNothing(dir: string, files: readonly { readonly path: string }[], { fromMs, toMs }: RecordingSpan): Promise<void> {
  for await (const { block } of partsWithin(files, toMs)) if (block && block.toMs >= fromMs) return;
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for await (const block of recordedBlocks(dir)) [firstMs, lastMs] = [Math.min(firstMs, block.fromMs), Math.max(lastMs, block.toMs)];
  const has = firstMs > lastMs ? 'It holds nothing yet.' : `It goes from ${instant(firstMs)} to ${instant(lastMs)}: choose a time in that.`;
  throw new Fault('COMMAND_INVALID', `In ${dir}, nothing is recorded ${spanText(fromMs, toMs)}. ${has} What was measured in the last seconds is not in it yet.`, { dir });
}

function spanText(fromMs: number, toMs: number): string {
  if (fromMs === -Infinity) return toMs === Infinity ? 'at any time' : `up to ${instant(toMs)}`;
  return toMs === Infinity ? `from ${instant(fromMs)} on` : `from ${instant(fromMs)} to ${instant(toMs)}`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

export interface FileListener {
  readonly onLoss?: ((loss: RecordingLoss) => void) | undefined;
  /** The file does not end with a closing mark; told with the time of the newest value before its end. */
  readonly onUnclosed?: ((lastMs: number) => void) | undefined;
  readonly onRepeated?: OnRepeated | undefined;
}

/**
 * The blocks of a file that `lineshaft edge recording` wrote, or of several one after the other: whole ones up to a closing mark, so that what that counts
 * and is not there was lost on its way. Raises COMMAND_INVALID where it may not be read, or holds none.
 */
export async function* blocksOfFile(file: string, { onLoss, onUnclosed, onRepeated }: FileListener = {}): AsyncGenerator<TelemetryBlock> {
  const bytes = await bytesOf(file);
  if (!bytes) throw new Fault('COMMAND_INVALID', `There is no file ${file}. Write it with "lineshaft edge recording", or correct --recording.`, { file });
  const losses = lossTally(onLoss);
  const lost = (unread: Pick<UnreadBytes, 'bytes'>): void => losses.add(basename(file), { atByte: 0, bytes: unread.bytes, isCut: false });
  const section = closedSection(bytes, lost);
  let newestMs = -Infinity;
  const once = repeats(onRepeated);
  for (const { frame, block } of framedBlocks(bytes, section.unread, section.close)) {
    section.read();
    losses.goesOn(block);
    newestMs = Math.max(newestMs, block.toMs);
    if (once.isNew(frame)) yield block;
  }
  once.tell(basename(file));
  losses.end();
  if (newestMs === -Infinity) throw new Fault('COMMAND_INVALID', `${file} holds no recorded telemetry. Write it with "lineshaft edge recording", or copy it again.`, { file });
  if (!section.isClosed()) onUnclosed?.(newestMs);
}

/** Compares what is read of a file with what the closing marks in it say. */
function closedSection(bytes: Buffer, onLost: (unread: Pick<UnreadBytes, 'bytes'>) => void) {
  let [beginsAt, whole, damaged, isClosed] = [0, 0, 0, false];
  return {
    read(): void {
      whole += 1;
      isClosed = false;
    },
    unread(each: UnreadBytes): void {
      damaged += 1;
      isClosed = false;
      onLost(each);
    },
    close(told: Closing, { fromByte, toByte }: { readonly fromByte: number; readonly toByte: number }): void {
      const missing = Math.max(told.blocks - whole - damaged, 0);
      const isOther = missing === 0 && damaged === 0 && crc32(bytes.subarray(beginsAt, fromByte)) !== told.crc32;
      for (let each = 0; each < Math.min(missing + (isOther ? 1 : 0), bytes.length); each++) onLost({ bytes: each === 0 ? Math.max(told.bytes - (fromByte - beginsAt), 0) : 0 });
      [beginsAt, whole, damaged, isClosed] = [toByte, 0, 0, true];
    },
    isClosed: () => isClosed,
  };
}
