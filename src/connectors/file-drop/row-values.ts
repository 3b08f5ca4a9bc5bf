// What one row says of the addresses of its file.
import type { Quality, RawSample } from '../../model/source.ts';
import { isScalar } from '../mqtt-telemetry.ts';
import type { FileDropAddress } from './address.ts';
import type { FileDropOptions } from './options.ts';
import type { RowInstant } from './row-instant.ts';
import type { Row } from './table.ts';

export interface RowParts {
  readonly options: FileDropOptions;
  readonly instant: RowInstant;
  /** Those whose files are such as this one. */
  readonly addresses: readonly FileDropAddress[];
  readonly file: { readonly name: string; readonly writtenMs: number };
  readonly nowMs: number;
  /** Whether cells have types of their own, as in JSON. */
  readonly isTyped: boolean;
}

const decimals = /^[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const qualities: Readonly<Record<string, Quality>> = { good: 'good', uncertain: 'uncertain', bad: 'bad', stale: 'stale' };

/** Its samples, and for each value that is none a reason; a reason for the row where it has no time. */
export function rowValues(row: Row, parts: RowParts): { readonly samples: readonly RawSample[]; readonly reasons: readonly string[] } {
  const { options, instant, addresses, file, nowMs, isTyped } = parts;
  const atMs = options.timestamp === undefined ? file.writtenMs : instant(row.cell(options.timestamp), nowMs);
  if (typeof atMs === 'string') return { samples: [], reasons: [`The timestamp ${atMs}.`] };
  if (options.tag !== undefined) return tagged(row, row.cell(options.tag), atMs, parts);
  const samples: RawSample[] = [];
  const reasons: string[] = [];
  for (const { text, name } of addresses) {
    const cell = row.cell(name);
    if (cell === undefined || cell === '') continue;
    const value = cellValue(cell, name, isTyped, options);
    if (value === undefined) reasons.push(`${name}: a list or an object is no value.`);
    else samples.push({ address: text, value, atMs, quality: qualityOf(row, options) });
  }
  return { samples, reasons };
}

/** A tag that no signal names is passed on as it is: the edge quarantines and counts it. */
function tagged(
  row: Row,
  tag: unknown,
  atMs: number,
  { options, addresses, file, isTyped }: RowParts,
): { readonly samples: readonly RawSample[]; readonly reasons: readonly string[] } {
  if (typeof tag !== 'string' || tag === '') return { samples: [], reasons: [`There is no tag in the column ${JSON.stringify(options.tag)}.`] };
  const cell = row.cell(options.value);
  const value = cell === undefined || cell === '' ? null : cellValue(cell, tag, isTyped, options);
  if (value === undefined) return { samples: [], reasons: [`${tag}: a list or an object is no value.`] };
  const named = addresses.filter(({ name }) => name === tag).map(({ text }) => text);
  const quality = value === null ? 'bad' : qualityOf(row, options);
  return { samples: (named.length > 0 ? named : [`${file.name}#${tag}`]).map((address) => ({ address, value, atMs, quality })), reasons: [] };
}

/** A cell without a type is a number or a truth value where it looks like one. `0815` does not. Undefined for a list or an object. */
export function cellValue(cell: unknown, name: string, isTyped: boolean, { texts, decimal }: FileDropOptions): RawSample['value'] | undefined {
  if (!isScalar(cell)) return undefined;
  if (typeof cell !== 'string' || isTyped || texts.includes(name)) return cell;
  const text = cell.trim();
  // `1.234` is a thousand and some there, or a mistake: no guess is made, it stays text.
  const pointed = decimal === 'comma' ? text.replaceAll(/[.,]/g, (mark) => (mark === ',' ? '.' : ',')) : text;
  if (decimals.test(pointed)) return Number(pointed);
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

/** Words, or the code of OPC DA: its two highest bits of eight. */
function qualityOf(row: Row, { quality }: FileDropOptions): Quality {
  const said = quality === undefined ? 'good' : row.cell(quality);
  const text = isScalar(said) ? String(said).trim().toLowerCase() : '';
  if (Object.hasOwn(qualities, text)) return qualities[text] ?? 'uncertain';
  const code = /^\d{1,3}$/.test(text) ? Number(text) & 0xc0 : -1;
  if (code === 0xc0) return 'good';
  return code === 0 ? 'bad' : 'uncertain';
}
