// What is told of a message in quarantine: as it came, why it is there, what waits for it, and what became of it.
import { jsonPointer, pointedAt } from '../../kernel/json-pointer.ts';
import { keysOf, type BusinessKeys, type Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { AuditRecord, QuarantineRecord, RunRecord, Store } from '../../store/store.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** A message in quarantine, as it lies in the store, with what became of it. */
export interface Patient {
  readonly message: string;
  readonly record: QuarantineRecord;
  /** Keys that wait for a decision about it, as `flow/key`. */
  readonly holds: readonly string[];
  readonly decided: 'released' | 'discarded' | undefined;
  /** The reason of the filter that dropped it when it was released: it is in no log and started nothing. */
  readonly filtered: string | undefined;
  /** What a person decided about it, and why. */
  readonly deed: Deed | undefined;
}

export interface Deed {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
  /** Its data as they were released, where a person wrote them. */
  readonly data?: unknown;
}

/** How a message stands. */
export const patientStates = ['open', 'released', 'discarded'] as const;
export type PatientState = (typeof patientStates)[number];

/** Which messages are listed. */
export interface Wanted {
  /** At most so many; all that came in the same millisecond as the last of them come with it. */
  readonly limit: number;
  /** Only what came before; epoch milliseconds. */
  readonly beforeMs?: number | undefined;
  /** An event type, with or without its version. */
  readonly contract?: string | undefined;
  readonly state?: PatientState | undefined;
}

/** One message with all that helps to decide about it. */
export interface Chart extends Patient {
  /** Undefined where it was too long to be kept whole: then it can only be discarded. */
  readonly sent: unknown;
  /** Of the landscape as it is now. */
  readonly contract: Contract | undefined;
  /** Where it does not fit that contract, and what stands there. */
  readonly misfit: { readonly path: string; readonly reason: string; readonly value: unknown } | undefined;
  readonly exception: string | undefined;
  /** Runs that wait in line behind it, oldest first; of each key the newest at most. */
  readonly waiting: readonly RunRecord[];
}

/** Entries that are looked through for one message, or for those that are wanted. */
export const lookMax = 10_000;
/** What is asked of the audit at once. */
const togetherMax = 100;
/** Runs that are looked through for those that wait behind one message. */
const runsMax = 200;

/** The newest first: of the newest `lookMax` those that are wanted. */
export async function patientsIn(
  { store, patientOf }: { readonly store: Pick<Store, 'quarantined'>; readonly patientOf: (record: QuarantineRecord) => Promise<Patient> },
  wanted: Wanted,
): Promise<readonly Patient[]> {
  const { limit, state } = wanted;
  const fitting = (await candidates(store, wanted)).filter((record) => isWanted(record, wanted));
  const page: Patient[] = [];
  for (let at = 0; at < fitting.length; at += togetherMax) {
    for (const patient of await Promise.all(fitting.slice(at, at + togetherMax).map(patientOf))) {
      if (page.length >= limit && page.at(-1)?.record.atMs !== patient.record.atMs) return page;
      if (state === undefined || stateOf(patient) === state) page.push(patient);
    }
  }
  return page;
}

/** Of the newest page alone, no more is read than that has. */
async function candidates(store: Pick<Store, 'quarantined'>, { limit, beforeMs, contract, state }: Wanted): Promise<readonly QuarantineRecord[]> {
  if (beforeMs !== undefined || contract !== undefined || state !== undefined) return store.quarantined(lookMax);
  const newest = await store.quarantined(limit + 1);
  const isCut = newest.length > limit && newest[limit]?.atMs === newest[limit - 1]?.atMs;
  return isCut ? store.quarantined(lookMax) : newest;
}

function isWanted({ atMs, raw }: QuarantineRecord, { beforeMs = Infinity, contract }: Wanted): boolean {
  if (atMs >= beforeMs) return false;
  if (contract === undefined) return true;
  const type = typeOf(parsed(raw));
  return type === contract || type?.replace(/\.v\d+$/, '') === contract;
}

export function stateOf({ decided }: Pick<Patient, 'decided'>): PatientState {
  return decided ?? 'open';
}

/** What the newest entry of the audit says of a message. */
export function outcomeIn(entry: AuditRecord | undefined): Pick<Patient, 'decided' | 'filtered' | 'deed'> {
  const decided = entry?.action === 'quarantine.released' ? 'released' : entry?.action === 'quarantine.discarded' ? 'discarded' : undefined;
  if (!entry || !decided) return { decided, filtered: undefined, deed: undefined };
  const details = recorded(entry.details);
  const [reason, data, filtered] = ['reason', 'data', 'filtered'].map((field) => fieldOf(details, field));
  return {
    decided,
    filtered: typeof filtered === 'string' ? filtered : undefined,
    deed: { atMs: entry.atMs, by: entry.actor, reason: typeof reason === 'string' ? reason : '', ...(data !== undefined && { data }) },
  };
}

export async function chartOf(
  { store, landscape }: { readonly store: Pick<Store, 'byKey'>; readonly landscape: Landscape },
  patient: Patient,
  exception: string | undefined,
): Promise<Chart> {
  const sent = parsed(patient.record.raw);
  const contract = contractIn(landscape, sent);
  return { ...patient, sent, contract, misfit: contract && misfitOf(contract, fieldOf(sent, 'data')), exception, waiting: await waitingBehind(store, patient) };
}

function misfitOf(contract: Contract, data: unknown): Chart['misfit'] {
  const difference = contract.schema.difference(data);
  return difference && { ...difference, value: pointedAt(data, jsonPointer(difference.path === '/' ? '' : difference.path) ?? []) };
}

async function waitingBehind(store: Pick<Store, 'byKey'>, { holds }: Pick<Patient, 'holds'>): Promise<readonly RunRecord[]> {
  const lists = await Promise.all(
    holds.map(async (hold) => {
      const [flow, key] = parts(hold);
      const { runs } = await store.byKey(key, runsMax);
      return runs.filter((run) => run.flow === flow && run.key === key && run.status === 'queued');
    }),
  );
  return lists.flat();
}

/** `flow/key`; names of flows have no slash, keys may have. */
function parts(hold: string): readonly [flow: string, key: string] {
  const at = hold.indexOf('/');
  return [hold.slice(0, at), hold.slice(at + 1)];
}

/** The contract that a message names, as the landscape has it now. */
export function contractIn(landscape: Landscape, sent: unknown): Contract | undefined {
  const type = typeOf(sent);
  return type === undefined ? undefined : landscape.contractOfType(type);
}

/** The keys that can be read from a message. */
export function keysIn(contract: Contract | undefined, data: unknown): BusinessKeys {
  return contract ? keysOf(contract.keys, data) : {};
}

/** What a message says it is. */
export function typeOf(sent: unknown): string | undefined {
  const type = fieldOf(sent, 'type');
  return typeof type === 'string' ? type : undefined;
}

/** A stored message as it came; undefined of one that was cut. */
export function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
