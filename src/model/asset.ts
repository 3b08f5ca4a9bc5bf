import { Fault } from '../kernel/errors.ts';
import { conversion } from '../kernel/ucum-conversion.ts';
import { ucumProblem } from '../kernel/ucum.ts';
import { definition, partName, type Definition, isDefinition } from './definition.ts';
import type { Ownership } from './owner.ts';
import type { Source } from './source.ts';

/** The levels of the equipment hierarchy (ISA-95 / IEC 62264-1). */
export const assetLevels = ['enterprise', 'site', 'area', 'line', 'cell'] as const;
export type AssetLevel = (typeof assetLevels)[number];

/** A node of the equipment hierarchy. */
export interface Asset extends Definition<'asset'> {
  readonly title: string;
  readonly level: AssetLevel;
  readonly within?: Asset;
  readonly owner: Ownership;
  /** IANA zone of the plant, e.g. `Europe/Berlin`; inherited from the site. */
  readonly timeZone?: string;
}

/** Declares a node of the plant. */
export function defineAsset(spec: {
  readonly name: string;
  readonly title: string;
  readonly level: AssetLevel;
  readonly within?: Asset;
  readonly owner: Ownership;
  readonly timeZone?: string;
}): Asset {
  return definition('asset', spec);
}

/** The asset's path from the enterprise down, joined by `/`. */
export function assetPath(asset: Asset): string {
  return asset.within ? `${assetPath(asset.within)}/${asset.name}` : asset.name;
}

/** The nearest asset of `level` at or above `asset`. */
export function ancestorAt(asset: Asset, level: AssetLevel): Asset | undefined {
  if (asset.level === level) return asset;
  return asset.within ? ancestorAt(asset.within, level) : undefined;
}

/** An asset's own IANA zone, or the nearest one above it. */
export function declaredZone({ timeZone, within }: Asset): string | undefined {
  return timeZone ?? (within && declaredZone(within));
}

/** The IANA zone in which an asset's plant lives; `UTC` where none is declared. */
export function timeZoneOf(asset: Asset): string {
  return declaredZone(asset) ?? 'UTC';
}

/** What kind of thing a signal tells. */
export type SignalFamily = 'state' | 'throughput' | 'temperature' | 'vibration' | 'downtime' | 'counter' | 'context';

/** A named quantity on an asset. */
export interface Signal<Value extends number | string | boolean = number | string | boolean> extends Definition<'signal'> {
  readonly asset: Asset;
  /** The short name on its asset, e.g. `throughput`. */
  readonly of: string;
  readonly family: SignalFamily;
  readonly type: 'number' | 'text' | 'boolean';
  /** UCUM unit of the normalised value, e.g. `{pack}/min`, `Cel`; `1` for none. */
  readonly unit: string;
  readonly source: Source;
  readonly address: string;
  /** UCUM unit of what the source says, once `scale` and `offset` of the declaration are applied; converted into `unit`. */
  readonly sourceUnit?: string;
  /** (raw × scale + offset) ÷ divisor = value in `unit`. */
  readonly scale: number;
  readonly offset: number;
  readonly divisor: number;
  /** Smallest change worth passing on, in `unit`; 0 passes every change. */
  readonly deadband: number;
  /** Of a text: what each code of the source means; a code that is not there is quarantined, never guessed. */
  readonly codes?: Readonly<Record<string, string>>;
  readonly phantom?: Value;
}

export interface SignalSpec {
  readonly asset: Asset;
  readonly of: string;
  readonly family: SignalFamily;
  readonly unit?: string;
  readonly source: Source;
  readonly address: string;
  /** UCUM unit of the source's values where it is another one than `unit`, e.g. `[degF]`: they are converted. */
  readonly sourceUnit?: string;
  /** raw × scale + offset = value in `sourceUnit`, else in `unit`. */
  readonly scale?: number;
  readonly offset?: number;
  readonly deadband?: number;
}

/** Declares a numeric signal. Its name is `<asset>.<of>`. */
export function defineSignal(spec: SignalSpec & { readonly type?: 'number' }): Signal<number>;
/**
 * Declares a text signal, such as the running order. Where the source tells codes, `codes` says what each means: `packmlCodes` for a PackML
 * StateCurrent, or a vendor's own table, `{ 0: 'Stopped', RUN: 'Execute' }`.
 */
export function defineSignal(spec: SignalSpec & { readonly type: 'text'; readonly codes?: Readonly<Record<string, string>> }): Signal<string>;
export function defineSignal(spec: SignalSpec & { readonly type: 'boolean' }): Signal<boolean>;
export function defineSignal(spec: SignalSpec & { readonly type?: 'number' | 'text' | 'boolean'; readonly codes?: Readonly<Record<string, string>> }): Signal {
  const name = `${partName('signal', 'asset', spec.asset)}.${spec.of}`;
  const { unit = '1', sourceUnit = unit, scale = 1, offset = 0 } = spec;
  if (isDefinition(spec.source) && isDefinition(spec.source.connector)) spec.source.connector.checkAddress?.(spec.address);
  const way = conversion(sourceUnit, unit);
  if (!way) throw new Fault('LANDSCAPE_INVALID', `The signal ${name} cannot be told in ${unit}: ${unconvertible(sourceUnit, unit)}.`, { signal: name });
  return definition('signal', {
    ...spec,
    name,
    type: spec.type ?? 'number',
    unit,
    scale: scale * way.scale,
    offset: offset * way.scale + way.offset,
    divisor: way.divisor,
    deadband: spec.deadband ?? 0,
  });
}

function unconvertible(from: string, to: string): string {
  const problem = ucumProblem(from) ?? ucumProblem(to);
  return problem ?? `its source says ${from}, which measures something else, or is a unit whose conversion is not known here`;
}
