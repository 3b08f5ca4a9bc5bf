import { join } from 'node:path';
import type { ClientSession } from 'node-opcua-client';
import { sleep } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import { defineSourceConnector, type SourceSink } from '../../model/source.ts';
import { opcUaAddress } from './address.ts';
import { browse } from './browse.ts';
import { opcUaControl, unwritable, type Controlled } from './control.ts';
import { BlankDesk } from './history.ts';
import { newItem } from './items.ts';
import { opcUaLibrary } from './library.ts';
import { inSession, openOpcUaLink, type OpcUaLinkOptions } from './link.ts';
import { opcUaOptions, type OpcUaOptions } from './options.ts';
import { operationLimits, refusalIn, wholeSession } from './service.ts';
import { unitsOf } from './unit-reader.ts';
import { ItemSubscription, silenceMsOf } from './subscription.ts';

/** How often a node that the server does not know is asked for again, and clocks are compared. */
const lookAgainMs = 60_000;
/** The subscription notices silence first; this is for servers that report more slowly than they are asked to. */
const idleExtraMs = 60_000;
const usual = { intervalMs: 500, samplingMs: 0, queueSize: 100, lifetimeMs: 600_000, keepAliveMs: 5_000, batchMax: 1_000 } as const;

/**
 * OPC UA as a client: a subscription on the nodes that the signals name. An address is a NodeId, best with its namespace's URI:
 * `nsu=http://acme.example/packer;s=Rate`. After a cut shorter than the server's queues and the subscription's lifetime every value
 * arrives once and in order; what a longer one cost is read from the server's history, or told as a gap.
 */
export const opcUa = defineSourceConnector({
  name: 'opc-ua',
  title: 'OPC UA',
  options: opcUaOptions,
  packages: ['node-opcua-client', 'node-opcua-certificate-manager'],
  changesWithinMs: ({ intervalMs = usual.intervalMs }) => 2 * intervalMs + 1_000,
  checkAddress: (text) => void opcUaAddress(text),
  takesUp: true,
  async open(given, addresses, sink, ports) {
    const options = { ...usual, ...given };
    const items = addresses.map((text) => newItem(opcUaAddress(text), ports.earlier?.absences.get(text)));
    const library = await opcUaLibrary();
    const desk = new BlankDesk({ library, sink, ports });
    const subscription = new ItemSubscription({ library, settings: options, items, sink, clock: ports.clock, blank: (blanks) => desk.put(blanks) });

    let controlled: Controlled | undefined;

    async function serve(session: ClientSession, resumed: boolean, signal: AbortSignal): Promise<void> {
      const whole = wholeSession(session);
      const [limits, namespaces] = [await operationLimits(session, options.batchMax), await session.readNamespaceArray()];
      await compareClocks(session, sink, ports);
      controlled = { session, namespaces };
      signal.addEventListener('abort', () => (controlled = undefined), { once: true });
      const isKept = await subscription.attach(whole, resumed, signal);
      await subscription.monitor(whole, namespaces, limits.monitor);
      const reported = items.filter(({ monitoredId }) => monitoredId !== undefined).length;
      sink.connected(true, `Listening to ${reported} of ${items.length} nodes${isKept ? ', with the subscription of before' : ''}.`);
      const lookAgain = async (): Promise<void> => {
        while (!signal.aborted) {
          await sleep(ports.clock, lookAgainMs, signal).catch(() => undefined); // the connection is over: the loop ends
          if (signal.aborted) return;
          await subscription.monitor(whole, namespaces, limits.monitor);
          await compareClocks(session, sink, ports);
        }
      };
      const compareUnits = async (): Promise<void> => {
        if (isKept) return;
        try {
          sink.units(await unitsOf(library, session, items, namespaces, limits.read));
        } catch (error) {
          // Nobody needs them to listen.
          if (refusalIn(error) === undefined) throw error;
          ports.log(`The units of ${ports.system} are not known: ${messageOf(error)}`);
        }
      };
      await Promise.all([compareUnits(), subscription.listen(whole, signal), desk.settle(session, namespaces, limits, signal), lookAgain()]);
    }

    let stale: (() => void) | undefined;
    const link = await openOpcUaLink(
      library,
      linkOptions(given, ports),
      {
        serve(session, resumed, signal) {
          stale?.();
          stale = undefined;
          return serve(session, resumed, signal);
        },
        down(detail) {
          const sinceMs = ports.clock.now();
          stale ??= ports.clock.after(options.lifetimeMs, () => sink.stale('', sinceMs));
          sink.connected(false, detail);
        },
      },
      ports,
    );
    return {
      control: opcUaControl(
        library,
        () => controlled,
        () => ports.clock.now(),
      ),
      async close() {
        stale?.();
        await link.close();
        desk.close();
      },
    };
  },
  unwritable,
  async *discover(options, ports, signal) {
    const library = await opcUaLibrary();
    yield* inSession(library, linkOptions(options, ports), ports, async function* (session) {
      yield* browse(library, session, await operationLimits(session, options.batchMax ?? usual.batchMax), ports, signal);
    });
  },
});

function linkOptions(options: OpcUaOptions, ports: ConnectorPorts): OpcUaLinkOptions {
  const { url, security = 'sign-and-encrypt', credentials = { kind: 'none' } } = options;
  const { lifetimeMs, intervalMs, keepAliveMs } = { ...usual, ...options };
  return { url, security, credentials, certificates: certificatesOf(options, ports), sessionMs: lifetimeMs, idleMs: idleExtraMs + silenceMsOf(Math.max(intervalMs, keepAliveMs)) };
}

function certificatesOf({ certificates }: OpcUaOptions, { folder, system }: ConnectorPorts): string {
  if (certificates !== undefined) return certificates;
  if (folder !== undefined) return join(folder, 'certificates');
  throw new Fault('ENVIRONMENT_INVALID', `Say in the option "certificates" of ${system} where its certificates are.`, { source: system });
}

const currentTimeNode = 'i=2258';
const attributeValue = 13;

/** The server's clock against ours: read half way between question and answer. */
async function compareClocks(session: ClientSession, sink: SourceSink, { clock }: ConnectorPorts): Promise<void> {
  const askedMs = clock.now();
  const { value } = await session.read({ nodeId: currentTimeNode, attributeId: attributeValue });
  const answeredMs = clock.now();
  const said: unknown = value.value;
  if (said instanceof Date) sink.skew(said.getTime() - (askedMs + answeredMs) / 2, (answeredMs - askedMs) / 2);
}
