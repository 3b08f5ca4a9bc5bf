// A time axis on which 20 ms and 20 s are both to be seen: stretches in which nothing begins or ends are folded.

/** A stretch of the axis in which nothing begins or ends, drawn shorter than it was. Shares of the width, 0 to 1. */
export interface Fold {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** A stretch that is drawn to scale, from its first instant on. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly ms: number;
}

export interface TraceAxis {
  /** Where an instant lies, 0 to 1. */
  readonly place: (ms: number) => number;
  readonly folds: readonly Fold[];
  readonly stretches: readonly Stretch[];
}

/** A pause that is longer is folded. */
const foldFromMs = 60;
/** So much of the width is for folds at most. */
const foldsShareMax = 0.55;

interface Piece {
  readonly startMs: number;
  readonly endMs: number;
  readonly isFold: boolean;
  readonly from: number;
  readonly to: number;
}

/** The axis over everything that begins or ends at `instants`, epoch milliseconds. */
export function traceAxis(instants: readonly number[]): TraceAxis {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const pieces = placed(sorted);
  return {
    place: (ms) => placeIn(pieces, ms),
    folds: pieces.filter(({ isFold }) => isFold).map(({ from, to, startMs, endMs }) => ({ from, to, ms: endMs - startMs })),
    stretches: stretchesOf(pieces, sorted),
  };
}

function placed(sorted: readonly number[]): readonly Piece[] {
  const bare = sorted.slice(1).map((endMs, index) => {
    const startMs = sorted[index] ?? endMs;
    return { startMs, endMs, isFold: endMs - startMs > foldFromMs };
  });
  const folds = bare.filter(({ isFold }) => isFold);
  const scaledMs = bare.reduce((sum, { startMs, endMs, isFold }) => sum + (isFold ? 0 : endMs - startMs), 0);
  const foldWeight = folds.reduce((sum, piece) => sum + weightOf(piece), 0);
  const foldShare = folds.length === 0 ? 0 : scaledMs === 0 ? 1 : Math.min(foldsShareMax, 0.1 + 0.05 * folds.length);
  let from = 0;
  return bare.map((piece) => {
    const share = piece.isFold ? (foldShare * weightOf(piece)) / foldWeight : ((1 - foldShare) * (piece.endMs - piece.startMs)) / scaledMs;
    const to = from + share;
    const made = { ...piece, from, to };
    from = to;
    return made;
  });
}

function weightOf({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): number {
  return Math.log2((endMs - startMs) / (foldFromMs / 2));
}

function placeIn(pieces: readonly Piece[], ms: number): number {
  const [first] = pieces;
  if (!first || ms <= first.startMs) return 0;
  const piece = pieces.find(({ endMs }) => ms <= endMs);
  return piece ? piece.from + ((piece.to - piece.from) * (ms - piece.startMs)) / (piece.endMs - piece.startMs) : 1;
}

/** Neighbours that are drawn to scale are one stretch; between two folds lies at least an instant. */
function stretchesOf(pieces: readonly Piece[], sorted: readonly number[]): readonly Stretch[] {
  const [startMs] = sorted;
  if (startMs === undefined) return [];
  const stretches: { from: number; to: number; startMs: number; ms: number }[] = [{ from: 0, to: 0, startMs, ms: 0 }];
  for (const { isFold, to, endMs } of pieces) {
    const last = stretches.at(-1);
    if (isFold) stretches.push({ from: to, to, startMs: endMs, ms: 0 });
    else if (last) {
      last.to = to;
      last.ms = endMs - last.startMs;
    }
  }
  return stretches;
}
