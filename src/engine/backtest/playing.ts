import { Fault } from '../../kernel/errors.ts';
import type { TelemetryBlock } from '../telemetry/telemetry-block.ts';
import type { BacktestLosses, RecordingLoss } from './recording-loss.ts';

/** What judges a recording, block by block. */
export interface Player {
  play(block: TelemetryBlock): void;
  /** What comes next was recorded later than what could be read. */
  miss(): void;
  /** Samples of the signal that is judged, and of all that are looked at. */
  samples(): { readonly own: number; readonly all: number };
}

export interface PlayingParts {
  readonly player: Player;
  /** The signal that is judged. */
  readonly own: string;
  /** The recording or file, from its beginning. */
  readonly blocks: (onLoss?: (loss: RecordingLoss) => void) => AsyncIterable<TelemetryBlock> | Iterable<TelemetryBlock>;
  /** Event times. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Samples that are judged at most. */
  readonly samplesMax?: number | undefined;
  /** Any steady clock, milliseconds. */
  readonly steady: () => number;
}

export interface Playing {
  /** Event times of the first and last sample that was judged. */
  readonly data: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly samples: { readonly own: number; readonly all: number };
  /** What could not be read in that time; undefined where all was. A file that a kill has cut is whole up to there. */
  readonly lost: BacktestLosses | undefined;
  /** Milliseconds that judging took, and those that reading did. */
  readonly judgingMs: number;
  readonly readingMs: number;
}

/** Plays a recording to its end, or to `toMs`. Raises the Faults of what is read, INPUT_INVALID on a span that is none, and TOO_LARGE beyond `samplesMax`. */
export async function playing({ player, own, blocks, fromMs = -Infinity, toMs = Infinity, samplesMax = Infinity, steady }: PlayingParts): Promise<Playing> {
  if (toMs < fromMs) throw new Fault('INPUT_INVALID', `The end, ${new Date(toMs).toISOString()}, is before the beginning, ${new Date(fromMs).toISOString()}.`, { fromMs, toMs });
  let [firstMs, lastMs] = [Infinity, -Infinity];
  let judgingMs = 0;
  const begunMs = steady();
  const lost = lossesOf(toMs);
  const missed = (loss: RecordingLoss): void => {
    lost.add(loss);
    player.miss();
  };
  for await (const block of blocks(missed)) {
    if (block.fromMs > toMs) break;
    if (block.signals.has(own)) {
      firstMs = Math.min(firstMs, block.fromMs);
      lastMs = Math.max(lastMs, block.toMs);
    }
    const atMs = steady();
    player.play(block);
    judgingMs += steady() - atMs;
    if (player.samples().all > samplesMax)
      throw new Fault(
        'TOO_LARGE',
        `More than ${samplesMax} samples would be judged. Choose an earlier end, or run it at the edge ("lineshaft rules backtest", "lineshaft machines backtest"), where nothing bounds it.`,
        { samplesMax },
      );
  }
  const readingMs = steady() - begunMs - judgingMs;
  const data = firstMs <= lastMs ? { fromMs: Math.max(firstMs, fromMs), toMs: Math.min(lastMs, toMs) } : undefined;
  return { data, samples: player.samples(), lost: lost.told(), judgingMs, readingMs };
}

/** Losses that are told one by one. */
const lossesMax = 50;

function lossesOf(endMs: number): { add(loss: RecordingLoss): void; told(): BacktestLosses | undefined } {
  let [blocks, bytes] = [0, 0];
  const parts: RecordingLoss[] = [];
  return {
    add(loss) {
      if (loss.isCut || (loss.fromMs ?? -Infinity) > endMs) return;
      blocks += loss.blocks;
      bytes += loss.bytes;
      if (parts.length < lossesMax) parts.push(loss);
    },
    told: () => (blocks === 0 ? undefined : { blocks, bytes, parts }),
  };
}
