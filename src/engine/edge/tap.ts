import type { Signal } from '../../model/asset.ts';
import type { Quality, RawSample } from '../../model/source.ts';
import { normaliser, type Normaliser, type NormaliserParts, type Sample } from './normalise.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';

/** What became of a value at one signal of its address. */
export interface TappedSample {
  readonly signal: string;
  readonly value: number | string | boolean;
  /** UCUM; `1` for none. */
  readonly unit: string;
  readonly quality: Quality;
  /** Source time, epoch milliseconds. */
  readonly atMs: number;
  /** Why it is not passed on as it is; absent where it is. */
  readonly held?: string;
}

/** A value or message as it came from a source, and what was made of it. */
export interface Tapped {
  readonly source: string;
  readonly address: string;
  /** A message that no value could be read from is a text. */
  readonly raw: number | string | boolean | null;
  /** UCUM, where the landscape says in what the source counts. */
  readonly rawUnit?: string;
  readonly samples: readonly TappedSample[];
  /** Why there is no sample, or not one of each signal of the address. */
  readonly reasons: readonly string[];
}

/** What somebody wants to see; all of it without either. */
export interface TapOrder {
  readonly source?: string | undefined;
  readonly address?: string | undefined;
}

/** Where somebody can look at what comes and what it becomes, as it happens. While nobody does, values take the way that they take without it. */
export interface Tap {
  /** Gives how to end it. `give` must not throw. */
  open(order: TapOrder, give: (tapped: Tapped) => void): () => void;
  isOn(source: string): boolean;
  /** Normalises value by value, and shows each with its outcome. */
  through(source: string, batch: readonly RawSample[]): Sample[];
  /** A message that the source itself could not read. */
  refused(source: string, address: string, reason: string, raw: string): void;
}

interface Watcher extends TapOrder {
  readonly give: (tapped: Tapped) => void;
}

/** A normaliser that can be tapped: as fast as any while it is not. */
export function tappedNormaliser(parts: NormaliserParts): { readonly normal: Normaliser; readonly tap: Tap } {
  const witness = quarantineWitness(parts.quarantine);
  const normal = normaliser({ ...parts, quarantine: witness.desk });
  return { normal, tap: edgeTap(normal, witness) };
}

function edgeTap(normal: Normaliser, witness: QuarantineWitness): Tap {
  const watchers = new Set<Watcher>();

  function show(tapped: Tapped): void {
    for (const { source, address, give } of watchers) if ((source === undefined || source === tapped.source) && (address === undefined || address === tapped.address)) give(tapped);
  }

  return {
    open(order, give) {
      const watcher = { ...order, give };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    isOn: (source) => watchers.size > 0 && [...watchers].some((watcher) => watcher.source === undefined || watcher.source === source),
    through: (source, batch) =>
      batch.flatMap((raw) => {
        const { result: samples, reasons } = witness.during(() => normal.normalise(source, [raw]));
        const [at] = normal.mappedAt(source, raw.address);
        const rawUnit = at && rawUnitOf(at.signal);
        const silent = raw.value === null ? [`the source gives no value, its quality is ${raw.quality}`] : [];
        show({ source, address: raw.address, raw: raw.value, ...(rawUnit !== undefined && { rawUnit }), samples: samples.map(tappedSample), reasons: [...reasons, ...silent] });
        return samples;
      }),
    refused: (source, address, reason, raw) => show({ source, address, raw, samples: [], reasons: [reason] }),
  };
}

/** What a quarantine desk is told while something is done. */
interface QuarantineWitness {
  /** The desk, as who is watched sees it. */
  readonly desk: QuarantineDesk;
  during<Result>(work: () => Result): { readonly result: Result; readonly reasons: readonly string[] };
}

function quarantineWitness(desk: QuarantineDesk): QuarantineWitness {
  let heard: string[] | undefined;
  return {
    desk: {
      ...desk,
      put(address, reason, raw) {
        heard?.push(reason);
        desk.put(address, reason, raw);
      },
    },
    during(work) {
      const reasons: string[] = [];
      heard = reasons;
      try {
        return { result: work(), reasons };
      } finally {
        heard = undefined;
      }
    },
  };
}

function tappedSample({ signal, value, quality, atMs, historical, passes }: Sample): TappedSample {
  const held = passes ? undefined : heldText(signal, quality, historical);
  return { signal: signal.name, value, unit: signal.unit, quality, atMs, ...(held !== undefined && { held }) };
}

function heldText({ deadband, unit }: Signal, quality: Quality, historical: boolean): string {
  if (historical) return 'it came late, from the memory of the device';
  if (quality !== 'good') return `its quality is ${quality}`;
  return deadband === 0 ? 'it is the one that was passed on last' : `it is within the deadband of ${deadband}${unit === '1' ? '' : ` ${unit}`}`;
}

function rawUnitOf({ sourceUnit, unit, scale, offset, divisor }: Signal): string | undefined {
  const told = sourceUnit ?? (scale === 1 && offset === 0 && divisor === 1 ? unit : undefined);
  return told === '1' ? undefined : told;
}
