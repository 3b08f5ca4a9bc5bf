import { byName } from '../../kernel/by-name.ts';
import type { Clock } from '../../kernel/clock.ts';
import { durationMs } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import { keepNewest } from '../../kernel/newest.ts';
import type { Change, EventSignature, Store } from '../../store/store.ts';
import type { Principal } from '../policy/key-ring.ts';
import { fingerprintOf } from '../releases/release-signature.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { parseCloudEvent, type CloudEvent } from './cloud-event.ts';
import { edgeOf, isEventSignedAside, publicKeyOf, signatureOn, signedFacts } from './event-signature.ts';
import type { Pipeline } from './pipeline.ts';

/** Whether an edge that has never signed may go on without. */
export type SignaturePolicy = 'required' | 'accepted';

/** The key that an edge signs its events with, as far as the hub knows. */
export interface EdgeKeyView {
  readonly edge: string;
  /** Undefined where none is known. */
  readonly fingerprint: string | undefined;
  /** Fingerprints of others that wanted to sign in its name since this hub began. */
  readonly refused: readonly string[];
}

/** The keys that edges sign their events with: the first that an edge shows is the one, durably, until a person says otherwise. */
export interface SignatureBook {
  /** Lets events in: those of an edge are signed as the policy says, with its key. Raises SIGNATURE_UNFIT for all of them, and STORE_UNAVAILABLE. */
  admit(principal: Principal, events: readonly unknown[]): Promise<void>;
  /** Makes a key that was refused the edge's, by its fingerprint. Raises NOT_FOUND and STORE_UNAVAILABLE. */
  accept(edge: string, order: { readonly fingerprint: string; readonly by: string; readonly note: string }): Promise<EdgeKeyView>;
  /** Knows no key of the edge any more: the next one that it shows is taken. Raises STORE_UNAVAILABLE. */
  forget(edge: string, order: { readonly by: string; readonly note: string }): Promise<EdgeKeyView>;
  /** The same where it goes with more: `commit` is given what has to be in its commit. Raises what it raises; then all is as it was. */
  forgetWith<Result>(edge: string, order: { readonly by: string; readonly note: string }, commit: (change: Change) => Promise<Result>): Promise<Result>;
  view(edge: string): Promise<EdgeKeyView>;
}

/** Events in the name of an edge that were not let in. */
export interface UnfitSignature {
  readonly edge: string;
  readonly reason: 'missing' | 'wrong' | 'other key';
  /** A sentence. */
  readonly text: string;
  /** What the owner can do. */
  readonly advice: string;
}

export interface SignatureBookParts {
  readonly store: Pick<Store, 'audit'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
  readonly policy: SignaturePolicy;
  /** Told of each request that was refused, before its sender is. */
  readonly onRefused: (refused: UnfitSignature) => Promise<void>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

interface Named {
  known: { readonly key: string | undefined; readonly atMs: number } | undefined;
  readonly refused: Set<string>;
}

/** Written again after that, so that it outlives the retention of the audit, which is 30 days at least. */
const renewMs = durationMs('7d');
const namesMax = 10_000;
const refusedMax = 20;

export function signatureBook({ store, pipeline, clock, policy, onRefused, log }: SignatureBookParts): SignatureBook {
  const names = byName<Named>({ what: 'edges by their keys', namesMax, begin: () => ({ known: undefined, refused: new Set() }) });
  const fingerprint = (key: string): string => fingerprintOf(publicKeyOf(key));

  async function read(edge: string, named: Named): Promise<NonNullable<Named['known']>> {
    const [newest] = await store.audit({ subject: subjectOf(edge), limit: 1 });
    const key = newest && fieldOf(recorded(newest.details), 'key');
    const known = { key: typeof key === 'string' ? key : undefined, atMs: newest?.atMs ?? 0 };
    named.known = known;
    return known;
  }

  async function keep(edge: string, key: string | undefined, order: { readonly by: string; readonly note: string }): Promise<void> {
    await keepWith(edge, key, order, async (change) => pipeline.commit([change]));
  }

  async function keepWith<Result>(
    edge: string,
    key: string | undefined,
    order: { readonly by: string; readonly note: string },
    commit: (change: Change) => Promise<Result>,
  ): Promise<Result> {
    const atMs = clock.now();
    const action = key === undefined ? 'edge-key.forgotten' : 'edge-key.known';
    const details = JSON.stringify({ key: key ?? null, ...(key !== undefined && { fingerprint: fingerprint(key) }), note: order.note });
    const result = await commit({ change: 'audit.add', atMs, actor: order.by, action, subject: subjectOf(edge), details });
    names.of(edge).known = { key, atMs };
    return result;
  }

  async function refusal(refused: UnfitSignature): Promise<Fault> {
    const { edge, text, advice } = refused;
    await onRefused(refused);
    return new Fault('SIGNATURE_UNFIT', `${text} ${advice}`, { edge });
  }

  async function refusalOfOther(edge: string, known: string, key: string): Promise<Fault> {
    const { refused } = names.of(edge);
    if (!refused.has(key))
      log(`Events in the name of the edge ${edge} are signed with a key that is not its own: ${fingerprint(key)}`, { edge, fingerprint: fingerprint(key), urgent: true });
    refused.delete(key);
    refused.add(key);
    keepNewest(refused, refusedMax);
    const what = `The edge "${edge}" signs with the key ${fingerprint(known)}, and these events are signed with ${fingerprint(key)}`;
    const advice = `If it was set up anew, an operator says so: lineshaft edge-key accept ${edge} --fingerprint ${fingerprint(key)}`;
    return refusal({ edge, reason: 'other key', text: `${what}. Nothing is taken, the sender keeps them.`, advice });
  }

  /** What has no signature, or one of `key`, comes from this edge. */
  async function settle(edge: string, key: string | undefined, { name, role }: Principal): Promise<void> {
    const named = names.of(edge);
    const cached = named.known;
    const isNews = !cached || cached.key !== key || (key !== undefined && clock.now() - cached.atMs > renewMs);
    if (!isNews) return;
    // Of two keys that come at once, one is the first.
    await names.inLine(edge, async () => {
      // Another hub on the same log may know more.
      const known = await read(edge, named);
      if (key === undefined) {
        if (known.key === undefined) return;
        const text = `The edge "${edge}" signs its events, and these are not signed.`;
        throw await refusal({ edge, reason: 'missing', text, advice: `If it does not any more: lineshaft edge-key forget ${edge}` });
      }
      if (known.key !== undefined && known.key !== key) throw await refusalOfOther(edge, known.key, key);
      if (known.key === key && clock.now() - known.atMs <= renewMs) return;
      // Only an edge says by what key it is known from then on.
      if (role !== 'edge') {
        if (known.key !== undefined || policy !== 'required') return;
        const text = `The edge "${edge}" has not shown yet by what key it signs, and "${name}" is no edge.`;
        throw await refusal({ edge, reason: 'other key', text, advice: 'Let the edge itself send first.' });
      }
      await keep(edge, key, { by: `edge:${edge}`, note: known.key === key ? 'it is still the one' : 'the first that it showed' });
      if (known.key === undefined) log(`The edge ${edge} signs its events with ${fingerprint(key)} from now on.`, { edge, fingerprint: fingerprint(key) });
    });
  }

  async function check(edge: string, principal: Principal, events: readonly unknown[]): Promise<void> {
    const signed = events.map((event) => ({ event, on: signatureOn(event) }));
    const isMissing = signed.some(({ on }) => on === undefined);
    if (isMissing && policy === 'required') {
      const text = `The hub takes signed events of edges only, and those of "${edge}" are not.`;
      throw await refusal({ edge, reason: 'missing', text, advice: 'Start the edge with the version of the hub.' });
    }
    const wrong = (await Promise.all(signed.map(isWrong))).indexOf(true);
    if (wrong >= 0) {
      const text = `The signature of event ${idOf(events[wrong])} of the edge "${edge}" is wrong: it was altered on its way, or is of somebody else.`;
      throw await refusal({ edge, reason: 'wrong', text, advice: 'Find out who sends it, and what lies between that edge and the hub.' });
    }
    for (const key of new Set(signed.map(({ on }) => on?.key))) await settle(edge, key, principal);
  }

  async function view(edge: string): Promise<EdgeKeyView> {
    const named = names.look(edge);
    const { key } = await read(edge, named);
    return { edge, fingerprint: key === undefined ? undefined : fingerprint(key), refused: [...named.refused].map(fingerprint) };
  }

  return {
    view,
    async admit(principal, events) {
      const ofEdges = Map.groupBy(events, edgeOf);
      for (const [edge, own] of ofEdges) if (edge !== undefined) await check(edge, principal, own);
    },
    async accept(edge, { fingerprint: wanted, by, note }) {
      const { refused } = names.look(edge);
      const key = [...refused].find((each) => fingerprint(each) === wanted);
      if (key === undefined) throw new Fault('NOT_FOUND', `No key ${wanted} wanted to sign for the edge "${edge}" since this hub began.`, { edge });
      await names.inLine(edge, async () => keep(edge, key, { by, note }));
      refused.delete(key);
      return view(edge);
    },
    async forget(edge, order) {
      await names.inLine(edge, async () => keep(edge, undefined, order));
      return view(edge);
    },
    forgetWith: async (edge, order, commit) => names.inLine(edge, async () => keepWith(edge, undefined, order, commit)),
  };
}

const subjectOf = (edge: string): string => `edge-key ${edge}`;

/** What is no CloudEvent is not judged here: the intake says what is wrong with it. */
async function isWrong({ event, on }: { readonly event: unknown; readonly on: EventSignature | undefined }): Promise<boolean> {
  if (!on) return false;
  let parsed: CloudEvent;
  try {
    parsed = parseCloudEvent(event, 0);
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
  return !(await isEventSignedAside(on, signedFacts(parsed)));
}

function idOf(event: unknown): string {
  return typeof event === 'object' && event !== null && 'id' in event ? String(event.id).slice(0, 256) : '';
}
