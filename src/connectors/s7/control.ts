import { Fault, messageOf } from '../../kernel/errors.ts';
import type { RawSample, SourceControl, WriteAnswer } from '../../model/source.ts';
import { checkedS7Address, s7TypeOf } from './address.ts';
import { NotSent, type S7Line } from './s7-line.ts';

/** Why an address cannot be written. */
export function unwritable(text: string): string | undefined {
  try {
    const address = checkedS7Address(text);
    return /^[IE]/.test(address) ? 'an input is read from the machine; what is written to it, the next cycle of the controller overwrites' : undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** Writing, and reading now, on the line that the source reads on. */
export function s7Control(line: () => S7Line | undefined, now: () => number): SourceControl {
  return {
    async write(address, value): Promise<WriteAnswer> {
      const told = writtenValue(address, value);
      if ('reason' in told) return { kind: 'refused', reason: told.reason };
      const open = line();
      if (!open) return { kind: 'unreachable', reason: 'The controller is not connected.' };
      try {
        if (await open.write(address, told.value)) return { kind: 'written' };
        return {
          kind: 'refused',
          reason: 'The controller refused to write it: there is no such block or byte, the block is optimised or protected, or GET/PUT is not permitted.',
        };
      } catch (error) {
        return { kind: error instanceof NotSent ? 'unreachable' : 'unknown', reason: `The controller could not be written: ${messageOf(error)}.` };
      }
    },
    async read(addresses) {
      const open = line();
      const values = await open?.read().catch(() => undefined); // no answer: left out
      return addresses.flatMap((address): RawSample[] => {
        const found = values?.get(address);
        return found && 'value' in found ? [{ address, value: found.value, atMs: now(), quality: 'good' }] : [];
      });
    },
  };
}

const ranges = {
  BYTE: [0, 0xff],
  WORD: [0, 0xffff],
  DWORD: [0, 0xffff_ffff],
  INT: [-0x8000, 0x7fff],
  DINT: [-0x8000_0000, 0x7fff_ffff],
} as const;

/** The value as its type is written, or in a sentence why it cannot be. */
function writtenValue(address: string, given: number | string | boolean): { readonly value: number | string | boolean } | { readonly reason: string } {
  const type = s7TypeOf(address);
  switch (type.kind) {
    case 'X':
      return typeof given === 'boolean' || given === 0 || given === 1 ? { value: given === true || given === 1 } : { reason: `A bit is no ${JSON.stringify(given)}.` };
    case 'STRING':
    case 'CHAR': {
      const most = type.kind === 'STRING' ? type.length : 1;
      const isText = typeof given === 'string' && given.length <= most && (type.kind === 'STRING' || given.length === 1) && /^[\0-\u00ff]*$/.test(given);
      return isText ? { value: given } : { reason: `${JSON.stringify(given)} is no text of ${most} ${most === 1 ? 'character' : 'characters'} in Latin-1.` };
    }
    case 'REAL':
    case 'LREAL':
      return typeof given === 'number' && Number.isFinite(type.kind === 'REAL' ? Math.fround(given) : given)
        ? { value: given }
        : { reason: `${JSON.stringify(given)} is no ${type.kind}.` };
    case 'BYTE':
    case 'WORD':
    case 'DWORD':
    case 'INT':
    case 'DINT': {
      const [least, most] = ranges[type.kind];
      return typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most
        ? { value: given }
        : { reason: `${JSON.stringify(given)} is no ${type.kind}: a whole number from ${least} to ${most}.` };
    }
  }
}
