// What a server has to offer, as a stream that is never held as a whole.
import type { BrowseResult, ClientSession, DataValue, ReferenceDescription } from 'node-opcua-client';
import { ucumProblem } from '../../kernel/ucum.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import type { FoundTag } from '../../model/source.ts';
import { addressOf } from './address.ts';
import { euInformation, ucumOf } from './engineering-unit.ts';
import type { OpcUaLibrary } from './library.ts';
import { readingOf } from './sample.ts';
import type { OperationLimits } from './service.ts';

/** Nodes that are looked at; a server may have more, or give ever new ones. */
const nodesMax = 200_000;
const pathMax = 20;
const referencesMax = 1_000;
const objectsFolder = 'ns=0;i=85';
const serverObject = 'ns=0;i=2253';
const hierarchical = 'ns=0;i=33';
const hasProperty = 'ns=0;i=46';
const objectsAndVariables = 1 | 2;
const variableClass = 2;
const attributeValue = 13;
const attributeDataType = 14;

interface Place {
  readonly nodeId: string;
  readonly path: readonly string[];
}

interface FoundVariable extends Place {
  /** The property EngineeringUnits, where it has one. */
  unitNode?: string;
}

/** Every variable below the Objects folder, the server's own apart: breadth first, a page at a time, each once. */
export async function* browse(library: OpcUaLibrary, session: ClientSession, limits: OperationLimits, ports: ConnectorPorts, signal: AbortSignal): AsyncGenerator<FoundTag> {
  const namespaces = await session.readNamespaceArray();
  const seen = new Set([objectsFolder, serverObject]);
  const waiting: Place[] = [{ nodeId: objectsFolder, path: [] }];
  let pending: FoundVariable[] = [];
  const byNode = new Map<string, FoundVariable>();
  while (waiting.length > 0 && !signal.aborted) {
    const batch = waiting.splice(0, Math.min(limits.browse, 100));
    for (const { place, reference } of await childrenOf(library, session, batch)) {
      const nodeId = reference.nodeId.toString();
      const name = reference.browseName.name ?? '';
      const isProperty = reference.referenceTypeId.toString() === hasProperty;
      if (isProperty && name === 'EngineeringUnits') Object.assign(byNode.get(place.nodeId) ?? {}, { unitNode: nodeId });
      if (isProperty || seen.has(nodeId)) continue;
      if (seen.size >= nodesMax) {
        ports.log(`The server has more than ${nodesMax} nodes; what is beyond is left out.`);
        waiting.length = 0;
        break;
      }
      seen.add(nodeId);
      const found = { nodeId, path: [...place.path, name] };
      if (found.path.length < pathMax) waiting.push(found);
      if (Number(reference.nodeClass) !== variableClass) continue;
      pending.push(found);
      byNode.set(nodeId, found);
    }
    // A variable is told once its own properties have been looked at, with them its unit.
    const looked = new Set(batch.map(({ nodeId }) => nodeId));
    const ready = pending.filter(({ nodeId }) => looked.has(nodeId));
    pending = pending.filter(({ nodeId }) => !looked.has(nodeId));
    for (const { nodeId } of ready) byNode.delete(nodeId);
    yield* described(session, ready, limits, namespaces, ports);
  }
  yield* described(session, pending, limits, namespaces, ports);
}

async function childrenOf(
  library: OpcUaLibrary,
  session: ClientSession,
  batch: readonly Place[],
): Promise<readonly { readonly place: Place; readonly reference: ReferenceDescription }[]> {
  const description = (nodeId: string) => ({
    nodeId,
    referenceTypeId: hierarchical,
    includeSubtypes: true,
    browseDirection: library.BrowseDirection.Forward,
    nodeClassMask: objectsAndVariables,
    resultMask: 63,
  });
  session.requestedMaxReferencesPerNode = referencesMax;
  const children: { place: Place; reference: ReferenceDescription }[] = [];
  const results: readonly BrowseResult[] = await session.browse(batch.map(({ nodeId }) => description(nodeId)));
  for (const [index, place] of batch.entries()) {
    let result = results[index];
    for (;;) {
      for (const reference of result?.references ?? []) children.push({ place, reference });
      if (!result?.continuationPoint || result.continuationPoint.length === 0 || children.length >= nodesMax) break;
      result = await session.browseNext(result.continuationPoint, false);
    }
  }
  return children;
}

/** Type and unit of variables, by what they say now, else by their DataType. */
async function* described(
  session: ClientSession,
  variables: readonly FoundVariable[],
  limits: OperationLimits,
  namespaces: readonly string[],
  ports: ConnectorPorts,
): AsyncGenerator<FoundTag> {
  for (let from = 0; from < variables.length; from += limits.read) {
    const page = variables.slice(from, from + limits.read);
    const values = await readAll(session, page, attributeValue);
    const readings = values.map((value) => readingOf('', value, ports.clock.now()));
    const empty = page.filter((_, index) => isEmpty(readings[index]));
    const types = new Map((await readAll(session, empty, attributeDataType)).map(({ value }, index) => [empty[index], typeNamed(value.value)]));
    const united = page.flatMap(({ nodeId, unitNode }) => (unitNode === undefined ? [] : [{ of: nodeId, nodeId: unitNode }]));
    const units = new Map((await readAll(session, united, attributeValue)).map(({ value }, index) => [united[index]?.of, euInformation(value.value)]));
    for (const [index, found] of page.entries()) {
      const reading = readings[index] ?? { reason: 'The server did not answer.' };
      const type = 'reason' in reading ? undefined : (typeOf(reading.sample.value) ?? types.get(found));
      const eu = units.get(found.nodeId);
      const unit = eu && ucumOf(eu, (code) => ucumProblem(code) === undefined);
      const isOdd = eu !== undefined && unit === undefined && eu.name !== '';
      const note = 'reason' in reading ? reading.reason : isOdd ? `The source counts in ${JSON.stringify(eu.name)}, which has no UCUM code here.` : undefined;
      const address = addressIn(found.nodeId, namespaces);
      yield { address, path: found.path, ...(type && { type }), ...(unit !== undefined && { unit }), ...(note !== undefined && { note }) };
    }
  }
}

async function readAll(session: ClientSession, nodes: readonly { readonly nodeId: string }[], attributeId: number): Promise<readonly DataValue[]> {
  return nodes.length === 0 ? [] : session.read(nodes.map(({ nodeId }) => ({ nodeId, attributeId })));
}

function isEmpty(reading: ReturnType<typeof readingOf> | undefined): boolean {
  return reading !== undefined && !('reason' in reading) && reading.sample.value === null;
}

function typeOf(scalar: unknown): FoundTag['type'] {
  if (typeof scalar === 'number') return 'number';
  if (typeof scalar === 'boolean') return 'boolean';
  return typeof scalar === 'string' ? 'text' : undefined;
}

/** The built-in types of OPC 10000-6 §5.1.2, with Number, Integer, UInteger and Duration, and UtcTime. */
const numericTypes = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28, 290];
const textTypes = [12, 13, 21, 294];

function typeNamed(dataType: unknown): FoundTag['type'] {
  const [, identifier] = /^(?:ns=0;)?i=(\d+)$/.exec(String(dataType)) ?? [];
  const type = Number(identifier);
  if (type === 1) return 'boolean';
  if (numericTypes.includes(type)) return 'number';
  return textTypes.includes(type) ? 'text' : undefined;
}

/** With the namespace's URI, where it has one that is not the standard's own. */
function addressIn(nodeId: string, namespaces: readonly string[]): string {
  const [, index = '0', identifier = nodeId] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
  const uri = namespaces[Number(index)];
  return index === '0' || uri === undefined ? identifier : addressOf(uri, identifier);
}
