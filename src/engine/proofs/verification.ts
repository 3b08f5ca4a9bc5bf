import { edgeOf, isEventSigned, publicKeyOf } from '../log/event-signature.ts';
import { fingerprintOf } from '../releases/release-signature.ts';
import { fieldOf } from '../stories/recorded-json.ts';
import { breachesOf } from './effect-law.ts';
import { bookEntryOf } from './book-entry.ts';
import type { BookedEffect } from './booked-effect.ts';
import { books, type Books } from './books.ts';
import { chainReader } from './chain-reader.ts';
import { findings, type ProofFinding } from './finding.ts';
import type { ProofEffect, ProofEntry, ProofEvent, ProofHead } from './proof-entry.ts';

export interface VerificationOptions {
  /** The hash of the last line as it was told when the proof was made. */
  readonly seal?: string | undefined;
  /** How far the clocks of hub and systems may be apart. */
  readonly skewMs: number;
  /** By what key an edge signs, as its fingerprint, where the reader knows it from elsewhere. */
  readonly edgeKeys?: ReadonlyMap<string, string>;
}

/** What a proof holds and what of it does not hold. */
export interface Verdict {
  readonly holds: boolean;
  /** `not-judged`: nothing that could be read speaks against it, and some of the books could not be read. */
  readonly outcome: 'holds' | 'does-not-hold' | 'not-judged';
  readonly head: ProofHead | undefined;
  readonly seal: string;
  readonly lines: number;
  readonly counts: Readonly<Record<ProofEntry['kind'], number>>;
  /** Effects by how they ended. */
  readonly effects: Readonly<Record<string, number>>;
  /** Events that are signed, by their edges, with the fingerprints of the keys. */
  readonly signed: Readonly<Record<string, { readonly events: number; readonly fingerprints: readonly string[] }>>;
  /** Systems whose books were compared, with the entries that they gave. */
  readonly books: Readonly<Record<string, number>>;
  /** Systems of its effects whose books were not given, or cannot be read: there, only the hub's own word is checked. */
  readonly notCompared: readonly string[];
  readonly findings: readonly ProofFinding[];
  /** Those of severity `finding`, also where only the first of them are kept. */
  readonly findingCount: number;
}

/** Checks a proof without a hub: its lines in order, then `close`; the books of other systems, where they are given; then the verdict, once. */
export interface Verification {
  line(text: string): void;
  /** All lines were given. */
  close(): void;
  /** The next entry of a system's books; `system` undefined where each entry names its own. */
  book(system: string | undefined, entry: unknown): void;
  /** Books without entries are books too. */
  opened(system: string): void;
  /** The hash of the last line, which is the start of every chain where none was an entry, and the lines so far. */
  standing(): Pick<Verdict, 'seal' | 'lines'>;
  verdict(): Verdict;
}

/** Books as they were given: how many of their entries cannot be read, and the first of those. */
interface GivenBooks {
  readonly system: string | undefined;
  entries: number;
  unread: number;
  first: string;
  /** The same of books whose entries name their systems: by that name, `''` where an entry has none that can be read. */
  readonly unreadOf: Map<string, number>;
  /** The systems of the entries that were read. */
  readonly systems: Set<string>;
}

/** Effects that are compared; more are refused as INCOMPLETE. A proof has far fewer. */
const effectsMax = 1_000_000;

export function verification({ seal, skewMs, edgeKeys = new Map() }: VerificationOptions): Verification {
  const found = findings();
  const reader = chainReader(found);
  const counts: Record<ProofEntry['kind'], number> = { head: 0, event: 0, run: 0, decision: 0, effect: 0, exception: 0, deed: 0 };
  const ends: Record<string, number> = {};
  /** When each event happened, and the one that each run was started by, epoch milliseconds. */
  const happened = new Map<number, number>();
  const runs = new Map<string, number>();
  const effects = new Map<string, BookedEffect>();
  const revisions = new Set<string>();
  const unowned = new Map<string, number>();
  const given = new Map<string, GivenBooks>();
  const booked = new Map<string, number>();
  const systems = new Set<string>();
  const signers = new Map<string, { events: number; readonly fingerprints: Set<string> }>();
  let compared: Books | undefined;

  function takeEffect(effect: ProofEffect): void {
    const at = { line: reader.lines, effect: effect.key };
    const name = `${effect.capability} (${effect.entity})`;
    ends[effect.status] = (ends[effect.status] ?? 0) + 1;
    if (!runs.has(effect.run)) found.add('CAUSE_MISSING', `${name} belongs to run ${effect.run}, of which nothing is told`, at);
    if (effects.has(effect.key)) found.add('EFFECT_TWICE', `${name} is told twice`, at);
    const revision = JSON.stringify([effect.capability, effect.entity, effect.revision]);
    if (revisions.has(revision)) found.add('REVISION_TWICE', `${name} has revision ${effect.revision} twice`, at);
    revisions.add(revision);
    for (const { code, message } of breachesOf(effect)) found.add(code, `${name}: ${message}`, at);
    if (!effect.guarantee) found.note('NOT_JUDGED', `${name} has no binding in release ${reader.head?.release ?? ''}: its repeats are not judged`, at);
    if (effect.status === 'parked') unowned.set(effect.key, reader.lines);
    else if (effect.ended === undefined) found.note('NOT_ENDED', `${name} was ${effect.status} when the proof was made`, at);
    if (effects.size < effectsMax) {
      const booked = bookedEffect(effect, runs.get(effect.run));
      for (const key of effect.sentAs ?? [effect.key]) effects.set(key, booked);
    } else found.note('INCOMPLETE', `more than ${effectsMax} effects are not compared`);
  }

  function takeSignature({ signed, ...event }: ProofEvent): void {
    const edge = edgeOf(event);
    if (edge === undefined) return;
    const at = { line: reader.lines };
    const expected = edgeKeys.get(edge);
    if (!signed) {
      if (expected !== undefined) found.add('SIGNED_BY_OTHER', `event ${event.id} of the edge ${edge} is not signed`, at);
      return;
    }
    const fingerprint = fingerprintOf(publicKeyOf(signed.key));
    const signer = signers.get(edge) ?? { events: 0, fingerprints: new Set() };
    signers.set(edge, signer);
    signer.events += 1;
    signer.fingerprints.add(fingerprint);
    if (!isEventSigned(signed, event)) found.add('SIGNATURE_WRONG', `event ${event.id} is not what the edge ${edge} signed`, at);
    else if (expected !== undefined && expected !== fingerprint) found.add('SIGNED_BY_OTHER', `event ${event.id} of the edge ${edge} is signed with ${fingerprint}`, at);
  }

  function take(entry: ProofEntry): void {
    counts[entry.kind] += 1;
    switch (entry.kind) {
      case 'head':
        if (!entry.complete) found.note('INCOMPLETE', 'the hub knew more of this key than a proof holds: the newest of it is told', { line: reader.lines });
        return;
      case 'event':
        happened.set(entry.position, Date.parse(entry.happened));
        takeSignature(entry);
        return;
      case 'run':
        runs.set(entry.id, happened.get(entry.event) ?? Date.parse(entry.started));
        if (!happened.has(entry.event)) found.add('CAUSE_MISSING', `run ${entry.id} was started by event ${entry.event}, of which nothing is told`, { line: reader.lines });
        return;
      case 'effect':
        takeEffect(entry);
        return;
      case 'exception':
        if (entry.run !== undefined && entry.step !== undefined && entry.status !== 'resolved' && entry.owners.length > 0) unowned.delete(`${entry.run}/${entry.step}`);
        return;
      case 'decision':
      case 'deed':
    }
  }

  return {
    line(text) {
      const entry = reader.read(text);
      if (entry) take(entry);
    },
    close() {
      reader.end();
      for (const [effect, line] of unowned) {
        if (reader.head?.complete === false) found.note('NOT_JUDGED', 'it is parked; its case may be among what this proof leaves out', { line, effect });
        else found.add('PARKED_WITHOUT_CASE', 'it is parked, and no open exception has an owner for it', { line, effect });
      }
      if (reader.head) compared = books({ head: reader.head, effects, runs, systems, skewMs, found });
      if (seal !== undefined && seal !== reader.seal) found.add('SEAL_DIFFERS', `the proof was sealed with ${seal}; this one ends with ${reader.seal}`);
    },
    opened(system) {
      systems.add(system);
      if (!booked.has(system)) booked.set(system, 0);
    },
    book(system, value) {
      const ones = given.get(system ?? '') ?? { system, entries: 0, unread: 0, first: '', unreadOf: new Map<string, number>(), systems: new Set<string>() };
      given.set(system ?? '', ones);
      ones.entries += 1;
      const entry = bookEntryOf(value, system, ones.entries);
      if (typeof entry === 'string') {
        if (ones.unread === 0) ones.first = `entry ${ones.entries} of ${system ?? 'the books'}: ${entry}`;
        ones.unread += 1;
        const named = system ?? systemIn(value);
        ones.unreadOf.set(named, (ones.unreadOf.get(named) ?? 0) + 1);
        return;
      }
      ones.systems.add(entry.system);
      systems.add(entry.system);
      booked.set(entry.system, (booked.get(entry.system) ?? 0) + 1);
      compared?.take(entry);
    },
    standing: () => ({ seal: reader.seal, lines: reader.lines }),
    verdict() {
      for (const { system, entries, unread, first } of given.values()) {
        if (unread > 0) found.leave('BOOKS_UNREADABLE', `${first}${unreadWords(entries, unread)}`, system === undefined ? {} : { system });
        if (unread < entries || system === undefined) continue;
        // What such books hold nobody knows: nothing is judged by them.
        systems.delete(system);
        booked.delete(system);
      }
      compared?.end(unreadBySystem(given.values()));
      given.clear();
      const ours = new Set([...effects.values()].map(({ system }) => system));
      if (compared)
        for (const system of systems) if (!ours.has(system)) found.note('NOT_JUDGED', `no effect of this proof is at "${system}": is that its name in the landscape?`, { system });
      compared = undefined;
      return {
        holds: found.count === 0 && found.unjudged === 0,
        outcome: found.count > 0 ? 'does-not-hold' : found.unjudged > 0 ? 'not-judged' : 'holds',
        head: reader.head,
        seal: reader.seal,
        lines: reader.lines,
        counts,
        effects: ends,
        signed: Object.fromEntries([...signers].map(([edge, { events, fingerprints }]) => [edge, { events, fingerprints: [...fingerprints] }])),
        books: Object.fromEntries(booked),
        notCompared: [...ours].filter((system) => !systems.has(system)).toSorted(),
        findings: found.list,
        findingCount: found.count,
      };
    },
  };
}

/** How many entries of each system's books could not be read: one that does not name its system may be of any that its books are of. */
function unreadBySystem(given: Iterable<GivenBooks>): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const { unreadOf, systems } of given)
    for (const [system, unread] of unreadOf) for (const each of system === '' ? systems : [system]) all.set(each, (all.get(each) ?? 0) + unread);
  return all;
}

/** The system that an entry names which cannot be read otherwise. */
function systemIn(value: unknown): string {
  const system = fieldOf(value, 'system');
  return typeof system === 'string' ? system : '';
}

function unreadWords(entries: number, unread: number): string {
  if (unread === entries) return `; ${entries === 1 ? 'it is the only one' : `none of the ${entries} entries can be read`}: nothing is compared with these books`;
  return unread === 1 ? '' : `; ${unread} of the ${entries} entries cannot be read`;
}

/** What was asked for each time that a person began it anew, beside what the flow asked for. */
function inputsOf({ key, sentAs = [key], intent, tries }: ProofEffect): ReadonlyMap<string, unknown> {
  const inputs = [intent];
  for (const { what, input } of tries) {
    if (what === 'edited') inputs.push(input);
    else if (what === 'tried anew') inputs.push(inputs.at(-1));
  }
  return new Map(sentAs.map((as, index) => [as, inputs[index]]));
}

/** When it was first sent and when its system said that it is done, as far as this hub was the only one to send it. */
function timesOf({ status, ended, tries }: ProofEffect): Pick<BookedEffect, 'sentMs' | 'learntMs'> {
  const sent = tries.find(({ what }) => what === 'sent');
  if (!sent || tries.some(({ what }) => what === 'restored' || what === 'edited' || what === 'tried anew')) return { sentMs: undefined, learntMs: undefined };
  const last = tries.at(-1)?.what;
  const isTold = status === 'done' && ended !== undefined && (last === 'answered' || last === 'read back');
  return { sentMs: Date.parse(sent.at), learntMs: isTold ? Date.parse(ended) : undefined };
}

function bookedEffect(effect: ProofEffect, causeMs: number | undefined): BookedEffect {
  const { key, run, system, entity, capability, status, order, guarantee } = effect;
  const settleMs = guarantee?.settlesWithinMs ?? 0;
  // The hub before a restore may have intended it earlier than this one.
  const isOlder = causeMs !== undefined && effect.tries.some(({ what }) => what === 'restored');
  const lastMs = effect.tries.reduce((latest, { at }) => Math.max(latest, Date.parse(at)), Date.parse(effect.ended ?? effect.intended));
  return {
    key,
    run,
    system,
    entity,
    capability,
    status,
    isNotification: guarantee?.kind === 'at-least-once',
    order,
    intendedMs: Math.min(Date.parse(effect.intended), isOlder ? causeMs : Number.POSITIVE_INFINITY),
    overMs: effect.ended === undefined ? undefined : lastMs + settleMs,
    ...timesOf(effect),
    inputs: inputsOf(effect),
    booked: 0,
  };
}
