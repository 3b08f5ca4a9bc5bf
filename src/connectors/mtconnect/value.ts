// What one observation says of the addresses that name its data item.
import type { FoundTag, RawSample } from '../../model/source.ts';
import { doubtOf } from '../source-instant.ts';
import type { MtconnectAddress } from './address.ts';
import type { ActiveConditions } from './condition.ts';
import { instantMs } from './header.ts';
import type { DataItem } from './probe.ts';
import type { Observation } from './streams.ts';

export interface Told {
  readonly samples: readonly RawSample[];
  readonly refused: readonly { readonly address: string; readonly reason: string }[];
}

const unavailable = 'UNAVAILABLE';
const axes = ['x', 'y', 'z'];
const seriesMax = 10_000;

/** Events whose values the standard gives as numbers; every other event is a word, also where it looks like a number. */
const countedEvents: ReadonlySet<string> = new Set([
  'ACTIVATION_COUNT',
  'AXIS_FEEDRATE_OVERRIDE',
  'BLOCK_COUNT',
  'CYCLE_COUNT',
  'DEACTIVATION_COUNT',
  'HARDNESS',
  'LINE_NUMBER',
  'LOAD_COUNT',
  'MATERIAL_LAYER',
  'NETWORK_PORT',
  'PART_COUNT',
  'PATH_FEEDRATE_OVERRIDE',
  'ROTARY_VELOCITY_OVERRIDE',
  'TOOL_OFFSET',
  'TRANSFER_COUNT',
  'UNCERTAINTY',
  'UNLOAD_COUNT',
  'WORK_OFFSET',
]);

/** Whether a data item's values are numbers. */
function isNumber({ category, type, units }: DataItem): boolean {
  return category === 'SAMPLE' || (category === 'EVENT' && (units !== undefined || countedEvents.has(type)));
}

function isSpatial({ units }: DataItem): boolean {
  return units?.endsWith('_3D') === true;
}

/** The tags of a data item without their unit: address, type, and what has to be known of it. */
export function tagsOf(item: DataItem): readonly Pick<FoundTag, 'address' | 'type' | 'note'>[] {
  const base = `${item.device}/${item.id}`;
  if (item.representation === 'DATA_SET') return [{ address: base, note: `A set of values: name one as ${base}#<key>.` }];
  if (item.representation === 'TABLE') return [{ address: base, note: 'A table, which is no value of a signal.' }];
  if (item.category === 'CONDITION')
    return [
      { address: base, type: 'text' },
      { address: `${base}#message`, type: 'text' },
    ];
  const type = isNumber(item) ? 'number' : 'text';
  return isSpatial(item) ? axes.map((axis) => ({ address: `${base}#${axis}`, type })) : [{ address: base, type }];
}

/** What an observation says; `conditions` is what is active of its data item, this observation included. */
export function valuesOf(item: DataItem, observation: Observation, addresses: readonly MtconnectAddress[], conditions: ActiveConditions, nowMs: number): Told {
  const atMs = instantMs(observation.timestamp);
  const everywhere = (reason: string): Told => ({ samples: [], refused: addresses.map(({ text }) => ({ address: text, reason })) });
  if (Number.isNaN(atMs)) return everywhere(`The timestamp ${JSON.stringify(observation.timestamp)} is none.`);
  const doubt = doubtOf(atMs, nowMs);
  if (doubt !== undefined) return everywhere(`The timestamp ${doubt}.`);
  const told = addresses.map((address): Told => {
    const found = valueOf(item, observation, address.part, conditions);
    if (found === undefined) return { samples: [], refused: [] };
    if ('reason' in found) return { samples: [], refused: [{ address: address.text, reason: found.reason }] };
    if ('series' in found) return { samples: inTime(address.text, found.series, atMs, found.rate), refused: [] };
    return { samples: [{ address: address.text, value: found.value, atMs, quality: found.value === null ? 'bad' : 'good' }], refused: [] };
  });
  return { samples: told.flatMap(({ samples }) => samples), refused: told.flatMap(({ refused }) => refused) };
}

type Found = { readonly value: RawSample['value'] } | { readonly series: readonly number[]; readonly rate: number } | { readonly reason: string };

/** Undefined where the observation says nothing of this part. */
function valueOf(item: DataItem, { text, entries, attributes, element }: Observation, part: string | undefined, conditions: ActiveConditions): Found | undefined {
  if (item.category === 'CONDITION') {
    const value = conditionValue(conditions, part);
    if (value === undefined) return { reason: `A condition has no part ${JSON.stringify(part)}, only "message".` };
    return { value: element.toUpperCase() === unavailable ? null : value };
  }
  if (text === unavailable) return { value: null };
  switch (item.representation) {
    case 'DATA_SET': {
      if (part === undefined) return { reason: 'A set of values is no value: name one behind "#".' };
      const entry = entries.findLast(({ key }) => key === part);
      if (!entry) return undefined;
      if (entry.isRemoved) return { value: null };
      return looksCounted(entry.text) ? { value: Number(entry.text) } : scalar(item, entry.text);
    }
    case 'TABLE':
      return { reason: 'A table is no value of a signal.' };
    case 'TIME_SERIES':
      return seriesOf(text, Number(attributes['sampleRate'] ?? item.sampleRate));
  }
  if (!isSpatial(item)) return part === undefined ? scalar(item, text) : { reason: `This data item has no part ${JSON.stringify(part)}.` };
  const at = axes.indexOf(part ?? '');
  const numbers = text.split(/\s+/);
  if (at < 0) return { reason: 'A position in space is three values: name one as "#x", "#y" or "#z".' };
  return numbers.length === axes.length ? scalar(item, numbers[at] ?? '') : { reason: `${JSON.stringify(text)} are not three numbers.` };
}

/** What is active, as the value of a part; undefined where there is no such part. */
export function conditionValue(conditions: ActiveConditions, part: string | undefined): string | undefined {
  if (part === undefined) return conditions.level();
  return part === 'message' ? conditions.message() : undefined;
}

/** The entries of a set have no types of their own. */
function looksCounted(text: string): boolean {
  return /^-?\d{1,15}(?:\.\d+)?$/.test(text);
}

function scalar(item: DataItem, text: string): Found {
  if (!isNumber(item)) return { value: text };
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? { value } : { reason: `${JSON.stringify(text.slice(0, 100))} is no number.` };
}

function seriesOf(text: string, rate: number): Found {
  const series = text.split(/\s+/).map(Number);
  if (!(rate > 0)) return { reason: 'A time series without its sampleRate.' };
  if (series.length > seriesMax) return { reason: `A time series of ${series.length} values; at most ${seriesMax} are read.` };
  return series.every(Number.isFinite) && text !== '' ? { series, rate } : { reason: 'A time series with something in it that is no number.' };
}

/** Its timestamp is that of its last value (Part 2, TimeSeries). */
function inTime(address: string, series: readonly number[], lastMs: number, rate: number): readonly RawSample[] {
  return series.map((value, index) => ({ address, value, atMs: Math.round(lastMs - ((series.length - 1 - index) * 1_000) / rate), quality: 'good' }));
}
