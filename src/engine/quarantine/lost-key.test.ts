import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { schema } from '../../kernel/schema.ts';
import { defineContract } from '../../model/contract.ts';
import { defineOwner } from '../../model/owner.ts';
import { lostKey } from './lost-key.ts';

const shape = schema(Type.Object({ order: Type.String({ pattern: '^PO-\\d+$' }), line: Type.Optional(Type.String()), lost: Type.Number() }));
const contract = defineContract({
  name: 'packs.lost',
  version: 1,
  title: 'Packs lost',
  owner: defineOwner({ name: 'line', title: 'Line', mail: 'line@acme.example', side: 'ot' }),
  schema: shape,
  keys: { order: 'order', line: 'line' },
  examples: [],
  drop: [
    {
      reason: 'of a trial',
      when({ line }) {
        if (line === '?') throw new Error('a line without a name');
        return line === 'trial';
      },
    },
  ],
});

test.each<[string, unknown, unknown, object | undefined]>([
  ['keeps its keys', { order: 'PO-1', line: 'a', lost: 'many' }, { order: 'PO-1', line: 'a', lost: 3 }, undefined],
  ['gets another one', { order: 'PO-1', lost: 'many' }, { order: 'PO-2', lost: 3 }, { name: 'order', field: 'order', was: 'PO-1', is: 'PO-2' }],
  ['loses the second one', { order: 'PO-1', line: 'a', lost: 'many' }, { order: 'PO-1', lost: 3 }, { name: 'line', field: 'line', was: 'a', is: undefined }],
  ['gets one that it had not', { order: 'PO-1', lost: 'many' }, { order: 'PO-1', line: 'a', lost: 3 }, undefined],
  ['could not be read', { order: 7, lost: 3 }, { order: 'PO-7', lost: 3 }, undefined],
  ['was no object', 'PO-1', { order: 'PO-1', lost: 3 }, undefined],
  ['had a key that breaks its contract', { order: 'PO1', lost: 3 }, { order: 'PO-1', lost: 3 }, undefined],
  ['had a key that its filter does not take', { order: 'PO-1', line: '?', lost: 3 }, { order: 'PO-1', line: 'a', lost: 3 }, undefined],
  ['is broken still', { order: 'PO-1', lost: 'many' }, { order: 'PO-2', lost: 'few' }, undefined],
])('a message that %s', (_what, came, made, lost) => {
  expect(lostKey(contract, came, made)).toEqual(lost);
});
