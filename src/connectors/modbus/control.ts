import { Fault, messageOf } from '../../kernel/errors.ts';
import type { RawSample, SourceControl, WriteAnswer } from '../../model/source.ts';
import { modbusAddress, type ModbusAddress } from './address.ts';
import { alone } from './block.ts';
import { leavesOpen, writeExceptionText } from './frame.ts';
import { NotSent, type ModbusLine } from './modbus-line.ts';
import { dataOf, valueIn } from './value.ts';

/** Why an address cannot be written. */
export function unwritable(text: string): string | undefined {
  let address: ModbusAddress;
  try {
    address = modbusAddress(text);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  if (address.value.kind === 'bit of register') return 'one bit of a register cannot be written alone';
  return address.table === 'coil' || address.table === 'holding' ? undefined : `Modbus reads ${address.table}s and does not write them`;
}

/** Writing, and reading now, on the line that the source reads on. */
export function modbusControl(line: () => ModbusLine | undefined, several: boolean, now: () => number): SourceControl {
  return {
    async write(text, value): Promise<WriteAnswer> {
      const address = modbusAddress(text);
      const { unit, table, start } = address;
      const told = dataOf(address, value);
      if ('reason' in told) return { kind: 'refused', reason: told.reason };
      const open = line();
      if (!open || (table !== 'coil' && table !== 'holding')) return { kind: 'unreachable', reason: 'The device is not connected.' };
      try {
        const answer = await open.write({ unit, table, start, data: told.data }, several);
        if ('written' in answer) return { kind: 'written' };
        return { kind: leavesOpen(answer.exception) ? 'unknown' : 'refused', reason: writeExceptionText(answer.exception) };
      } catch (error) {
        return { kind: error instanceof NotSent ? 'unreachable' : 'unknown', reason: `The device could not be written: ${messageOf(error)}.` };
      }
    },
    async read(addresses) {
      const samples: RawSample[] = [];
      for (const text of addresses) {
        const block = alone(modbusAddress(text));
        const answer = await line()
          ?.read(block)
          .catch(() => undefined); // no answer: left out
        const [address] = block.addresses;
        if (!answer || !('data' in answer) || !address) continue;
        const found = valueIn(block, answer.data, address);
        if ('value' in found) samples.push({ address: text, value: found.value, atMs: now(), quality: 'good' });
      }
      return samples;
    },
  };
}
