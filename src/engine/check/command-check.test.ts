import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { schema } from '../../kernel/schema.ts';
import { defineAsset, defineSignal, type Signal } from '../../model/asset.ts';
import { defineBinding, type Binding } from '../../model/binding.ts';
import { accepted, defineCapability } from '../../model/capability.ts';
import { commandDone, commandRefused, type CommandReply, type CommandRequest } from '../../model/command-order.ts';
import { defineCommand } from '../../model/command.ts';
import { defineConnector } from '../../model/connector.ts';
import type { Definition } from '../../model/definition.ts';
import type { MachineCommand } from '../../model/machine-command.ts';
import { defineOwner } from '../../model/owner.ts';
import { defineSource, defineSourceConnector } from '../../model/source.ts';
import { defineSystem } from '../../model/system.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { writableOf, writableText } from '../commands/writable.ts';
import { checkLandscape } from './check.ts';

const empty = schema(Type.Object({}));
const closed = async (): Promise<never> => Promise.reject(new Error('not opened here'));
const edge = defineConnector<unknown, CommandRequest, CommandReply>({ name: 'edge-commands', title: 'Edge', options: empty, open: closed });
const web = defineConnector<unknown, CommandRequest, CommandReply>({ name: 'web', title: 'Web', options: empty, open: closed });
const plc = defineSourceConnector<unknown>({
  name: 'plc',
  title: 'PLC',
  options: empty,
  open: closed,
  unwritable: (address) => (address.startsWith('in') ? 'it is an input' : undefined),
});
const radio = defineSourceConnector<unknown>({ name: 'radio', title: 'Radio', options: empty, open: closed });

const team = defineOwner({ name: 'team', title: 'Team', mail: 'team@plant.example', side: 'ot' });
const asset = defineAsset({ name: 'packer', title: 'Packer', level: 'cell', owner: team });
const source = defineSource({ name: 'floor', title: 'Floor', owner: team, connector: plc });
const deaf = defineSource({ name: 'deaf', title: 'Deaf', owner: team, connector: radio });
const speed = defineSignal({ asset, of: 'speed', family: 'throughput', unit: 'm/s', source, address: 'speed' });
const slowly = defineSignal({ asset, of: 'slowly', family: 'throughput', unit: 'm/min', source, address: 'speed' });
const state = defineSignal({ asset, of: 'state', family: 'state', type: 'text', source, address: 'state' });
const coded = defineSignal({ asset, of: 'coded', family: 'state', type: 'text', source, address: 'coded', codes: { 6: 'Execute' } });
const heard = defineSignal({ asset, of: 'heard', family: 'throughput', source: deaf, address: 'heard' });
const floor = defineSystem({ name: 'machines', title: 'Machines', role: 'observation', owner: team, owns: ['line'], connector: edge });
const office = defineSystem({ name: 'office', title: 'Office', role: 'engagement', owner: team, owns: ['line'], connector: web });
const input = schema(Type.Object({ line: Type.String(), speed: Type.Number() }));
const change = defineCapability({
  name: 'line.change-speed',
  title: 'Change',
  owner: team,
  effect: 'action',
  domain: 'line',
  input,
  output: commandDone,
  refusal: commandRefused,
  keys: {},
  entity: 'line',
});

interface Given extends Partial<Pick<MachineCommand, 'allow' | 'interlocks' | 'address' | 'readBack'>> {
  readonly signal?: Signal;
}

function command({ signal = speed, readBack = signal, allow = { min: 1, max: 9, step: 0.5, atMost: 6, per: '10m' }, interlocks = [], ...more }: Given, system = floor): Binding {
  return defineCommand({
    capability: change,
    system,
    signal,
    readBack,
    allow,
    interlocks,
    ...more,
    value: (asked) => asked.speed,
    why: () => 'asked',
    confirmWithin: '5s',
    maxAge: '30s',
    setPoint: true,
  });
}

const ground: readonly Definition[] = [team, asset, source, deaf, speed, slowly, state, heard, change, floor];
const idle = { signal: state, is: ['Idle'], within: '5s' } as const;

test('a command that lists what may be written, and says what shows it, is fine; and what it comes to is told', () => {
  const whole = [...ground, command({ interlocks: [idle] })];
  expect(checkLandscape(whole)).toEqual([]);
  const landscape = landscapeFrom(whole, '');
  const told = writableOf(landscape, new Map([['packer.speed', { capabilities: ['line.change-speed'], by: ['anna'], allow: { max: 5 }, interlocks: [] }]])).map(writableText);
  expect(told).toEqual([
    'packer.speed is written by line.change-speed through machines (floor, speed)\n' +
      '  landscape: from 1 to 9 in steps of 0.5 m/s at most 6 in 10m; only while packer.state is "Idle", not older than 5s; by admin, operator, the key of machines\n' +
      '  plant: to 5 m/s; by anna\n',
  ]);
  expect(writableOf(landscape, undefined).map(writableText).join('')).toMatch(/plant: nothing/);
});

const findings: readonly (readonly [what: string, definitions: readonly Definition[], code: string, words: string])[] = [
  ['no list', [...ground, command({ allow: {} })], 'command-without-allow-list', '"min" and "max"'],
  ['half a list', [...ground, command({ allow: { min: 1 } })], 'command-without-allow-list', '"min" and "max"'],
  ['a list upside down', [...ground, command({ allow: { min: 9, max: 1 } })], 'command-without-allow-list', 'above'],
  ['an empty list', [...ground, command({ allow: { oneOf: [] } })], 'command-without-allow-list', 'empty'],
  ['a text without its values', [...ground, command({ signal: state, allow: { min: 1, max: 2 } })], 'command-without-allow-list', 'oneOf'],
  ['a word for a code', [...ground, coded, command({ signal: coded, allow: { oneOf: ['Execute'] } })], 'command-by-code', 'packer.coded'],
  ['a read-back of another type', [...ground, command({ readBack: state })], 'command-without-read-back', 'number'],
  ['a read-back in another unit', [...ground, command({ readBack: slowly })], 'command-without-read-back', 'm/min'],
  ['no read-back', [...ground, command({ readBack: team as unknown as Signal })], 'command-without-read-back', 'no read-back'],
  ['a source that only speaks', [...ground, command({ signal: heard })], 'command-to-deaf-source', 'radio'],
  ['an address that is only read', [...ground, command({ address: 'input-3' })], 'command-address', 'it is an input'],
  ['an interlock that asks for nothing', [...ground, command({ interlocks: [{ signal: state, within: '5s' }] })], 'interlock-empty', 'packer.state'],
  ['a system that is no edge', [...ground.filter((one) => one !== floor), office, command({}, office)], 'command-without-edge', 'office'],
  [
    'a binding of the landscape’s own to an edge',
    [
      ...ground,
      defineBinding({
        capability: change,
        system: floor,
        guarantee: { kind: 'none' },
        request: () => ({ kind: 'tell' as const, id: 'x' }),
        reply: () => accepted({ signal: '', value: 0, before: 0, readBack: 0, atMs: 0 }),
      }),
    ],
    'write-without-command',
    'without a list',
  ],
];

test.for(findings)('refused: %s', ([, definitions, code, words]) => {
  const [first] = checkLandscape(definitions).filter((finding) => finding.code === code);
  expect(first?.message).toContain(words);
});
