import { expect, test } from 'vitest';
import { floorSource, line, packer, plantTeam, throughput } from '../../../test/edge-landscape.ts';
import { defineSignal } from '../../model/asset.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineMachine, stateChanged } from '../../model/machine.ts';
import { packmlCodes } from '../../model/packml.ts';
import { machineFindings } from './machine-check.ts';

const at = { asset: packer, source: floorSource, family: 'state', address: 'packer-3#/state' } as const;
const changed = stateChanged(plantTeam);
const told = { name: 'packaging.packer-3', title: 'Packer 3', owner: plantTeam, dwell: '5s', emit: changed } as const;
const ofPackml = defineSignal({ ...at, of: 'state', type: 'text', codes: packmlCodes });
const ofVendor = defineSignal({ ...at, of: 'vendor-state', type: 'text', codes: { 0: 'off', 1: 'on' } });

const found = (machine: ReturnType<typeof defineMachine>) => machineFindings(landscapeFrom([plantTeam, packer, line, changed, machine.on, machine], 'r1'));

test('a machine by the names of PackML, by a table that knows each word of its signal, or by levels of a number has nothing to mend', () => {
  expect(found(defineMachine({ ...told, on: ofPackml }))).toEqual([]);
  expect(found(defineMachine({ ...told, on: ofVendor, codes: { off: 'Stopped', on: 'Execute' } }))).toEqual([]);
  expect(found(defineMachine({ ...told, on: throughput, levels: { Held: 0, Execute: 5 } }))).toEqual([]);
});

test('a word of its signal that is no state, and levels of a text or none, are found', () => {
  expect(found(defineMachine({ ...told, on: ofVendor, codes: { off: 'Stopped' } }))).toMatchObject([{ code: 'state-unknown', message: expect.stringContaining('says "on"') }]);
  expect(found(defineMachine({ ...told, on: ofPackml, levels: { Held: 0 } }))).toMatchObject([{ code: 'levels-misfit', message: expect.stringContaining('which is text') }]);
  expect(found(defineMachine({ ...told, on: throughput, levels: {} }))).toMatchObject([{ code: 'levels-misfit' }]);
});
