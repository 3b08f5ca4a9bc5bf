// A stretch of what an edge recorded, in pieces for the hub, from where the hub has it.
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RecordingPiece, RecordingReading } from '../../engine/edge/recording-sender.ts';
import { partBytesMax, type RecordingPlace, type RecordingWanted } from '../../engine/recordings/recording-wire.ts';
import { closingMark } from '../../engine/telemetry/closing-mark.ts';
import { filesOf, partsWithin, refuseNothing } from '../recording-file.ts';

/** The bytes that `recordedBytes` gives, and its Faults. */
export async function recordingReading(dir: string, { fromMs = -Infinity, toMs = Infinity, bytesMax, at, after }: RecordingWanted): Promise<RecordingReading> {
  const span = { fromMs, toMs, bytesMax };
  const { files, total } = await filesOf(dir, span);
  const going = files.findIndex(({ path }) => basename(path) === after?.file);
  const resumed = going < 0 ? undefined : after;
  if (!resumed) await refuseNothing(dir, files, span);
  const first = files[0]?.beginsMs ?? -Infinity;
  return {
    isFresh: !resumed,
    total,
    beginsMs: !resumed && Number.isFinite(fromMs) && first > fromMs ? Math.ceil(first) : undefined,
    pieces: resumed ? piecesOf(files.slice(going), toMs, resumed, at) : piecesOf(files, toMs, { file: '', atByte: 0, blocks: 0, values: 0, crc32: 0 }, 0),
  };
}

/** Cut to the size of a part; the last one is the closing mark. */
async function* piecesOf(files: readonly { readonly path: string }[], toMs: number, from: RecordingPlace, at: number): AsyncGenerator<RecordingPiece> {
  let place = from;
  let bytes = at;
  for await (const { part, block, path, atByte } of partsWithin(files, toMs)) {
    const file = basename(path);
    const end = atByte + part.length;
    for (let begin = file === place.file ? Math.max(atByte, place.atByte) : atByte; begin < end; begin += partBytesMax) {
      const piece = part.subarray(begin - atByte, begin - atByte + partBytesMax);
      const isWhole = block !== undefined && begin + piece.length === end;
      const { blocks, values } = place;
      place = { file, atByte: begin + piece.length, blocks: blocks + (isWhole ? 1 : 0), values: values + (isWhole ? block.rows : 0), crc32: crc32(piece, place.crc32) };
      bytes += piece.length;
      yield { bytes: piece, next: place, isLast: false };
    }
  }
  const { blocks, values, crc32: sum } = place;
  yield { bytes: closingMark({ blocks, values, bytes, crc32: sum }), next: place, isLast: true };
}
