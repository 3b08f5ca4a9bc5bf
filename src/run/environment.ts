import { readFile } from 'node:fs/promises';
import { Type, type Static } from 'typebox';
import { parse as parseYaml } from 'yaml';
import type { RetentionRule } from '../engine/retention/retention.ts';
import { takeOverDefault } from '../engine/edges/edge-register.ts';
import { boundFields, usualBounds, type RecordingBounds } from '../engine/recordings/recording-bounds.ts';
import { durationMs, durationText } from '../kernel/duration.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { isRecord } from '../kernel/record.ts';
import { parse, schema } from '../kernel/schema.ts';
import { shardsMax } from '../store/shard.ts';
import { sealedSecrets, type ShelfPlace } from './secrets/secret-shelf.ts';

const settings = Type.Record(Type.String(), Type.Unknown());

const source = Type.Object(
  {
    systems: Type.Optional(settings),
    sources: Type.Optional(settings),
    outputs: Type.Optional(settings),
    webhooks: Type.Optional(Type.Record(Type.String(), Type.Object({ secret: Type.String({ minLength: 8 }) }))),
    notify: Type.Optional(
      Type.Object({ smtp: Type.Optional(Type.Object({ url: Type.String() })), from: Type.Optional(Type.String()), webhook: Type.Optional(Type.Object({ url: Type.String() })) }),
    ),
    limits: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]))),
    trace: Type.Optional(Type.Object({ otlpUrl: Type.String() })),
    publicUrl: Type.Optional(Type.String()),
    /** How much of what its rules judge an edge keeps on its disk for backtests; 0 keeps nothing. */
    telemetry: Type.Optional(Type.Object({ megabytesMax: Type.Number({ minimum: 0 }) }, { additionalProperties: false })),
    /** What an edge may take of its disk: events that the hub has not taken yet, and recorded telemetry, which makes room for them. */
    edge: Type.Optional(
      Type.Object(
        {
          disk: Type.Optional(
            Type.Object(
              { megabytesMax: Type.Optional(Type.Number({ exclusiveMinimum: 0 })), eventsMax: Type.Optional(Type.Integer({ minimum: 1 })) },
              { additionalProperties: false },
            ),
          ),
          /** How often an enrolled edge asks the hub for its release, and how long a new one is on trial. */
          releases: Type.Optional(Type.Object({ askEvery: Type.Optional(Type.String()), trial: Type.Optional(Type.String()) }, { additionalProperties: false })),
        },
        { additionalProperties: false },
      ),
    ),
    /** At the hub: how long the edge that has a name is silent before another one may have it. */
    edges: Type.Optional(Type.Object({ takeOverAfter: Type.Optional(Type.String()) }, { additionalProperties: false })),
    /** At the hub: what is fetched of the recording of an edge elsewhere where nobody asks for more, and how fast its edge sends it. */
    recordings: Type.Optional(Type.Object(boundFields, { additionalProperties: false })),
    /**
     * PEM files for TLS between hub and edges. With `clients`, the authority that signs the edges' certificates, an edge has to show
     * one, and needs no key; `authority` is who signs the hub's.
     */
    tls: Type.Optional(
      Type.Object(
        {
          hub: Type.Optional(Type.Object({ certificate: Type.String(), key: Type.String(), clients: Type.Optional(Type.String()) }, { additionalProperties: false })),
          edge: Type.Optional(
            Type.Object({ authority: Type.Optional(Type.String()), certificate: Type.Optional(Type.String()), key: Type.Optional(Type.String()) }, { additionalProperties: false }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    /** Whether the hub takes events of edges that have never signed one; usual: it does. */
    signatures: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('accepted')])),
    /** The hub's store on PostgreSQL; without it, SQLite in the data directory. */
    store: Type.Optional(
      Type.Object(
        {
          url: Type.String(),
          password: Type.Optional(Type.String()),
          schema: Type.Optional(Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$' })),
          /** How long the hub may be silent before another one may take the database over. */
          lease: Type.Optional(Type.String()),
          /** What the log is divided into, so that several hubs can work on it; it stays what it was when the first of them came. */
          shards: Type.Optional(Type.Integer({ minimum: 1, maximum: shardsMax })),
          /** Where the other hubs reach this one, e.g. `http://hub-a.plant.example:7070`; without it, where it listens. */
          address: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    /** For how long what is over is kept, e.g. `history: 90d`; without it, for ever. */
    retention: Type.Optional(
      Type.Object({ history: Type.Optional(Type.String()), audit: Type.Optional(Type.String()), every: Type.Optional(Type.String()) }, { additionalProperties: false }),
    ),
    /** How long after each start of the hub no wait that began before ends for want of its event, so that senders can deliver what came meanwhile. */
    redelivery: Type.Optional(Type.Object({ within: Type.String() }, { additionalProperties: false })),
    /** How long code of the landscape may take without a pause before it is taken for an endless loop. */
    watchdog: Type.Optional(Type.Object({ stallAfter: Type.String() }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);
const shape = schema(source);

/** What one environment adds to a landscape: addresses, secrets, limits. Nothing else differs between environments. */
export type Environment = Static<typeof source>;

/** What a hub held is taken over within 15 seconds: another one looks twice a second, or is started again by its supervisor. */
const leaseDefault = '10s';
const leaseMinMs = 3_000;

/** What the log is divided into. */
export function shardsOf({ store }: Environment): number {
  return store?.shards ?? 1;
}

/** How long the hub may be silent before another one may take its store over, in milliseconds. Raises ENVIRONMENT_INVALID. */
export function leaseMsOf({ store }: Environment): number {
  return spanOf('store.lease', store?.lease ?? leaseDefault, { leastMs: leaseMinMs });
}

/** An event that is sent again is known while its history is kept, and can be replayed. */
const historyMinMs = durationMs('1d');
const auditMinMs = durationMs('30d');
const roundMinMs = durationMs('1s');

/** For how long what is over is kept. Raises ENVIRONMENT_INVALID. */
export function retentionOf({ retention }: Environment): RetentionRule {
  return {
    historyMs: retentionMs('history', retention?.history, historyMinMs),
    auditMs: retentionMs('audit', retention?.audit, auditMinMs),
    everyMs: retentionMs('every', retention?.every, roundMinMs),
  };
}

function retentionMs(name: string, given: string | undefined, leastMs: number): number | undefined {
  return given === undefined ? undefined : spanOf(`retention.${name}`, given, { leastMs });
}

/** An edge that lost its hub looks for it every five seconds at least, and waits fifteen for an answer. */
const redeliveryDefault = '20s';
const redeliveryMaxMs = durationMs('10m');

/** How long waits of an earlier hub process go on at least, in milliseconds. Raises ENVIRONMENT_INVALID. */
export function redeliveryMsOf({ redelivery }: Environment): number {
  return spanOf('redelivery.within', redelivery?.within ?? redeliveryDefault, { leastMs: 0, mostMs: redeliveryMaxMs });
}

const stallDefault = '10s';
const stallMinMs = 100;

/** After how many milliseconds of silence the watchdog ends the process. Raises ENVIRONMENT_INVALID. */
export function stallMsOf({ watchdog }: Environment): number {
  return spanOf('watchdog.stallAfter', watchdog?.stallAfter ?? stallDefault, { leastMs: stallMinMs });
}

const telemetryMegabytes = 64;

/** Bytes of recorded telemetry that an edge keeps at most; 0 where it records none. */
export function telemetryBytesOf({ telemetry }: Environment): number {
  return (telemetry?.megabytesMax ?? telemetryMegabytes) * 1_000_000;
}

/** How an enrolled edge follows the hub's releases, in milliseconds. Raises ENVIRONMENT_INVALID. */
export function followingOf({ edge }: Environment): { readonly askEveryMs: number; readonly trialMs: number } {
  const { askEvery = '30s', trial = '20s' } = edge?.releases ?? {};
  return { askEveryMs: spanOf('edge.releases.askEvery', askEvery, { leastMs: 1 }), trialMs: spanOf('edge.releases.trial', trial, { leastMs: 1 }) };
}

/** What is asked of an edge for its recording where nobody says more. */
export function recordingBoundsOf({ recordings }: Environment): RecordingBounds {
  return { ...usualBounds, ...recordings };
}

const takeOverMinMs = durationMs('1m');

/** How long an edge is silent before another one may have its name, in milliseconds. Raises ENVIRONMENT_INVALID. */
export function takeOverMsOf({ edges }: Environment): number {
  return spanOf('edges.takeOverAfter', edges?.takeOverAfter ?? takeOverDefault, { leastMs: takeOverMinMs });
}

function spanOf(name: string, text: string, { leastMs, mostMs = Number.POSITIVE_INFINITY }: { readonly leastMs: number; readonly mostMs?: number }): number {
  let ms: number;
  try {
    ms = durationMs(text);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `${name}: ${messageOf(error)}`, {}, error);
  }
  if (ms < leastMs) throw new Fault('ENVIRONMENT_INVALID', `${name} is "${text}"; give at least ${durationText(leastMs)}.`);
  if (ms > mostMs) throw new Fault('ENVIRONMENT_INVALID', `${name} is "${text}"; give at most ${durationText(mostMs)}.`);
  return ms;
}

/** Of events alone. */
const diskMegabytes = 1_036;
const diskMegabytesMin = 16;
const diskEvents = 1_000_000;
const diskEventsMin = 1_000;

/** What an edge may take of its disk. Raises ENVIRONMENT_INVALID. */
export function diskOf(environment: Environment): { readonly bytesMax: number; readonly eventsMax: number } {
  const telemetryBytes = telemetryBytesOf(environment);
  const { megabytesMax = diskMegabytes + telemetryBytes / 1_000_000, eventsMax = diskEvents } = environment.edge?.disk ?? {};
  const refuse = (what: string): never => {
    throw new Fault('ENVIRONMENT_INVALID', what);
  };
  if (megabytesMax < diskMegabytesMin) refuse(`edge.disk.megabytesMax is ${megabytesMax}; give at least ${diskMegabytesMin}, so that an outage of some minutes has room.`);
  if (eventsMax < diskEventsMin) refuse(`edge.disk.eventsMax is ${eventsMax}; give at least ${diskEventsMin}.`);
  const bytesMax = megabytesMax * 1_000_000;
  if (telemetryBytes >= bytesMax) refuse(`telemetry.megabytesMax (${telemetryBytes / 1_000_000}) is all of edge.disk.megabytesMax (${megabytesMax}): leave room for events.`);
  return { bytesMax, eventsMax };
}

/** Holds an environment to what hub and edge make of it when they start. Raises ENVIRONMENT_INVALID. */
export function requireSound(environment: Environment): void {
  for (const read of [leaseMsOf, retentionOf, redeliveryMsOf, stallMsOf, followingOf, takeOverMsOf, diskOf]) read(environment);
}

/** Where `${secret:NAME}`, `${sealed:NAME}` and `${env:NAME}` come from. */
export interface References {
  secret(name: string): string | undefined;
  /** Raises SECRETS_DAMAGED and SECRET_KEY_UNFIT. */
  sealed(name: string): string | undefined;
  variable(name: string): string | undefined;
}

/** For who wants no more of an environment than what refers to nothing, such as its limits: what is referred to need not be there. */
export const noReferences: References = { secret: () => 'not-needed', sealed: () => 'not-needed', variable: () => 'not-needed' };

/** Reads environment files (YAML or JSON), later ones over earlier ones, with references filled in. Raises ENVIRONMENT_INVALID. */
export async function readEnvironment(files: readonly string[], references: References): Promise<Environment> {
  let merged: unknown = {};
  for (const file of files) merged = mergedOver(merged, await readOne(file, references));
  try {
    return parse(shape, merged, `The environment (${files.join(', ') || 'empty'})`);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', messageOf(error), { files }, error);
  }
}

async function readOne(file: string, references: References): Promise<unknown> {
  try {
    const parsed: unknown = parseYaml(await readFile(file, 'utf8'));
    return filled(parsed ?? {}, references, file);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('ENVIRONMENT_INVALID', `The environment file ${file} cannot be read: ${messageOf(error)}`, { file }, error);
  }
}

const referenceKinds = {
  secret: { noun: 'secret', look: (from: References, name: string) => from.secret(name) },
  sealed: { noun: 'sealed secret', look: (from: References, name: string) => from.sealed(name) },
  env: { noun: 'variable', look: (from: References, name: string) => from.variable(name) },
} as const;

/** Replaces references in every text; an unset one is named, never left empty. */
function filled(value: unknown, references: References, file: string): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{(secret|sealed|env):([A-Za-z0-9_.-]+)\}/g, (_all, kind: 'secret' | 'sealed' | 'env', name: string) => {
      const { noun, look } = referenceKinds[kind];
      const found = look(references, name);
      if (found === undefined) throw new Fault('ENVIRONMENT_INVALID', `${file} refers to the ${noun} "${name}", which is not set.`, { file, name });
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, references, file));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, references, file)]));
  return value;
}

function mergedOver(under: unknown, over: unknown): unknown {
  if (!isRecord(under) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) merged[name] = name in merged ? mergedOver(merged[name], value) : value;
  return merged;
}

/** Secrets from a JSON file of names and texts, then from the process environment; sealed ones from their shelf. */
export async function references(secretsFile: string | undefined, sealed?: ShelfPlace): Promise<References> {
  let secrets: Record<string, unknown> = {};
  if (secretsFile !== undefined) {
    const parsed: unknown = JSON.parse(
      await readFile(secretsFile, 'utf8').catch((error: unknown) => {
        throw new Fault('ENVIRONMENT_INVALID', `The secrets file ${secretsFile} cannot be read: ${messageOf(error)}`, { secretsFile }, error);
      }),
    );
    if (isRecord(parsed)) secrets = parsed;
  }
  return {
    secret(name) {
      const found = secrets[name];
      return typeof found === 'string' ? found : process.env[name];
    },
    sealed: sealed === undefined ? () => undefined : sealedSecrets(sealed),
    variable: (name) => process.env[name],
  };
}
