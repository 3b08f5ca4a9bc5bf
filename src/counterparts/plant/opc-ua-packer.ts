// The packer as a machine with a server of its own: OPC UA by the foreign stack node-opcua, its nodes those of PackML (OPC 30050).
import { X509Certificate } from 'node:crypto';
import type * as NodeOpcUa from 'node-opcua';
import type { UAVariable, VariantOptions } from 'node-opcua';
import type { Reading } from './machine.ts';
import type { Speaker } from './speaker.ts';

export interface OpcUaPacker extends Speaker {
  readonly url: string;
  /** What the server shows who it is with, PEM. */
  readonly certificate: string;
}

export interface OpcUaPackerOptions {
  /** Keys and certificates go there. */
  readonly folder: string;
  /** Who may read: principals by their secret. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** URI of its namespace, and of the server. */
const uri = 'urn:packer-3';
const machine = 'Packer3';
/** Above the states of a run the machine is running, and cleared; the states that are of those levels are told there. */
const outerStates = { machine: ['Stopping', 'Stopped', 'Clearing'], base: ['Aborting', 'Aborted'] } as const;

async function library(): Promise<typeof NodeOpcUa> {
  try {
    return await import('node-opcua');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
      throw new Error('a packer over OPC UA takes the package node-opcua: npm install node-opcua', { cause: error });
    throw error;
  }
}

/** Listens on a free port of this machine, for signed and encrypted messages only. */
export async function opcUaPacker({ folder, tokens }: OpcUaPackerOptions): Promise<OpcUaPacker> {
  const { DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes, coerceLocalizedText, nodesets, setErrorLogger, setWarningLogger } =
    await library();
  // Standard output is for the ready line.
  for (const silence of [setWarningLogger, setErrorLogger]) silence(() => undefined);
  // Whoever knows a password may come with any certificate: no person is there to trust it.
  const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
  await certificates.initialize();
  const server = new OPCUAServer({
    port: 0,
    hostname: '127.0.0.1',
    resourcePath: '',
    serverInfo: { applicationUri: uri },
    nodesets: [nodesets.standard, nodesets.di, nodesets.packML],
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: false,
    userManager: { isValidUser: (name: string, password: string) => tokens.get(password) === name },
    // Every change is reported, none is coalesced with the next.
    serverCapabilities: { minSupportedSampleRate: 0 },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const packml = space?.getNamespaceIndex('http://opcfoundation.org/UA/PackML/');
  const type = packml === undefined ? undefined : space?.findObjectType('PackMLBaseObjectType', packml);
  if (!space || !type) throw new Error('the server has no PackML');
  const own = space.getOwnNamespace();
  const packer = type.instantiate({ browseName: 'Packer 3', nodeId: `s=${machine}`, organizedBy: space.rootFolder.objects });
  const job = own.addObject({ componentOf: packer, browseName: 'Job', nodeId: `s=${machine}-Job` });

  const ofType = (name: string): UAVariable => {
    const found = space.findNode(`ns=${own.index};s=${machine}-${name}`);
    if (!found) throw new Error(`PackML has no ${name}`);
    return found as UAVariable; // each that is asked for below is one
  };
  const ofJob = (name: string, dataType: keyof typeof DataType): UAVariable =>
    own.addVariable({ componentOf: job, browseName: name, nodeId: `s=${machine}-Job-${name}`, dataType, minimumSamplingInterval: 0 });
  const nodes = {
    rate: ofType('Status-CurMachSpeed'),
    target: ofType('Status-MachSpeed'),
    base: ofType('BaseStateMachine-CurrentState'),
    machine: ofType('BaseStateMachine-MachineState-CurrentState'),
    execute: ofType('BaseStateMachine-MachineState-ExecuteState-CurrentState'),
    order: ofJob('Order', 'String'),
    item: ofJob('Item', 'String'),
    remaining: ofJob('Remaining', 'UInt32'),
    slotStart: ofJob('SlotStart', 'String'),
    slotEnd: ofJob('SlotEnd', 'String'),
    produced: ofJob('Produced', 'UInt32'),
    defective: ofJob('Defective', 'UInt32'),
    executeTime: ofJob('ExecuteTime', 'Double'),
    temperature: ofJob('Temperature', 'Double'),
    vibration: ofJob('Vibration', 'Double'),
  };
  const told = new Map<UAVariable, unknown>();
  /** Only what is new is told; of a state, that it is none (OPC 10000-16 §4.4.4). */
  const tell = (node: UAVariable, at: Date, value: string | number | undefined, variant: VariantOptions): void => {
    if (told.has(node) && told.get(node) === value) return;
    told.set(node, value);
    node.setValueFromSource(variant, value === undefined ? StatusCodes.BadStateNotActive : StatusCodes.Good, at);
  };
  const tellState = (node: UAVariable, at: Date, state: string | undefined): void =>
    tell(node, at, state, { dataType: DataType.LocalizedText, value: coerceLocalizedText(state ?? '') });

  await server.start();
  let sent = 0;
  const port = server.endpoints[0]?.port;
  const url = `opc.tcp://127.0.0.1:${port}`;
  return {
    url,
    certificate: new X509Certificate(server.getCertificate()).toString(),
    shown: () => ({ opcUa: { url, node: packer.nodeId.toString() }, published: sent }),
    send({ ts, state, rate, target, order, item, remaining, slotStart, slotEnd, produced, defective, executeTime, temperature, vibration }: Reading) {
      const at = new Date(ts);
      const isOf = (level: keyof typeof outerStates): boolean => outerStates[level].some((each) => each === state);
      sent += 1;
      // The state first: whoever hears of a rate knows what it was made in.
      tellState(nodes.base, at, isOf('base') ? state : 'Cleared');
      tellState(nodes.machine, at, isOf('base') ? undefined : isOf('machine') ? state : 'Running');
      tellState(nodes.execute, at, isOf('base') || isOf('machine') ? undefined : state);
      for (const [node, value] of [
        [nodes.order, order],
        [nodes.item, item],
        [nodes.slotStart, slotStart],
        [nodes.slotEnd, slotEnd],
      ] as const)
        tell(node, at, value, { dataType: DataType.String, value });
      tell(nodes.target, at, target, { dataType: DataType.Float, value: target });
      for (const [node, value] of [
        [nodes.remaining, remaining],
        [nodes.produced, produced],
        [nodes.defective, defective],
      ] as const)
        tell(node, at, value, { dataType: DataType.UInt32, value });
      for (const [node, value] of [
        [nodes.executeTime, executeTime],
        [nodes.temperature, temperature],
        [nodes.vibration, vibration],
      ] as const)
        tell(node, at, value, { dataType: DataType.Double, value });
      tell(nodes.rate, at, rate, { dataType: DataType.Float, value: rate });
    },
    close: () => server.shutdown(0),
  };
}
