// In which unit the server counts what we listen to: the property EngineeringUnits of each node (OPC 10000-8 §5.3.2), where it has one.
import type { ClientSession } from 'node-opcua-client';
import { ucumProblem } from '../../kernel/ucum.ts';
import type { ToldUnit } from '../../model/source.ts';
import { nodeIdOf } from './address.ts';
import { euInformation, ucumOf } from './engineering-unit.ts';
import type { Item } from './items.ts';
import type { OpcUaLibrary } from './library.ts';

const attributeValue = 13;

/** The units of the items that have one which is known here. */
export async function unitsOf(
  library: OpcUaLibrary,
  session: ClientSession,
  items: readonly Item[],
  namespaces: readonly string[],
  batchMax: number,
): Promise<readonly ToldUnit[]> {
  const told: ToldUnit[] = [];
  const reported = items.filter(({ monitoredId }) => monitoredId !== undefined);
  for (let from = 0; from < reported.length; from += batchMax) {
    const batch = reported.slice(from, from + batchMax);
    const paths = batch.map(({ address }) => library.makeBrowsePath(nodeIdOf(address, namespaces) ?? 'i=0', '.EngineeringUnits'));
    const found = await session.translateBrowsePath(paths);
    const nodes = batch.flatMap(({ address }, index) => {
      const target = found[index]?.targets?.[0]?.targetId.toString();
      return target === undefined ? [] : [{ address: address.text, nodeId: target }];
    });
    if (nodes.length === 0) continue;
    const values = await session.read(nodes.map(({ nodeId }) => ({ nodeId, attributeId: attributeValue })));
    for (const [index, { address }] of nodes.entries()) {
      const eu = euInformation(values[index]?.value.value);
      const unit = eu && ucumOf(eu, (code) => ucumProblem(code) === undefined);
      if (unit !== undefined) told.push({ address, unit });
    }
  }
  return told;
}
