// An OPC UA server that nobody here wrote (node-opcua), as a process of its own, with a record of all that it ever said.
// `node test/opc-ua-server.ts [--port P] [--items N] [--every MS] [--history] [--machinery]`; prints one JSON line when it listens, takes one JSON command a line.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  Variant,
  VariantArrayType,
  coerceLocalizedText,
  nodesets,
  setErrorLogger,
  setWarningLogger,
  type NodeId,
  type OPCUAServerOptions,
  type UAVariable,
} from 'node-opcua';

const { values: given } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    items: { type: 'string', default: '10' },
    every: { type: 'string', default: '0' },
    history: { type: 'boolean', default: false },
    machinery: { type: 'boolean', default: false },
    pki: { type: 'string', default: '' },
    uri: { type: 'string' },
    'per-call': { type: 'string', default: '0' },
  },
});
const perCall = Number(given['per-call']);

// Standard output is for our answers.
for (const silence of [setWarningLogger, setErrorLogger]) silence(() => undefined);
const certificates = new OPCUACertificateManager({ rootFolder: given.pki, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
await certificates.initialize();
const options: OPCUAServerOptions = {
  port: Number(given.port),
  hostname: '127.0.0.1',
  ...(given.uri !== undefined && { serverInfo: { applicationUri: given.uri } }),
  resourcePath: '',
  nodesets: given.machinery ? [nodesets.standard, nodesets.di, nodesets.ia, nodesets.machinery, nodesets.packML] : [nodesets.standard],
  serverCertificateManager: certificates,
  userCertificateManager: certificates,
  securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
  securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
  allowAnonymous: true,
  userManager: { isValidUser: (name: string, password: string) => name === 'operator' && password === 'open sesame' },
  serverCapabilities: {
    // Every change is reported, none is coalesced with the next.
    minSupportedSampleRate: 0,
    maxMonitoredItemsPerSubscription: 100_000,
    maxMonitoredItemsQueueSize: 100_000,
    operationLimits: { maxMonitoredItemsPerCall: perCall, maxNodesPerRead: perCall, maxNodesPerHistoryReadData: perCall, maxNodesPerBrowse: perCall },
  },
};
const server = new OPCUAServer(options);
await server.initialize();

const space = server.engine.addressSpace;
if (!space) throw new Error('the server has no address space');
const own = space.getOwnNamespace();
const floor = own.addFolder(space.rootFolder.objects, { browseName: 'Floor' });

interface Item {
  readonly node: UAVariable;
  value: number;
  /** Source times, epoch milliseconds, of the values 1, 2, 3 … */
  readonly saidMs: number[];
}
const items: Item[] = [];
for (let index = 0; index < Number(given.items); index++) {
  const node = own.addVariable({ componentOf: floor, browseName: `Counter ${index}`, nodeId: `s=Counter.${index}`, dataType: DataType.Double, minimumSamplingInterval: 0 });
  if (given.history) space.installHistoricalDataNode(node, { maxOnlineValues: 10_000 });
  items.push({ node, value: 0, saidMs: [] });
}

// A packer as the companion specification has it (OPC 30050), below the folder Machines of OPC 40001-1.
if (given.machinery) {
  const type = space.findObjectType('PackMLBaseObjectType', space.getNamespaceIndex('http://opcfoundation.org/UA/PackML/'));
  const machines = space.findNode(`ns=${space.getNamespaceIndex('http://opcfoundation.org/UA/Machinery/')};i=1001`);
  type?.instantiate({ browseName: 'Packer 3', nodeId: 's=Packer3', ...(machines && { organizedBy: machines }) });
}

function say(item: Item, at = new Date()): void {
  item.value += 1;
  item.saidMs.push(at.getTime());
  item.node.setValueFromSource({ dataType: DataType.Double, value: item.value }, StatusCodes.Good, at);
}
const sayAll = (): void => {
  const at = new Date();
  for (const item of items) say(item, at);
};
sayAll();
let timer = Number(given.every) > 0 ? setInterval(sayAll, Number(given.every)) : undefined;

/** What clients wrote and it took. */
const taken: { readonly node: string; readonly value: unknown }[] = [];

interface Command {
  readonly do: string;
  readonly node?: string;
  readonly type?: keyof typeof DataType;
  readonly value?: unknown;
  readonly status?: 'Good' | 'BadSensorFailure' | 'UncertainSensorNotAccurate';
  readonly at?: number;
  readonly list?: boolean;
  readonly readOnly?: boolean;
  readonly refuse?: 'BadOutOfRange' | 'BadInvalidState' | 'BadTimeout';
  readonly euId?: number;
  readonly euName?: string;
}

function newVariable({ node = '', type = 'Double', list = false, euId, euName = '' }: Command): UAVariable {
  const base = { componentOf: floor, browseName: node, nodeId: `s=${node}`, dataType: type, valueRank: list ? 1 : -1, minimumSamplingInterval: 0 };
  if (euId === undefined) return own.addVariable(base);
  const engineeringUnits = { unitId: euId, displayName: { text: euName }, description: { text: '' }, namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact' };
  return own.addAnalogDataItem({ ...base, engineeringUnitsRange: { low: 0, high: 1_000 }, engineeringUnits });
}

function sessionTokens(): readonly NodeId[] {
  return server.engine.getSessions().map(({ authenticationToken }) => authenticationToken);
}

async function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'say':
      sayAll();
      return items[0]?.value;
    case 'stop saying':
      clearInterval(timer);
      timer = undefined;
      return undefined;
    case 'said':
      return items[0]?.value;
    case 'record':
      return items.map(({ saidMs }) => saidMs);
    case 'write': {
      const nodeId = `ns=1;s=${command.node}`;
      const found = space?.findNode(nodeId);
      const variable = found
        ? (found as UAVariable) // only variables are ever added under this name
        : newVariable(command);
      variable.setValueFromSource(
        {
          dataType: DataType[command.type ?? 'Double'],
          arrayType: command.list ? VariantArrayType.Array : VariantArrayType.Scalar,
          value: command.type === 'LocalizedText' ? coerceLocalizedText(String(command.value)) : command.value,
        },
        StatusCodes[command.status ?? 'Good'],
        command.at === undefined ? new Date() : new Date(command.at),
      );
      return variable.nodeId.toString();
    }
    case 'writable':
      own.addVariable({
        componentOf: floor,
        browseName: command.node ?? '',
        nodeId: `s=${command.node}`,
        dataType: command.type ?? 'Double',
        minimumSamplingInterval: 0,
        ...(command.readOnly === true && { accessLevel: 'CurrentRead' }),
        value: {
          get: () =>
            new Variant({
              dataType: DataType[command.type ?? 'Double'],
              arrayType: VariantArrayType.Scalar,
              value: taken.findLast(({ node }) => node === command.node)?.value ?? command.value,
            }),
          set(variant: Variant) {
            if (command.refuse !== undefined) return StatusCodes[command.refuse];
            const value: unknown = variant.value;
            taken.push({ node: command.node ?? '', value });
            return StatusCodes.Good;
          },
        },
      });
      return undefined;
    case 'taken':
      return taken;
    case 'end sessions':
      // As a server does whose sessions time out before their subscriptions.
      for (const token of sessionTokens()) server.engine.closeSession(token, false, 'Timeout');
      return undefined;
    case 'forget sessions':
      // What a cut comes to that is longer than the lifetime of subscriptions.
      for (const token of sessionTokens()) server.engine.closeSession(token, true, 'Timeout');
      return undefined;
    case 'channels':
      return server.engine.getSessions().map(({ channel }) => [MessageSecurityMode[channel?.securityMode ?? 0], channel?.securityPolicy?.split('#')[1]]);
    case 'sessions':
      return { sessions: server.engine.currentSessionCount, subscriptions: server.engine.currentSubscriptionCount };
    default:
      throw new Error(`unknown command ${command.do}`);
  }
}

await server.start();
process.stdout.write(`${JSON.stringify({ port: server.endpoints[0]?.port, namespace: own.namespaceUri })}\n`);
for await (const line of createInterface(process.stdin)) {
  // Only our own tests write here.
  const command = JSON.parse(line) as Command;
  process.stdout.write(`${JSON.stringify({ answer: (await carryOut(command)) ?? null })}\n`);
}
clearInterval(timer);
await server.shutdown(0);
process.exit(0);
