import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { Duration } from '../../kernel/duration.ts';
import { schema } from '../../kernel/schema.ts';
import { defineAsset, defineSignal } from '../../model/asset.ts';
import { defineBinding, type Binding, type Guarantee } from '../../model/binding.ts';
import { accepted, defineCapability, type Capability } from '../../model/capability.ts';
import { defineConnector } from '../../model/connector.ts';
import { defineContract, type Contract } from '../../model/contract.ts';
import { defineDecision } from '../../model/decision.ts';
import type { Buffer, SystemMode } from '../../model/system-mode.ts';
import type { Definition } from '../../model/definition.ts';
import { defineException } from '../../model/exception-type.ts';
import { defineFlow } from '../../model/flow.ts';
import { defineLimit } from '../../model/limit.ts';
import { defineOwner, type Owner } from '../../model/owner.ts';
import { defineRule } from '../../model/rule.ts';
import { below } from '../../model/condition.ts';
import { average } from '../../model/window.ts';
import { defineSource, defineSourceConnector } from '../../model/source.ts';
import { defineSystem, type System } from '../../model/system.ts';
import { defineWebhook } from '../../model/webhook.ts';
import { checkLandscape } from './check.ts';

const empty = schema(Type.Object({}));
const order = schema(Type.Object({ order: Type.String() }));
const noOwner = null as unknown as Owner;
const web = defineConnector<unknown, unknown, unknown>({ name: 'web', title: 'Web', options: empty, open: () => Promise.reject(new Error('not opened here')) });
const radio = defineSourceConnector<unknown>({ name: 'radio', title: 'Radio', options: empty, open: () => Promise.reject(new Error('not opened here')) });

const team = defineOwner({ name: 'team', title: 'Team', mail: 'team@plant.example', side: 'it' });
const settles = defineLimit({ name: 'settles', value: '45s', why: 'measured' });
const low = defineLimit({ name: 'low', value: 80, why: 'agreed' });
const asset = defineAsset({ name: 'packer', title: 'Packer', level: 'cell', owner: team });
const source = defineSource({ name: 'floor', title: 'Floor', owner: team, connector: radio });
const rate = defineSignal({ asset, of: 'rate', family: 'throughput', source, address: 'rate' });
const target = defineSignal({ asset, of: 'target', family: 'context', source, address: 'target' });
const running = defineSignal({ asset, of: 'order', family: 'context', type: 'text', source, address: 'order' });
type OrderContract = Contract<{ order: string }>;
function contract({
  name = 'line.slow',
  version = 1,
  owner = team,
  family = 'business',
  examples = [{ order: 'PO-1' }],
  units,
}: Partial<Pick<OrderContract, 'name' | 'version' | 'family' | 'examples'>> & { readonly owner?: Owner; readonly units?: { readonly order?: string } } = {}): OrderContract {
  return defineContract({ name, version, title: name, owner, family, schema: order, keys: { order: 'order' }, examples, ...(units && { units }) });
}
const slow = contract();
const stateful = schema(
  Type.Object({ order: Type.String(), state: Type.Optional(Type.Union([Type.Literal('running'), Type.Literal('held')])), lost: Type.Optional(Type.Integer({ minimum: 0 })) }),
);
const tradeShape = schema(Type.Object({ item: Type.String({ format: 'gtin' }) }));
const trade = defineContract({ name: 'item.sold', version: 1, title: 'Sold', owner: team, schema: tradeShape, keys: { item: 'item' }, examples: [{ item: '6291041500210' }] });
const telemetry = contract({ name: 'machine.sample', family: 'telemetry' });

const system = (name: string, role: 'record' | 'engagement', owns: readonly string[]): System<unknown, unknown, unknown> =>
  defineSystem({ name, title: name, role, owner: team, owns, connector: web });
const erp = system('erp', 'record', ['orders']);
const wms = system('wms', 'engagement', ['receipts']);

interface Asked {
  readonly name?: string;
  readonly effect?: 'query' | 'action' | 'notification';
  readonly domain?: string;
  readonly owner?: Owner;
  readonly carries?: Contract;
}
type OrderCapability = Capability<{ order: string }, object, object>;

function capability({ name = 'production-order.release', effect = 'action', domain = 'orders', owner = team, carries }: Asked = {}): OrderCapability {
  return defineCapability({
    name,
    title: name,
    owner,
    effect,
    domain,
    input: order,
    output: empty,
    refusal: empty,
    keys: { order: 'order' },
    entity: 'order',
    ...(carries && { carries }),
  });
}

type AnyGuarantee = Guarantee<{ order: string }, object, object, unknown, unknown>;
const readBack: AnyGuarantee = { kind: 'read-back', settlesWithin: settles, conditional: true, request: () => ({}), found: () => 'absent' };

function binding(serves: OrderCapability, at: System<unknown, unknown, unknown> = erp, guarantee: AnyGuarantee | undefined = readBack): Binding {
  return defineBinding({ capability: serves, system: at, ...(guarantee && { guarantee }), request: () => ({}), reply: () => accepted({}) });
}

interface Judged {
  readonly percentOf?: string;
  readonly clear?: number;
  readonly emit?: Contract<{ order: string }>;
  readonly half?: boolean;
}
function rule({ percentOf = 'target', clear = 90, emit = slow, half = false }: Judged = {}): Definition {
  return defineRule({
    name: 'slow',
    title: 'Slow',
    owner: team,
    on: rate,
    with: { target, running },
    when: below(average('5m'), { percentOf: percentOf as 'target', limit: low }),
    sustained: '3m',
    clear: { limit: clear, for: '2m' },
    emit,
    event: () => ({ order: 'PO-1' }),
    ...(half && { clears: slow }),
  });
}
function flow(on: Contract<{ order: string }> = slow, owner = team): Definition {
  return defineFlow({ name: 'react', title: 'React', owner, on, key: (event) => event.order, whenRunning: 'queue', run: async () => undefined });
}

const release = capability();
const released = binding(release);
const ground: readonly Definition[] = [team, settles, low, asset, source, rate, target, running, slow, erp, wms];
const served: readonly Definition[] = [...ground, release, released];

function landscape(...more: readonly Definition[]): readonly Definition[] {
  return [...served, ...more];
}

test('a landscape that holds together gives no finding', () => {
  const decision = defineDecision({ name: 'weigh', version: 1, title: 'Weigh', owner: team, decide: (value: number) => value });
  const exception = defineException<object>({
    name: 'stuck',
    title: 'Stuck',
    owner: { it: team, ot: team },
    class: 'machine-event',
    severity: 'low',
    due: settles,
    summary: () => 'stuck',
  });
  const door = defineWebhook({ name: 'door', system: wms, contract: slow, map: () => undefined });
  const site = defineAsset({ name: 'site', title: 'Site', level: 'site', owner: team, timeZone: 'Europe/Berlin' });
  expect(checkLandscape(landscape(site, rule(), flow(), decision, exception, door, contract({ version: 2 })))).toEqual([]);
});

const second = capability({ name: 'order.close' });
const query = capability({ name: 'open-orders', effect: 'query' });
const stranger = defineOwner({ name: 'stranger', title: 'Stranger', mail: 's@plant.example', side: 'it' });
// What JavaScript can hold and the types exclude.
const counted = { ...capability({ name: 'stock.count' }), units: { output: { left: '{pack}' } } };
const strangeLimit = defineLimit({ name: 'strange', value: '1m', why: 'nobody knows' });
const carrying = capability({ name: 'machine-value.record', carries: telemetry });

/** What an import of a name that is not exported gives, by `import * as`. */
const misspelt = undefined as never;
const exception = (due: Duration): Definition =>
  defineException<object>({ name: 'stuck', title: 'Stuck', owner: team, class: 'reporting', severity: 'low', due, summary: () => 'stuck' });

function modeOf({ name = 'crowded', leave = 1, posts = 'send' }: { readonly name?: string; readonly leave?: number; readonly posts?: 'send' | 'buffer' }): SystemMode {
  return { name, means: 'crowded', when: { measure: 'waiting', enter: 5, leave, for: '10s' }, allows: { posts, calls: 'wait' } };
}
function leaky(more: Pick<System, 'modes' | 'buffer'>): Definition {
  return defineSystem({ name: 'tms', title: 'TMS', role: 'engagement', owner: team, connector: web, ...more });
}
const shift = { title: 'Shift', mail: 's@plant.example', side: 'ot' } as const;
/** As JavaScript can write it. */
function circle(): readonly Definition[] {
  const first = { ...defineOwner({ ...shift, name: 'shift' }) };
  const head = defineOwner({ ...shift, name: 'head', escalatesTo: first });
  return [Object.assign(first, { escalatesTo: head }), head];
}

const bad: readonly (readonly [what: string, definitions: readonly Definition[], code: string, says: string])[] = [
  ['a system without an owner', landscape(defineSystem({ name: 'mes', title: 'MES', role: 'engagement', owner: noOwner, connector: web })), 'no-owner', 'system "mes"'],
  ['a source without an owner', landscape(defineSource({ name: 'other-floor', title: 'Floor', owner: noOwner, connector: radio })), 'no-owner', 'source "other-floor"'],
  ['an asset without an owner', landscape(defineAsset({ name: 'line', title: 'Line', level: 'line', owner: noOwner })), 'no-owner', 'asset "line"'],
  ['a contract without an owner', landscape(contract({ name: 'line.fast', owner: noOwner })), 'no-owner', 'contract "line.fast"'],
  ['a capability without an owner', [...ground, ...((orphan) => [orphan, binding(orphan)])(capability({ owner: noOwner }))], 'no-owner', 'capability "production-order.release"'],
  ['a flow without an owner', landscape(flow(slow, noOwner)), 'no-owner', 'flow "react"'],
  [
    'a flow with half an owner',
    landscape(defineFlow({ name: 'react', title: 'React', owner: { it: team, ot: noOwner }, on: slow, key: () => '', whenRunning: 'queue', run: async () => undefined })),
    'no-owner',
    'flow "react"',
  ],
  ['a decision without an owner', landscape(defineDecision({ name: 'weigh', version: 1, title: 'Weigh', owner: noOwner, decide: () => 1 })), 'no-owner', 'decision "weigh"'],
  [
    'an exception without an owner',
    landscape(defineException({ name: 'stuck', title: 'Stuck', owner: noOwner, class: 'reporting', severity: 'low', due: '1h', summary: () => '' })),
    'no-owner',
    'exception "stuck"',
  ],

  [
    'an owner with a time and nobody further',
    landscape(defineOwner({ name: 'shift', title: 'Shift', mail: 's@plant.example', side: 'ot', acknowledgeWithin: '15m' })),
    'owner-chain-dangling',
    'owner "shift"',
  ],
  ['an owner who escalates to nobody of the landscape', landscape(defineOwner({ ...shift, name: 'shift', escalatesTo: stranger })), 'dangling-reference', 'owner "stranger"'],
  ['owners who escalate in a circle', landscape(...circle()), 'owner-chain-circle', 'head → shift → head'],

  ['a buffer that does not say what is let go', landscape(leaky({ buffer: { countMax: 10 } as Buffer })), 'buffer-without-shed', 'system "tms"'],
  ['a mode called like one that every system has', landscape(leaky({ modes: [modeOf({ name: 'down' })] })), 'mode-name-taken', '"down"'],
  ['a mode that is left above where it is entered', landscape(leaky({ modes: [modeOf({ leave: 9 })] })), 'mode-inverted', 'entered at 5 and left at 9'],
  ['a mode that holds back what it waits for', landscape(leaky({ modes: [modeOf({ posts: 'buffer' })] })), 'mode-without-way-out', '"waiting"'],

  ['two assets of one name', landscape(defineAsset({ name: 'packer', title: 'Other', level: 'cell', owner: team })), 'duplicate-name', 'asset "packer"'],
  ['two versions of a contract with one number', landscape(contract()), 'duplicate-name', 'contract "line.slow"'],
  ['a capability named like a table', [...ground, ...((table) => [table, binding(table)])(capability({ name: 't-orders' }))], 'table-shaped', '"t-orders"'],
  [
    'a capability named like a statement',
    [...ground, ...((table) => [table, binding(table)])(capability({ name: 'get-orders', effect: 'query' }))],
    'table-shaped',
    '"get-orders"',
  ],
  ['a capability named after a table', [...ground, ...((table) => [table, binding(table)])(capability({ name: 'order-table' }))], 'table-shaped', '"order-table"'],

  ['a flow on a contract that is not exported', served.filter((definition) => definition !== slow).concat(flow()), 'dangling-reference', 'contract "line.slow"'],
  ['a flow on a second copy of a contract', landscape(flow(contract())), 'dangling-reference', 'another contract "line.slow"'],
  ['a binding of a capability that is not exported', landscape(binding(second)), 'dangling-reference', 'capability "order.close"'],
  ['a binding to a system that is not exported', landscape(query, binding(query, system('mes', 'engagement', []))), 'dangling-reference', 'system "mes"'],
  ['a rule on a signal that is not exported', served.filter((definition) => definition !== rate).concat(rule()), 'dangling-reference', 'signal "packer.rate"'],
  ['a rule with a limit that is not exported', served.filter((definition) => definition !== low).concat(rule()), 'dangling-reference', 'limit "low"'],
  [
    'a webhook of a system that is not exported',
    landscape(defineWebhook({ name: 'door', system: system('mes', 'engagement', []), contract: slow, map: () => undefined })),
    'dangling-reference',
    'system "mes"',
  ],
  ['an owner that is not exported', landscape(flow(slow, stranger)), 'dangling-reference', 'owner "stranger"'],
  [
    'a system with a limit that is not exported',
    landscape(defineSystem({ name: 'mes', title: 'MES', role: 'engagement', owner: team, connector: web, limits: { timeout: strangeLimit } })),
    'dangling-reference',
    'limit "strange"',
  ],
  [
    'a read-back with a limit that is not exported',
    [...ground, release, binding(release, erp, { ...readBack, settlesWithin: strangeLimit })],
    'dangling-reference',
    'limit "strange"',
  ],

  ['an action that nobody serves', landscape(second), 'not-served', 'capability "order.close"'],
  ['a query that nobody serves', landscape(query), 'not-served', 'capability "open-orders"'],
  ['a query that two systems serve', landscape(query, binding(query), binding(query, wms)), 'served-twice', 'system "wms"'],

  ['a domain with two owners', landscape(system('old-erp', 'record', ['orders'])), 'domain-owned-twice', '"orders"'],
  ['a write at a system that does not own the domain', [...ground, release, binding(release, wms)], 'foreign-write', 'system "erp" owns it'],
  [
    'a write to a domain that nobody owns',
    [...ground, ...((lost) => [lost, binding(lost)])(capability({ name: 'weather.change', domain: 'weather' }))],
    'foreign-write',
    'no system owns it',
  ],

  [
    'a write without a guarantee',
    [...ground, release, defineBinding({ capability: release, system: erp, request: () => ({}), reply: () => accepted({}) })],
    'write-without-guarantee',
    'declares no guarantee',
  ],
  ['a write with an unknown guarantee', [...ground, release, binding(release, erp, { kind: 'hope' } as unknown as AnyGuarantee)], 'write-without-guarantee', 'unknown kind'],
  ['a write at least once', [...ground, release, binding(release, erp, { kind: 'at-least-once' })], 'guarantee-too-weak', 'at-least-once'],
  [
    'a read-back without a bound',
    [...ground, release, binding(release, erp, { ...readBack, settlesWithin: undefined } as unknown as AnyGuarantee)],
    'guarantee-incomplete',
    'settlesWithin',
  ],
  [
    'a read-back with a bound that is no duration',
    [...ground, release, binding(release, erp, { ...readBack, settlesWithin: 'soon' } as unknown as AnyGuarantee)],
    'guarantee-incomplete',
    'settlesWithin',
  ],

  ['telemetry to a system of record', [...ground, telemetry, carrying, binding(carrying)], 'telemetry-to-record', 'system of record'],
  ['a rule that emits telemetry', landscape(telemetry, rule({ emit: telemetry })), 'telemetry-as-event', 'emits'],
  ['a flow on telemetry', landscape(telemetry, flow(telemetry)), 'telemetry-as-event', 'starts on'],
  ['a webhook of telemetry', landscape(telemetry, defineWebhook({ name: 'door', system: wms, contract: telemetry, map: () => undefined })), 'telemetry-as-event', 'takes in'],

  ['a webhook whose contract was misspelt', landscape(defineWebhook({ name: 'door', system: wms, contract: misspelt, map: () => undefined })), 'part-missing', 'no "contract"'],
  ['a webhook without a system', landscape(defineWebhook({ name: 'door', system: misspelt, contract: slow, map: () => undefined })), 'part-missing', 'no "system"'],
  [
    'a webhook of something else',
    landscape(defineWebhook({ name: 'door', system: wms, contract: low as never, map: () => undefined })),
    'part-misfit',
    'the limit "low" as its "contract"',
  ],
  ['a flow on a misspelt contract', landscape(flow(null as never)), 'part-misfit', 'has null as its "on"'],
  ['a rule that emits a misspelt contract', landscape({ ...rule(), emit: undefined } as Definition), 'part-missing', 'rule "slow" has no "emit"'],
  ['a rule with a misspelt context', landscape({ ...rule(), with: { target, running: undefined } } as Definition), 'part-missing', 'no "with.running"'],
  ['a rule that clears at a misspelt limit', landscape({ ...rule(), clear: { limit: misspelt, for: '2m' } } as Definition), 'part-missing', 'no "clear.limit"'],
  ['a rule that lasts no time', landscape({ ...rule(), sustained: 'long' } as Definition), 'part-misfit', '"long" as its "sustained"'],
  ['a contract with a misspelt schema', landscape({ ...contract({ version: 2 }), schema: misspelt } as Definition), 'part-missing', 'no "schema"'],
  ['a capability with a misspelt input', landscape({ ...query, input: misspelt } as Definition), 'part-missing', 'no "input"'],
  ['a capability that carries a misspelt contract', landscape({ ...query, carries: misspelt } as Definition), 'part-missing', 'no "carries"'],
  [
    'a system with a misspelt limit',
    landscape(defineSystem({ name: 'mes', title: 'MES', role: 'engagement', owner: team, connector: web, limits: { timeout: misspelt } })),
    'part-missing',
    'system "mes" has no "limits.timeout"',
  ],
  ['a system with a misspelt connector', landscape({ ...wms, name: 'mes', connector: misspelt } as Definition), 'part-missing', 'no "connector"'],
  [
    'a source with a connector for systems',
    landscape(defineSource({ name: 'other-floor', title: 'Floor', owner: team, connector: web as never })),
    'part-misfit',
    'connector "web"',
  ],
  ['an asset within a misspelt one', landscape(defineAsset({ name: 'line', title: 'Line', level: 'line', owner: team, within: misspelt })), 'part-missing', 'no "within"'],
  ['an exception without a due time', landscape(exception(misspelt)), 'part-missing', 'no "due"'],

  ['a unit that is no code', landscape(contract({ version: 2, units: { order: 'packs' } })), 'unit-unknown', '"packs" as its "units.order"'],
  ['a unit of a field that is not there', landscape(contract({ version: 2, units: { lot: '{pack}' } as object })), 'unit-of-nothing', 'the unit of "lot"'],
  ['a capability whose output has no such field', [...ground, counted, binding(counted)], 'unit-of-nothing', '(units.output)'],
  [
    'a decision with a unit that is none',
    landscape(defineDecision({ name: 'weigh', version: 1, title: 'Weigh', owner: team, decide: (value: { kg: number }) => value, units: { input: { kg: 'kilo' } } })),
    'unit-unknown',
    '"kilo" is no unit',
  ],
  [
    'a signal in degrees of nobody',
    landscape(defineSignal({ asset, of: 'heat', family: 'temperature', unit: '°C', source, address: 'heat' })),
    'unit-unknown',
    '"°C" as its "unit"',
  ],
  ['an owner whose mail is no address', landscape(defineOwner({ ...shift, name: 'shift', mail: 'planning' })), 'mail-invalid', '"planning" as its "mail"'],
  ['an owner with two addresses', landscape(defineOwner({ ...shift, name: 'shift', mail: 'a@plant.example, b@plant.example' })), 'mail-invalid', 'no mail address'],
  ['an owner without a mail', landscape({ ...defineOwner({ ...shift, name: 'shift' }), mail: 7 } as Definition), 'mail-invalid', '7 as its "mail"'],
  ['an owner of no side', landscape(defineOwner({ ...shift, name: 'shift', side: 'ops' as 'it' })), 'side-invalid', '"ops" as its "side"'],
  ['a contract whose version is a word', landscape(contract({ name: 'line.fast', version: 'x' as never })), 'version-invalid', '"x" as its "version"'],
  ['a reason that says nothing', landscape({ ...source, name: 'second-floor', why: ' ' } as Definition), 'why-invalid', '" " as its "why"'],
  ['a contract before its first version', landscape(contract({ name: 'line.fast', version: 0 })), 'version-invalid', '0 as its "version"'],
  [
    'a decision of half a version',
    landscape(defineDecision({ name: 'weigh', version: 1.5, title: 'Weigh', owner: team, decide: () => 1 })),
    'version-invalid',
    '1.5 as its "version"',
  ],
  ['a key of a field that is not there', landscape({ ...contract({ version: 2 }), keys: { order: 'ordr' } } as Definition), 'key-of-nothing', 'key "order" from "ordr"'],
  ['a limit that is no duration', landscape(defineLimit({ name: 'patience', value: '3 minutes' as '3m', why: 'as it was' })), 'part-misfit', '"3 minutes" as its "value"'],
  ['a flow whose time is no duration', landscape({ ...flow(), within: 'soon' } as Definition), 'within-invalid', '"soon" as its "within"'],
  ['a flow that has no time', landscape({ ...flow(), within: '0s' } as Definition), 'within-invalid', '"0s" as its "within"'],
  ['a flow that does not know what to do when it is late', landscape({ ...flow(), whenLate: 'wait' } as Definition), 'whenLate-invalid', '"wait" as its "whenLate"'],
  ['a flow that says what to do when it is late, and never when that is', landscape({ ...flow(), whenLate: 'tell' } as Definition), 'whenLate-invalid', 'without "within"'],
  ['a filter that drops nothing', landscape({ ...contract({ version: 2 }), drop: [{ reason: 'a trial', field: 'order' }] } as Definition), 'filter-without-terms', '"a trial"'],
  ['a filter for no value', landscape({ ...contract({ version: 2 }), drop: [{ reason: 'a trial', field: 'order', is: [] }] } as Definition), 'filter-without-terms', '"a trial"'],
  [
    'a filter that gives no reason',
    landscape({ ...contract({ version: 2 }), drop: [{ reason: ' ', field: 'order', is: ['T'] }] } as Definition),
    'filter-without-reason',
    'no reason',
  ],
  ['a filter of telemetry', landscape({ ...telemetry, drop: [{ reason: 'a trial', field: 'order', is: ['T'] }] } as Definition), 'filter-of-telemetry', 'never comes'],
  ...(
    [
      [{ is: [7] }, 'compares "order" with 7, and by the schema of contract "line.slow" it is of the type string'],
      [{ above: 3 }, 'compares "order" with above 3'],
      [{ field: 'state', is: ['running', 'runing'] }, 'compares "state" with "runing", and by the schema of contract "line.slow" it is "running" or "held"'],
      [{ field: 'lost', is: ['7'] }, 'compares "lost" with "7", and by the schema of contract "line.slow" it is {"type":"integer","minimum":0}'],
      [{ field: 'lost', below: 0 }, 'compares "lost" with below 0'],
    ] as const
  ).map(
    ([filter, told]) =>
      [
        'a filter that its field never meets',
        landscape({ ...contract({ version: 2 }), schema: stateful, drop: [{ reason: 'a trial', field: 'order', ...filter }] } as Definition),
        'filter-never-true',
        told,
      ] as const,
  ),
  [
    'a filter that throws at an example',
    landscape({ ...contract({ version: 2 }), drop: [{ reason: 'a trial', when: () => JSON.parse('x') }] } as Definition),
    'filter-throws',
    'Example 1',
  ],
  ['an example that does not fit', landscape(contract({ version: 2, examples: [{ order: 'PO-1' }, { order: 4711 } as never] })), 'example-does-not-fit', 'Example 2'],
  ['an example with a wrong check digit', landscape(trade), 'example-does-not-fit', 'at /item: "6291041500210" is no GTIN: its last digit is 0, the right check digit is 3.'],
  ...['Europe/Bremen', '+01:00', ''].map(
    (timeZone) =>
      [`the time zone "${timeZone}"`, landscape(defineAsset({ name: 'site', title: 'Site', level: 'site', owner: team, timeZone })), 'time-zone-unknown', timeZone] as const,
  ),
  ['a rule in percent of nothing', landscape(rule({ percentOf: 'goal' })), 'context-unknown', '"goal"'],
  ['a rule in percent of a text', landscape(rule({ percentOf: 'running' })), 'context-not-a-number', 'is text'],
  ['a rule that clears where it fires', landscape(rule({ clear: 70 })), 'hysteresis-inverted', 'clears at 70'],
  ['a rule that clears into nothing', landscape(rule({ half: true })), 'clearing-incomplete', '"clears"'],
];

describe('one finding, with its place and what to do, for', () => {
  test.each(bad)('%s', (_what, definitions, code, says) => {
    const findings = checkLandscape(definitions);
    expect(findings).toMatchObject([{ severity: 'error', code }]);
    const [finding] = findings;
    expect(finding?.message).toContain(says);
    expect(finding?.help).not.toBe('');
    expect(finding?.site.file).toMatch(/check\.test\.ts$/);
    expect(finding?.site.line).toBeGreaterThan(0);
  });
});

const ofNoFormat = schema(Type.Object({ items: Type.Array(Type.Object({ unit: Type.String({ format: 'ssc' }), format: Type.String({ format: 'date-time' }) })) }));

test('a format that nothing checks is a warning', () => {
  const crate = defineContract({ name: 'crate.packed', version: 1, title: 'Packed', owner: team, schema: ofNoFormat, keys: {}, examples: [] });
  expect(checkLandscape(landscape(crate))).toMatchObject([
    { severity: 'warning', code: 'format-unknown', message: expect.stringContaining('contract "crate.packed" has fields of the format "ssc"') },
  ]);
  expect(checkLandscape(landscape({ ...release, name: 'crate.pack', input: ofNoFormat } as Definition)).map(({ code }) => code)).toContain('format-unknown');
});

test('a binding or signal of what is undefined is refused where it is declared', () => {
  expect(() => defineBinding({ capability: misspelt, system: erp, request: () => ({}), reply: () => accepted({}) })).toThrow(
    /check\.test\.ts:\d+: the binding has no "capability"/,
  );
  expect(() => defineBinding({ capability: release, system: misspelt, request: () => ({}), reply: () => accepted({}) })).toThrow(
    /check\.test\.ts:\d+: the binding has no "system": it is undefined/,
  );
  expect(() => defineSignal({ asset: misspelt, of: 'rate', family: 'throughput', source, address: 'rate' })).toThrow('the signal has no "asset"');
});

test('where a definition is not whole, only that is told: the rest would be guessed', () => {
  const door = defineWebhook({ name: 'door', system: wms, contract: misspelt, map: () => undefined });
  expect(checkLandscape(landscape(door, second)).map(({ code }) => code)).toEqual(['part-missing']);
});

test('telemetry may go to a system of engagement', () => {
  const measured = capability({ name: 'machine-value.record', domain: 'receipts', carries: telemetry });
  expect(checkLandscape(landscape(telemetry, measured, binding(measured, wms)))).toEqual([]);
});

test('queries and notifications need no guarantee', () => {
  const tell = capability({ name: 'shift.tell', effect: 'notification' });
  const without = (serves: OrderCapability): Binding => defineBinding({ capability: serves, system: erp, request: () => ({}), reply: () => accepted({}) });
  expect(checkLandscape(landscape(query, without(query), tell, without(tell)))).toEqual([]);
});

test('findings come in the order of file and line', () => {
  const findings = checkLandscape(landscape(second, query, flow(slow, stranger)));
  expect(findings.map(({ site }) => site.line)).toEqual(findings.map(({ site }) => site.line).sort((a, b) => a - b));
  expect(findings).toHaveLength(3);
});
