// The simulated systems of the demo, started together and used for one play after the other.
import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import type { WorldOverrides } from '../../counterparts/frame/world.ts';
import { at, type Addresses, type SystemName } from '../../counterparts/verdict/testimony.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Ready, Supervisor } from '../supervisor.ts';

/** Secrets that the systems were started with. */
interface SystemSecrets {
  /** Bearer token of the principal `lineshaft` at each system. */
  readonly token: string;
  /** What the ERP takes instead, where it runs elsewhere. */
  readonly erp: string;
  /** OAuth client secret at the transport service. */
  readonly client: string;
  readonly webhook: string;
}

export interface CounterpartSet {
  readonly addresses: Addresses;
  readonly mqtt: string;
  readonly smtp: string;
  /** The packer's own server, where it does not speak over the broker. */
  readonly packer: PackerServer | undefined;
  readonly secrets: SystemSecrets;
  /** Asks a system's control endpoint; raises on anything but success. */
  ask(system: SystemName, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** A new world everywhere; nothing of an earlier play is left but its subscriptions. */
  reset(world: { readonly seed: number; readonly epochMs: number; readonly overrides: WorldOverrides }): Promise<void>;
  /** Has webhooks of the systems that send any go to this hub, and to nobody else. */
  sendWebhooksTo(hubUrl: string): Promise<void>;
}

/** Systems that send webhooks, and the doors of the landscape that take them. */
const webhookDoors = [
  { sender: 'tms', door: 'tms-appointment' },
  { sender: 'supplier', door: 'supplier-answer' },
  { sender: 'mes', door: 'mes-confirmation' },
] as const;
/** Between two messages of the packer: often enough for the shortest window of any environment. */
const plantIntervalMs = 50;
/** Of the machines beside it, which run well. */
const neighboursMs = 200;
const askTimeoutMs = 10_000;

/** An ERP that is not simulated; its `/_…` endpoints answer for it like those of the simulated one. */
export interface ElsewhereErp {
  readonly url: string;
  /** What the principal `lineshaft` proves itself with. */
  readonly secret: string;
}

/** A packer that speaks OPC UA. */
export interface PackerServer {
  readonly url: string;
  /** What it shows who it is with, PEM. */
  readonly certificate: string;
}

export interface CounterpartSetOptions {
  readonly seed: number;
  /** The packer speaks OPC UA; its server keeps its keys in this folder. Usual: JSON over MQTT. */
  readonly opcUaFolder?: string;
  readonly erp?: ElsewhereErp;
}

/** Starts all systems at once; they end with the supervisor. */
export async function startCounterparts(children: Supervisor, options: CounterpartSetOptions): Promise<CounterpartSet> {
  const token = freshSecret();
  const secrets: SystemSecrets = { token, erp: options.erp?.secret ?? token, client: freshSecret(), webhook: freshSecret() };
  const shared = ['--port', '0', '--seed', String(options.seed), '--epoch', String(Date.now()), '--token', `lineshaft=${secrets.token}`, '--token', `iot=${freshSecret()}`];
  const start = (name: SystemName, ...args: readonly string[]): Promise<Ready> =>
    children.start({ name, module: new URL(`../../counterparts/${name}/main${ownExtension}`, import.meta.url), args: [...shared, ...args] });
  const [erp, mes, wms, tms, cmms, supplier, mailbox, plant] = await Promise.all([
    options.erp ? { url: options.erp.url } : start('erp'),
    start('mes'),
    start('wms'),
    start('tms', '--client', `lineshaft=${secrets.client}`),
    start('cmms'),
    start('supplier'),
    start('mailbox'),
    start(
      'plant',
      '--interval-ms',
      String(plantIntervalMs),
      '--neighbours-ms',
      String(neighboursMs),
      ...(options.opcUaFolder === undefined ? [] : ['--opc-ua', options.opcUaFolder]),
    ),
  ]);
  const urlOf = (ready: Ready): string => String(ready['url']);
  const addresses: Addresses = {
    erp: urlOf(erp),
    mes: urlOf(mes),
    wms: urlOf(wms),
    tms: urlOf(tms),
    cmms: urlOf(cmms),
    supplier: urlOf(supplier),
    mailbox: urlOf(mailbox),
    plant: urlOf(plant),
  };
  const ask: CounterpartSet['ask'] = (system, method, path, body) => askSystem(`${addresses[system]}${path}`, method, body);
  return {
    addresses,
    mqtt: String(plant['mqtt']),
    smtp: String(mailbox['smtp']),
    packer: options.opcUaFolder === undefined ? undefined : { url: String(at(plant['opcUa'], 'url')), certificate: String(at(plant['opcUa'], 'certificate')) },
    secrets,
    ask,
    async reset({ seed, epochMs, overrides }) {
      await Promise.all(Object.values(addresses).map((url) => askSystem(`${url}/_reset`, 'POST', { seed, epoch: epochMs, overrides })));
    },
    async sendWebhooksTo(hubUrl) {
      await Promise.all(
        webhookDoors.map(async ({ sender, door }) => {
          await ask(sender, 'DELETE', '/_webhook');
          await ask(sender, 'POST', '/_webhook', { url: `${hubUrl}/api/webhooks/${door}`, secret: secrets.webhook });
        }),
      );
    },
  };
}

const ownExtension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

function freshSecret(): string {
  return randomBytes(24).toString('base64url');
}

async function askSystem(url: string, method: 'GET' | 'POST' | 'DELETE', body: unknown): Promise<unknown> {
  const payload = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await request(url, { method, ...payload, signal: AbortSignal.timeout(askTimeoutMs) });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Fault('SYSTEM_UNREACHABLE', `${method} ${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`, { url, status: answer.statusCode });
  return text === '' ? undefined : JSON.parse(text);
}

/** What an environment file of the landscape refers to: `${env:…}` by name, and `${secret:…}`. */
export function referencesOf({ addresses, mqtt, smtp, packer, secrets }: CounterpartSet): {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const { erp, mes, wms, tms, cmms, supplier } = addresses;
  const { token, erp: erpSecret, client, webhook } = secrets;
  return {
    variables: {
      ERP_URL: erp,
      MES_URL: mes,
      WMS_URL: wms,
      TMS_URL: tms,
      CMMS_URL: cmms,
      SUPPLIER_URL: supplier,
      MQTT_URL: mqtt,
      SMTP_URL: smtp,
      ...(packer && { PACKER_URL: packer.url }),
    },
    secrets: {
      ERP_TOKEN: erpSecret,
      MES_TOKEN: token,
      WMS_TOKEN: token,
      CMMS_TOKEN: token,
      SUPPLIER_TOKEN: token,
      TMS_CLIENT_SECRET: client,
      SUPPLIER_WEBHOOK_SECRET: webhook,
      TMS_WEBHOOK_SECRET: webhook,
      MES_WEBHOOK_SECRET: webhook,
      ...(packer && { PACKER_PASSWORD: token }),
    },
  };
}
