import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { BusinessKeys } from '../model/contract.ts';
import type { Landscape } from '../model/landscape.ts';
import type { Engine } from '../engine/engine.ts';
import { contractIn, keysIn, parsed, patientStates, stateOf, typeOf, type Chart, type Patient, type PatientState } from '../engine/quarantine/patient.ts';
import { fieldOf, instant } from '../engine/stories/recorded-json.ts';
import { instantMs, limit, name } from './field.ts';
import { ok, route, type Route } from './route.ts';

/** Messages that are listed where nothing else is asked for. */
export const listDefault = 100;
const listQuery = schema(
  Type.Object(
    {
      limit: Type.Optional(limit),
      /** Only what came before, RFC 3339. */
      before: Type.Optional(name),
      /** An event type, with or without its version. */
      contract: Type.Optional(name),
      state: Type.Optional(Type.Union(patientStates.map((state) => Type.Literal(state)))),
    },
    { additionalProperties: false },
  ),
);
const discardShape = schema(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }) }, { additionalProperties: false }));
const releaseShape = schema(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }), data: Type.Optional(Type.Unknown()) }, { additionalProperties: false }));

/** A message that was not taken. Times are RFC 3339, UTC. */
export interface QuarantineView {
  /** By which it is released or discarded; the same for every time that a sender tells it. */
  readonly message: string;
  readonly at: string;
  readonly source: string;
  readonly id: string;
  readonly principal: string;
  /** The event type that it names. */
  readonly type?: string | undefined;
  /** Of the contract of that type, where the landscape has it. */
  readonly title?: string | undefined;
  /** The business keys that can be read from it. */
  readonly keys: BusinessKeys;
  readonly reason: string;
  /** Keys that wait for a decision about it, as `flow/key`. */
  readonly holds: readonly string[];
  readonly state: PatientState;
  readonly decided?: 'released' | 'discarded' | undefined;
  /** The reason of the filter that dropped it when it was released: it is in no log and started nothing. */
  readonly filtered?: string | undefined;
  /** As it came; cut where it was long. */
  readonly raw: string;
}

/** One message with all that helps to decide about it. */
export interface QuarantineDetail extends QuarantineView {
  /** False where it was too long to be kept whole: then it can only be discarded. */
  readonly whole: boolean;
  /** Its data as they came. */
  readonly data?: unknown;
  /** Where it does not fit its contract as that is now, as a JSON pointer, and what stands there; nothing where it fits, or where there is no contract. */
  readonly misfit?: { readonly path: string; readonly reason: string; readonly value?: unknown } | undefined;
  /** The case that it opened, or that counts it. */
  readonly case?: string | undefined;
  /** Runs that wait in line behind it, oldest first. */
  readonly waiting: readonly { readonly run: string; readonly flow: string; readonly key: string; readonly since: string }[];
  readonly decision?: QuarantineDecision | undefined;
}

/** What a person decided about a message. */
export interface QuarantineDecision {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** Its data as they were released, where a person wrote them, and the keys in them. */
  readonly data?: unknown;
  readonly keys: BusinessKeys;
}

/** What was not taken at the door, and what is done about it. */
export function quarantineRoutes({ ward, landscape }: Pick<Engine, 'ward' | 'landscape'>): readonly Route[] {
  const view = (patient: Patient): QuarantineView => viewOf(landscape, patient);
  return [
    route({
      method: 'GET',
      path: '/api/quarantine',
      group: 'events',
      summary:
        'Messages that were not taken, newest first, with their reason, what waits for them, and what became of them: of the newest 10,000 those of a contract, or in a state. "before" the time of the last one of a page gives the next page.',
      right: 'read',
      query: listQuery,
      serve: async ({ query: { limit: max = listDefault, before, ...filter } }) =>
        ok((await ward.list({ ...filter, limit: max, beforeMs: instantMs('before', before) })).map(view)),
    }),
    route({
      method: 'GET',
      path: '/api/quarantine/:message',
      group: 'events',
      summary: 'One message that was not taken: what came, where it breaks its contract, what waits behind it, and what a person decided about it.',
      right: 'read',
      serve: async ({ params }) => ok(detailOf(landscape, await ward.show(messageIn(params)))),
    }),
    route({
      method: 'POST',
      path: '/api/quarantine/:message/release',
      group: 'events',
      summary:
        'Sends a message in again, mended where "data" is given, in its own place of the line of its key, which it keeps; "filtered" says where a filter of its contract dropped it then.',
      right: 'act',
      body: releaseShape,
      serve: async ({ params, body: { reason, data }, principal }) =>
        ok(view(await ward.release(messageIn(params), { by: principal.name, reason, ...(data !== undefined && { data }) }))),
    }),
    route({
      method: 'POST',
      path: '/api/quarantine/:message/discard',
      group: 'events',
      summary: 'Lets a message go for good, with a reason: what waits for it goes on.',
      right: 'act',
      body: discardShape,
      serve: async ({ params, body: { reason }, principal }) => ok(view(await ward.discard(messageIn(params), { by: principal.name, reason }))),
    }),
  ];
}

function messageIn(params: Readonly<Record<string, string>>): string {
  const message = params['message'] ?? '';
  if (message.length <= 64) return message;
  throw new Fault('NOT_FOUND', `No message in quarantine is called "${message.slice(0, 64)}…".`);
}

function viewOf(landscape: Landscape, patient: Patient): QuarantineView {
  const { message, record, holds, decided, filtered } = patient;
  const { atMs, source, eventId, principal, reason, raw } = record;
  const sent = parsed(raw);
  const contract = contractIn(landscape, sent);
  const keys = keysIn(contract, fieldOf(sent, 'data'));
  return {
    message,
    at: instant(atMs),
    source,
    id: eventId,
    principal,
    type: typeOf(sent),
    title: contract?.title,
    keys,
    reason,
    holds,
    state: stateOf(patient),
    decided,
    filtered,
    raw,
  };
}

function detailOf(landscape: Landscape, chart: Chart): QuarantineDetail {
  const { sent, contract, misfit, exception, waiting, deed } = chart;
  const data = fieldOf(sent, 'data');
  const decision = deed && {
    at: instant(deed.atMs),
    by: deed.by,
    reason: deed.reason,
    ...(deed.data !== undefined && { data: deed.data }),
    keys: keysIn(contract, deed.data === undefined ? data : deed.data),
  };
  return {
    ...viewOf(landscape, chart),
    whole: typeof sent === 'object' && sent !== null,
    ...(data !== undefined && { data }),
    misfit,
    case: exception,
    waiting: waiting.map(({ id, flow, key, startedMs }) => ({ run: id, flow, key, since: instant(startedMs) })),
    decision,
  };
}
