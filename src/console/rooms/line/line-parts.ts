// The lines of the plant with their machines, and which signal tells what of a machine; drawn from the landscape alone.
import type { AssetNode, LandscapeView, RuleNode, SignalNode } from '../../../api/landscape.ts';

/** A machine, and the names of the signals that tell of it; undefined where none does. */
export interface MachineParts {
  readonly name: string;
  readonly title: string;
  readonly rate: SignalNode | undefined;
  readonly target: string | undefined;
  readonly state: string | undefined;
  readonly order: string | undefined;
  readonly item: string | undefined;
  readonly remaining: SignalNode | undefined;
  /** When its order should be done. */
  readonly slotEnd: string | undefined;
  /** Since when the line has a slot for it, and what it has made of that time; undefined where one of them is not told. */
  readonly slot: SlotParts | undefined;
  /** What else it measures. */
  readonly others: readonly SignalNode[];
  /** What watches its rate. */
  readonly rule: RuleNode | undefined;
}

/** Names of the signals that tell how well a machine has served its slot. */
export interface SlotParts {
  readonly start: string;
  readonly executeTime: string;
  readonly produced: string;
  readonly defective: string;
}

export interface LineParts {
  readonly name: string;
  readonly title: string;
  /** Where it stands, e.g. `Packaging, Bremen`. */
  readonly place: string;
  readonly machines: readonly MachineParts[];
}

/** Machines that are shown of one line. */
const machinesMax = 12;
const othersMax = 4;

/** Every line with its machines in the order in which they were declared, those whose rate is watched first. */
export function linesOf({ nodes }: Pick<LandscapeView, 'nodes'>): readonly LineParts[] {
  const assets = nodes.filter((node) => node.kind === 'asset');
  const signals = Map.groupBy(
    nodes.filter((node) => node.kind === 'signal'),
    ({ asset }) => asset,
  );
  const rules = nodes.filter((node) => node.kind === 'rule');
  return assets
    .filter(({ level }) => level === 'line')
    .map((line) => ({
      name: line.name,
      title: line.title,
      place: placeOf(line, assets),
      machines: [...assets.filter(({ parent }) => parent === line.id), line]
        .flatMap((asset) => machineOf(asset, signals.get(asset.id) ?? [], rules) ?? [])
        .toSorted((a, b) => Number(b.rule !== undefined) - Number(a.rule !== undefined))
        .slice(0, machinesMax),
    }));
}

function placeOf(line: AssetNode, assets: readonly AssetNode[]): string {
  const above: string[] = [];
  let at = assets.find(({ id }) => id === line.parent);
  while (at && at.level !== 'enterprise') {
    above.push(at.title);
    const { parent } = at;
    at = assets.find(({ id }) => id === parent);
  }
  return above.join(', ');
}

function machineOf({ id, name, title }: AssetNode, signals: readonly SignalNode[], rules: readonly RuleNode[]): MachineParts | undefined {
  if (signals.length === 0) return undefined;
  const rate = signals.find(({ family, type }) => family === 'throughput' && type === 'number');
  const rule = rules.find((each) => each.asset === id && each.signal === rate?.id);
  // A rule says which signals it reads as order, target …; without one their names on the machine tell.
  const named = (role: string, of: string): string | undefined => rule?.context[role]?.replace(/^signal:/, '') ?? signals.find((signal) => signal.of === of)?.name;
  const remaining = named('remaining', 'remaining');
  const target = named(rule?.percentOf ?? 'target', 'target');
  const slot = slotOf(named);
  const told = new Set([rate?.name, remaining, target, slot?.executeTime, slot?.produced, slot?.defective]);
  return {
    name,
    title,
    rate,
    rule,
    target,
    remaining: signals.find((signal) => signal.name === remaining),
    state: signals.find(({ family, type }) => family === 'state' && type === 'text')?.name,
    order: named('order', 'order'),
    item: named('item', 'item'),
    slotEnd: named('slotEnd', 'slot-end'),
    slot,
    others: signals.filter((signal) => signal.type === 'number' && signal.family !== 'context' && !told.has(signal.name)).slice(0, othersMax),
  };
}

function slotOf(named: (role: string, of: string) => string | undefined): SlotParts | undefined {
  const [start, executeTime, produced, defective] = [
    named('slotStart', 'slot-start'),
    named('executeTime', 'execute-time'),
    named('produced', 'produced'),
    named('defective', 'defective'),
  ];
  if (start === undefined || executeTime === undefined || produced === undefined || defective === undefined) return undefined;
  return { start, executeTime, produced, defective };
}

/** The names of all numbers that a line shows. */
export function numbersOf({ machines }: LineParts): readonly string[] {
  const names = machines.flatMap(({ rate, target, remaining, slot, others }) => [
    rate?.name,
    target,
    remaining?.name,
    slot?.executeTime,
    slot?.produced,
    slot?.defective,
    ...others.map(({ name }) => name),
  ]);
  return [...new Set(names.filter((name) => name !== undefined))];
}
