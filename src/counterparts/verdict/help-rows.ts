// Who was called for help: one work request at the CMMS, one alert in the mail of planning, or of whom else it concerns.
import type { World } from '../frame/world.ts';
import type { Expectation } from './expectation.ts';
import type { Outcome } from './play-name.ts';
import { listed, same, type Row } from './row.ts';
import { at, type Entry, type SystemName, type Testimony } from './testimony.ts';

/** Who is told in the scene. */
const planning: Told = { who: 'planning', mails: ['planning@acme.example'] };
/** Both that answer for a flow: it is on the line, and it is software. */
const flowOwners: Told = { who: 'the owners of the flow', mails: ['packaging.bremen@acme.example', 'integration@acme.example'] };
/** Who answers for what is asked of a system in the scene. */
const ownerMail: Readonly<Partial<Record<SystemName, string>>> = {
  wms: 'warehouse.bremen@acme.example',
  tms: 'transport@acme.example',
  cmms: 'maintenance.bremen@acme.example',
  supplier: 'purchasing@acme.example',
};

interface Told {
  readonly who: string;
  /** Each gets an alert of its own. */
  readonly mails: readonly string[];
}

interface Help {
  readonly workRequests: number;
  readonly notes: number;
  readonly alerts: number;
  readonly to: Told;
  /** What the alert must name. */
  readonly names: (expectation: Expectation) => readonly string[];
}

const none: Help = { workRequests: 0, notes: 0, alerts: 0, to: planning, names: () => [] };
const bottleneck: Help = {
  workRequests: 1,
  notes: 0,
  alerts: 1,
  to: planning,
  names: ({ world }) => [world.order.id, world.order.asset, 'WR-1001', lastShipped(world), world.customerOrders[0]?.currency ?? '?'],
};
/** Customers are served in the order of their ship dates, so whatever is short, the last one is. */
function lastShipped({ customerOrders }: World): string {
  return customerOrders.toSorted((a, b) => Date.parse(a.shipBy) - Date.parse(b.shipBy) || (a.order < b.order ? -1 : 1)).at(-1)?.order ?? '?';
}

const helpIn: Readonly<Record<Outcome, Help>> = {
  'plan-changed': bottleneck,
  'restored-early': none,
  'restored-late': { ...bottleneck, notes: 1 },
  nothing: none,
  released: none,
  'release-taken-back': { ...none, alerts: 1, names: ({ world }) => [world.nextOrder.id, 'LINE_DOWN'] },
  refused: { ...none, alerts: 1, names: ({ world }) => [world.order.id, 'ORDER_LOCKED'] },
  'released-not-revised': { ...none, alerts: 1, names: ({ world }) => [world.nextOrder.id, 'STALE_VERSION'] },
  'release-late': { ...none, alerts: flowOwners.mails.length, to: flowOwners, names: ({ world }) => [world.nextOrder.id, 'was not over within'] },
};

export function helpRows(expectation: Expectation, { ledgers }: Testimony): readonly Row[] {
  const { world, outcome, facts } = expectation;
  const help = helpIn[outcome];
  const scene = ledgers.mailbox.filter((mail) => facts.elsewhere === undefined || !textOf(mail).includes(facts.elsewhere));
  const told = scene.filter((mail) => isParkedNotice(mail, facts.parkedAt));
  const mailbox = scene.filter((mail) => !told.includes(mail));
  const requests = ledgers.cmms.filter(({ type }) => type === 'work-request.created');
  const notes = ledgers.cmms.filter(({ type }) => type === 'work-request.noted');
  const mails = mailbox.filter(({ keys }) => help.to.mails.some((one) => keys.includes(one)));
  const distinct = [...new Map(mails.map((mail) => [mail.key, mail])).values()];
  const others = [...new Set(mailbox.filter((mail) => !mails.includes(mail)).map((mail) => `${mail.keys.slice(1).join(' ')}: ${String(at(mail.data, 'subject'))}`))];
  const rows = [
    same(
      'cmms.requests',
      'Which assets have work requests?',
      listed(Array.from({ length: help.workRequests }, () => world.order.asset)),
      listed(requests.map(({ data }) => String(at(data, 'asset')))),
    ),
    same('cmms.notes', 'Which work requests were told that the line is well?', listed(requests.slice(0, help.notes).map(({ key }) => key)), listed(notes.map(({ key }) => key))),
    same('mailbox.alerts', `How many distinct alerts did ${help.to.who} get?`, help.alerts, distinct.length),
    same('mailbox.others', 'Who else got mail?', 'nobody', others.length === 0 ? 'nobody' : listed(others)),
    same('mailbox.repeats', 'Do repeats of an alert say the same?', 0, mails.filter((mail) => textOf(mail) !== textOf(distinct.find(({ key }) => key === mail.key))).length),
  ];
  const parked =
    facts.parkedAt === undefined ? [] : [same('mailbox.parked', `Was the owner told that something waits at ${facts.parkedAt}?`, 1, new Set(told.map(({ key }) => key)).size)];
  const names = help.names(expectation);
  if (names.length === 0) return [...rows, ...parked];
  const text = textOf(distinct[0]);
  const context = same('mailbox.context', `Does the alert name what ${help.to.who} needs?`, listed(names), listed(names.filter((name) => text.includes(name))));
  if (help.workRequests === 0) return [...rows, ...parked, context];
  return [...rows, ...parked, context, stateRow(world, ledgers.plant, distinct[0]), availabilityRow(world, ledgers.plant, distinct[0])];
}

function isParkedNotice(mail: Entry, parkedAt: SystemName | undefined): boolean {
  const owner = parkedAt && ownerMail[parkedAt];
  return owner !== undefined && mail.keys.includes(owner) && / is parked: /.test(String(at(mail.data, 'subject')));
}

function textOf(mail: Entry | undefined): string {
  return `${String(at(mail?.data, 'subject'))}\n${String(at(mail?.data, 'text'))}`;
}

/**
 * The packer tells a number, the alert a PackML state: it must be the one that the packer was in by its own book when it told the last rate
 * that counted. The alert's text has no milliseconds, what is attached to it has.
 */
function stateRow({ order }: World, plant: readonly Entry[], mail: Entry | undefined): Row {
  const text = /^[- ]*state: (.+)$/m.exec(textOf(mail))?.[1] ?? 'no state';
  const [attached = 'no state', lastAt = ''] = [/"state": "([^"]+)"/, /"windowTo": "([^"]+)"/].map((pattern) => pattern.exec(String(at(mail?.data, 'attached')))?.[1]);
  const steps = plant.filter(({ type, key }) => type === 'machine.state' && key === order.asset);
  const step = steps.findLast(({ data }) => Number(at(data, 'fromMs')) <= Date.parse(lastAt));
  const state = step ? at(step.data, 'state') : at(steps[0]?.data, 'was');
  const found = text === attached ? text : `${text}, and ${attached} attached`;
  return same('mailbox.state', 'Which PackML state was the packer in, by the alert?', typeof state === 'string' ? state : 'a state of the packer', found);
}

/** Of the time before the epoch; the machine's own count goes on from there. */
const executedShare = 0.92;

/** From the beginning of the slot to the last rate that counted, by the plant's book: how much of that time the packer was in Execute. */
function availabilityRow({ order, epochMs }: World, plant: readonly Entry[], mail: Entry | undefined): Row {
  const share = /^[- ]*availability share: ([\d.]+)$/m.exec(textOf(mail))?.[1];
  const lastAt = /"windowTo": "([^"]+)"/.exec(String(at(mail?.data, 'attached')))?.[1] ?? '';
  const [slotMs, lastMs] = [Date.parse(order.slotStart), Date.parse(lastAt)];
  const steps = plant
    .filter(({ type, key }) => type === 'machine.state' && key === order.asset)
    .map(({ data }) => ({ state: at(data, 'state'), fromMs: Number(at(data, 'fromMs')) }));
  const course = [{ state: 'Execute', fromMs: epochMs }, ...steps];
  const sinceEpochMs = course.reduce((sum, { state, fromMs }, index) => {
    const untilMs = Math.min(lastMs, course[index + 1]?.fromMs ?? lastMs);
    return sum + (state === 'Execute' ? Math.max(0, untilMs - fromMs) : 0);
  }, 0);
  const expected = (executedShare * (epochMs - slotMs) + sinceEpochMs) / (lastMs - slotMs);
  return same(
    'mailbox.availability',
    'For how much of its slot did the packer run, by the alert?',
    percent(expected),
    share === undefined ? 'nothing of it' : percent(Number(share)),
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
