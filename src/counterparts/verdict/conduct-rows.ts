// What holds in every play, scripted or free: the same world, written by nobody else, each effect once, one trace, books in balance.
import { isDeepStrictEqual } from 'node:util';
import { isBottleneck, type Expectation } from './expectation.ts';
import { traceOf } from './plan.ts';
import { judged, listed, same, type Row } from './row.ts';
import type { World } from '../frame/world.ts';
import { at, systemNames, type Entry, type SystemName, type Testimony } from './testimony.ts';

const principal = 'lineshaft';
/** Who else writes by right: a mail server knows no principals, a supplier answers in its own name. */
const ownWriters: Readonly<Partial<Record<SystemName, readonly string[]>>> = { mailbox: ['smtp'], supplier: ['supplier'] };
const businessSystems = systemNames.filter((name) => name !== 'plant');

export function conductRows(expectation: Expectation, testimony: Testimony): readonly Row[] {
  const { facts, world, outcome } = expectation;
  const { asked } = testimony;
  const all = entriesIn(testimony);
  const ours = all.filter((entry) => entry.principal === principal);
  const traces = new Set(ours.map(traceOf));
  const rows = [
    ...alwaysRows(world, testimony),
    judged(
      'all.trace',
      'Do all entries of lineshaft belong to one trace?',
      ours.length === 0 ? 'no trace' : 'one trace',
      listed([...traces]),
      traces.size === Math.min(1, ours.length) && !traces.has(undefined),
    ),
  ];
  if (facts.play === 'link-cut') rows.push(cutRow(expectation, all));
  if (!isBottleneck(outcome) && outcome !== 'nothing') return rows;
  const questions: readonly (readonly [SystemName, string])[] = [
    ['mes', 'GET /schedule'],
    ['erp', 'GET /api/customer-orders'],
    ['wms', 'GET /commitments'],
  ];
  return [
    ...rows,
    same(
      'all.weighed',
      'Which of schedule, customer orders and commitments were never asked for?',
      'none',
      listed(questions.filter(([name, route]) => (asked[name][route] ?? 0) === 0).map(([name, route]) => `${name} ${route}`)),
    ),
  ];
}

/** Every entry of the systems that do business. */
export function entriesIn({ ledgers }: Pick<Testimony, 'ledgers'>): readonly Entry[] {
  return businessSystems.flatMap((name) => ledgers[name]);
}

/** What holds whatever is done to the world. */
export function alwaysRows(world: World, testimony: Pick<Testimony, 'ledgers' | 'worlds' | 'moves'>): readonly Row[] {
  const { ledgers, worlds } = testimony;
  const all = entriesIn(testimony);
  const ours = all.filter((entry) => entry.principal === principal);
  const strangers = businessSystems.flatMap((name) => ledgers[name].filter((entry) => entry.principal !== principal && !ownWriters[name]?.includes(entry.principal)));
  const plain: unknown = JSON.parse(JSON.stringify(world));
  const neighbours = ['palletizer-2', 'case-sealer-1'];
  return [
    same('world.same', 'Which systems live in another world than the seed says?', 'none', listed(systemNames.filter((name) => !isDeepStrictEqual(worlds[name], plain)))),
    same('all.writers', 'Who wrote besides lineshaft?', 'none', listed(strangers.map((entry) => `${entry.principal} at ${entry.system}`))),
    same('all.iot', 'How often did the machine (iot) write to a business system?', 0, all.filter((entry) => entry.principal === 'iot').length),
    same('all.once', 'Which effects are in a ledger more than once?', 'none', listed(repeated(businessSystems, ledgers))),
    same(
      'all.named',
      'Which entries of lineshaft carry no effect key?',
      'none',
      listed(ours.filter((entry) => effectOf(entry) === undefined).map((entry) => `${entry.system} ${entry.type}`)),
    ),
    same('erp.stock', "Do the moves of the ERP's stock sum to zero?", 0, sumOf(testimony.moves)),
    same(
      'plant.neighbours',
      'What was done because of machines that ran well?',
      'none',
      listed(all.filter((entry) => neighbours.some((name) => JSON.stringify(entry).includes(name))).map((entry) => `${entry.system} ${entry.type}`)),
    ),
  ];
}

/** What the edge knows reaches nobody while it is cut off; that it reaches everybody afterwards is for the other rows. */
function cutRow({ facts: { downFromMs = Number.POSITIVE_INFINITY, upAgainMs = Number.POSITIVE_INFINITY } }: Expectation, all: readonly Entry[]): Row {
  const during = all.filter(({ atMs }) => atMs >= downFromMs && atMs < upAgainMs);
  return same('link.cut', 'What was done while edge and hub were cut off from each other?', 'none', listed(during.map((entry) => `${entry.system} ${entry.type}`)));
}

function repeated(names: readonly SystemName[], ledgers: Testimony['ledgers']): readonly string[] {
  return names.flatMap((name) => {
    const effects = ledgers[name].filter((entry) => entry.principal === principal).flatMap((entry) => effectOf(entry) ?? []);
    return [...new Set(effects.filter((effect, index) => effects.indexOf(effect) !== index))].map((effect) => `${effect} at ${name}`);
  });
}

/** The key that an effect left in whatever place its system has for one. */
function effectOf({ reference, idempotencyKey, data }: Entry): string | undefined {
  const own = [reference, idempotencyKey, at(data, 'externalRef'), at(data, 'messageId'), /\(ref ([^)]+)\)$/.exec(String(at(data, 'text')))?.[1]];
  return own.find((found) => typeof found === 'string' && found !== '')?.toString();
}

/** The sum of decimal texts in whole cents, as text. */
function sumOf(amounts: readonly string[]): string {
  const cents = amounts.map((amount) => {
    const [, sign, whole, part] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount) ?? [];
    if (whole === undefined) throw new Error(`${amount} is no amount in cents`);
    return BigInt(`${sign}${whole}${(part ?? '').padEnd(2, '0')}`);
  });
  return String(cents.reduce((sum, each) => sum + each, 0n));
}
