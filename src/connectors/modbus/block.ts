// What is read in one request: neighbours together, as far as the protocol allows and the gap between them is not worth another request.
import type { ModbusAddress, Table } from './address.ts';

export interface Block {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  readonly count: number;
  readonly addresses: readonly ModbusAddress[];
}

/** Quantities in one request (MODBUS Application Protocol 1.1b3 §6.1 to §6.4). */
const bitsMax = 2_000;
const registersMax = 125;

/** Blocks that cover all addresses; `gapMax` is how many bits or registers that nobody wants may lie between two of one block. */
export function blocksOf(addresses: readonly ModbusAddress[], gapMax: number): readonly Block[] {
  const tables = Map.groupBy(addresses, ({ unit, table }) => `${unit}/${table}`);
  return [...tables.values()].flatMap((own) => {
    const blocks: Block[] = [];
    for (const address of own.toSorted((a, b) => a.start - b.start)) {
      const last = blocks.at(-1);
      const grown = last && Math.max(last.start + last.count, address.start + address.count) - last.start;
      const max = address.table === 'coil' || address.table === 'discrete' ? bitsMax : registersMax;
      if (last && grown !== undefined && grown <= max && address.start - (last.start + last.count) <= gapMax)
        blocks[blocks.length - 1] = { ...last, count: grown, addresses: [...last.addresses, address] };
      else blocks.push(alone(address));
    }
    return blocks;
  });
}

/** A block of one address. */
export function alone(address: ModbusAddress): Block {
  const { unit, table, start, count } = address;
  return { unit, table, start, count, addresses: [address] };
}
