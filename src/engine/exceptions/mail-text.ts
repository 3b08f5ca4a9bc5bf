import { numberText } from '../../kernel/number-text.ts';
import { quantityText } from '../../kernel/ucum.ts';
import { declaredZone, timeZoneOf } from '../../model/asset.ts';
import type { FieldUnits } from '../../model/field-units.ts';
import type { Landscape } from '../../model/landscape.ts';
import { ownersOf, type Owner } from '../../model/owner.ts';
import { instantText, withInstants } from '../stories/plain-time.ts';
import { evidenceUnits } from './evidence-units.ts';
import { impactText, noImpact, sumsOf, withOrders } from './impact.ts';
import type { Opening } from './opening.ts';

/** What a message about a case says. */
export type NoticeWords = Pick<Opening, 'id' | 'type' | 'class' | 'severity' | 'owners' | 'dueMs' | 'summary' | 'keys' | 'evidence' | 'suggestions' | 'orders'>;

/** Lines of evidence in one mail; the rest is behind its link. */
const evidenceLinesMax = 150;
const wordsMax = 500;

/** Longer evidence is not attached; it is behind the link. */
const attachedMax = 262_144;

export interface MailBody {
  readonly subject: string;
  readonly text: string;
  /** As it was recorded, JSON text, for other programs. */
  readonly evidence?: string;
}

/** What a mail to one owner says, for somebody who may never have seen Lineshaft: times as the receiver's clock shows them, no JSON. */
export function mailOf(words: NoticeWords, to: Owner, link: string, landscape: Landscape): MailBody {
  const zone = zoneFor(to, landscape);
  const keys = Object.entries(words.keys).map(([name, value]) => `${name} ${value}`);
  const touched = impactText(sumsOf(withOrders(noImpact, words.orders)));
  const evidence = linesOf(words.evidence, evidenceUnits(words.type, words.evidence, landscape), zone);
  const recorded = JSON.stringify(words.evidence, undefined, 2) ?? 'null';
  const summary = withInstants(words.summary, zone);
  return {
    ...(recorded.length <= attachedMax && { evidence: recorded }),
    subject: `[Lineshaft] ${summary}`,
    text: [
      summary,
      '',
      `Please act by ${instantText(words.dueMs, zone)}. Owner: ${words.owners.map(({ title }) => title).join(', ')}.`,
      `Concerns: ${keys.join(', ') || '–'}`,
      ...(touched === undefined ? [] : [`Affects: ${touched}`]),
      '',
      ...(words.suggestions.length > 0 ? ['What you can do:', ...words.suggestions.map((suggestion) => `- ${withInstants(suggestion, zone)}`), ''] : []),
      'Evidence:',
      ...evidence.slice(0, evidenceLinesMax),
      ...(evidence.length > evidenceLinesMax ? [`(${numberText(evidence.length - evidenceLinesMax)} more lines: see evidence.json or the page below)`] : []),
      '',
      link,
    ].join('\n'),
  };
}

/** The zone of what the receiver owns, or of all plants, where that is one; else UTC. Each time names it. */
function zoneFor(to: Owner, landscape: Landscape): string {
  const placed = [...landscape.of('asset').values()].filter((asset) => declaredZone(asset) !== undefined);
  const own = placed.filter((asset) => ownersOf(asset.owner).some(({ name }) => name === to.name));
  const zones = [own, placed].map((assets) => [...new Set(assets.map(timeZoneOf))]);
  return zones.find(({ length }) => length === 1)?.[0] ?? 'UTC';
}

/** A value as lines of `name: value`, what lies in it indented. */
function linesOf(value: unknown, units: FieldUnits | undefined, zone: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => itemLines(each, units, zone));
  if (typeof value !== 'object' || value === null) return [plain('', value, undefined, zone)];
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    const unit = units && Object.hasOwn(units, name) ? units[name] : undefined;
    if (each === undefined || each === null) return [];
    if (Array.isArray(each) && each.every((item) => typeof item !== 'object'))
      return each.length === 0 ? [] : [`${label(name)}: ${each.map((item) => plain(name, item, unit, zone)).join(', ')}`];
    if (typeof each !== 'object') return [`${label(name)}: ${plain(name, each, unit, zone)}`];
    const within = linesOf(each, typeof unit === 'object' ? unit : undefined, zone);
    return within.length === 0 ? [] : [`${label(name)}:`, ...within.map((line) => `  ${line}`)];
  });
}

function itemLines(item: unknown, units: FieldUnits | undefined, zone: string): readonly string[] {
  const [first = '–', ...rest] = linesOf(item, units, zone);
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

/** One value, as people read it. */
function plain(name: string, value: unknown, unit: FieldUnits[string] | undefined, zone: string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return isInstant(name, value) ? instantText(value, zone) : quantity(value, unit);
  const text = String(value).replaceAll(/\s+/g, ' ');
  const [, amount, currency] = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(text) ?? [];
  if (amount !== undefined) return `${numberText(amount)} ${currency}`;
  const shown = withInstants(text, zone);
  return shown.length > wordsMax ? `${shown.slice(0, wordsMax)} …` : shown;
}

function quantity(value: number, unit: FieldUnits[string] | undefined): string {
  // What a machine measured has more digits than a person needs.
  return quantityText(numberText(Math.round(value * 1_000) / 1_000), typeof unit === 'string' ? unit : undefined);
}

/** Epoch milliseconds, as `atMs` of an effect's history. */
function isInstant(name: string, value: number): boolean {
  return name.endsWith('Ms') && value > Date.UTC(2000);
}

/** A field's name in words: `window to` of `windowTo`. */
function label(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase();
}
