import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

// The entries of an effect proof, one JSON object a line; docs/guide/proof.md describes them. Instants are RFC 3339, UTC.

/** Grows when a reader of an older proof could misunderstand a newer one. */
export const proofVersion = 1;
export const proofFormat = 'lineshaft-proof';

const keys = Type.Record(Type.String(), Type.String());
const hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const instant = Type.String({ format: 'date-time' });
const optional = { text: Type.Optional(Type.String()), instant: Type.Optional(instant) };

const head = Type.Object({
  kind: Type.Literal('head'),
  format: Type.Literal(proofFormat),
  version: Type.Integer(),
  /** The business key's value that it is about. */
  key: Type.String(),
  hub: Type.String(),
  /** Version of the program, and hash of the release, that made it. */
  lineshaft: Type.String(),
  release: Type.String(),
  at: instant,
  /** The first and the last instant that it tells of. */
  from: instant,
  to: instant,
  /** Entries after this one. */
  entries: Type.Integer({ minimum: 0 }),
  /** Whether everything that the hub knows of the key is in it. */
  complete: Type.Boolean(),
});

const event = Type.Object({
  kind: Type.Literal('event'),
  position: Type.Integer(),
  id: Type.String(),
  source: Type.String(),
  type: Type.String(),
  happened: instant,
  received: instant,
  keys,
  principal: Type.String(),
  /** Digest of the event's data. */
  data: hash,
  /** What its edge signed it with: Ed25519, public key and signature base64url. */
  signed: Type.Optional(Type.Object({ key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }), signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }) })),
});

const run = Type.Object({
  kind: Type.Literal('run'),
  id: Type.String(),
  flow: Type.String(),
  key: Type.String(),
  /** Position of the event that it was started by. */
  event: Type.Integer(),
  release: Type.String(),
  protocol: Type.Integer(),
  status: Type.String(),
  started: instant,
  ended: optional.instant,
  reason: optional.text,
});

const decision = Type.Object({
  kind: Type.Literal('decision'),
  run: Type.String(),
  step: Type.String(),
  decision: Type.String(),
  version: Type.Optional(Type.Integer()),
  at: instant,
  /** Digests of what it weighed and of what it gave. */
  inputs: hash,
  output: hash,
});

const attempt = Type.Object({
  at: instant,
  what: Type.String(),
  note: optional.text,
  /** Of a read-back: whether it was there; absent where the system did not tell. */
  found: Type.Optional(Type.Boolean()),
  /** Who did it, where a person did; of an edit, what is sent from there on. */
  by: optional.text,
  input: Type.Optional(Type.Unknown()),
});

const guarantee = Type.Object({
  kind: Type.String(),
  settlesWithinMs: Type.Optional(Type.Number()),
  conditional: Type.Optional(Type.Boolean()),
  confirms: Type.Optional(Type.Boolean()),
});

const effect = Type.Object({
  kind: Type.Literal('effect'),
  /** Run and step: the idempotency key of every try, or the reference that it is read back by. */
  key: Type.String(),
  /** All that it was sent as, where a person began it anew. */
  sentAs: Type.Optional(Type.Array(Type.String())),
  run: Type.String(),
  step: Type.String(),
  capability: Type.String(),
  system: Type.String(),
  entity: Type.String(),
  revision: Type.Integer(),
  /** Among all effects of the hub. */
  order: Type.Integer(),
  mode: Type.String(),
  /** As the release of the head declares it; absent where that has no binding for it any more. */
  guarantee: Type.Optional(guarantee),
  intended: instant,
  intent: Type.Unknown(),
  status: Type.String(),
  ended: optional.instant,
  attempts: Type.Integer({ minimum: 0 }),
  tries: Type.Array(attempt),
  answer: Type.Optional(Type.Unknown()),
});

const exception = Type.Object({
  kind: Type.Literal('exception'),
  id: Type.String(),
  type: Type.String(),
  severity: Type.String(),
  status: Type.String(),
  owners: Type.Array(Type.String()),
  summary: Type.String(),
  keys,
  run: optional.text,
  step: optional.text,
  opened: instant,
  due: instant,
  evidence: hash,
  /** What people and the hub did about it. */
  history: Type.Array(Type.Unknown()),
});

const deed = Type.Object({
  kind: Type.Literal('deed'),
  id: Type.Integer(),
  at: instant,
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  details: Type.Unknown(),
  /** Its hash in the hub's audit, which is a chain of its own. */
  audited: Type.Optional(hash),
});

const anyEntry = Type.Union([head, event, run, decision, effect, exception, deed]);
export const proofEntry = schema(anyEntry);

export type ProofHead = Static<typeof head>;
export type ProofEvent = Static<typeof event>;
export type ProofEffect = Static<typeof effect>;
export type ProofAttempt = Static<typeof attempt>;
export type ProofGuarantee = Static<typeof guarantee>;
export type ProofEntry = Static<typeof anyEntry>;
