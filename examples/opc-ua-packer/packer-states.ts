import { defineLimit, defineMachine, stateChanged, textTag } from 'lineshaft';
import { packaging, tags } from './plant.ts';

export const machineChanged = stateChanged(packaging);

export const dwell = defineLimit({ name: 'state.dwell', value: '5s', why: 'the packer suspends for a second or two at each change of film' });

/** Each state that it goes to and stays in is told, with how long the one before lasted. */
export const packerStates = defineMachine({
  name: 'packer.states',
  title: 'States of packer 3',
  owner: packaging,
  on: textTag(tags, 'packer-3.state'),
  dwell,
  emit: machineChanged,
});
