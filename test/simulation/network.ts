import { Fault, type HttpReply, type HttpRequest, type SendContext } from 'lineshaft';
import type { Connection } from '../../src/model/connector.ts';
import type { System } from '../../src/model/system.ts';
import type { Answer, Counterpart, Request } from './counterparts/counterpart.ts';
import { readDisturbances, replyOf, writeDisturbances } from './disturbance.ts';
import { effectOf, type Durable } from './durable.ts';
import { systems, type PlannedFault, type SystemName } from './fault.ts';
import { never, type Life } from './life.ts';
import type { World } from './world.ts';

export interface NetworkParts {
  readonly world: World;
  readonly counterparts: ReadonlyMap<SystemName, Counterpart>;
  readonly durable: Durable;
  readonly crash: (why: string) => void;
}

export interface Network {
  /** The connection that one process of the hub has to a system. */
  connect(life: Life, system: System): Promise<Connection<unknown, unknown>>;
  /** Takes a system off the network until a moment. */
  outage(system: SystemName, untilMs: number): void;
  /** Until when a system does what it is asked and takes nearly as long for its answers as anybody waits. */
  slow(system: SystemName, untilMs: number): void;
  /** Our references in requests that their system took after the time that it declares. */
  readonly overdue: ReadonlySet<string>;
}

const latencyMaxMs = 25;
/** What a slow system takes for an answer, of the time that the hub waits for it. */
const slowShare = 0.9;
/** Answers to one effect in a row that cannot be read: as many as it takes to park it. */
const brokenTries = 3;

/** The wires between hub and systems: a request may be lost, taken late or taken unheard; its answer may be lost, broken or slow. */
export function network({ world, counterparts, durable, crash }: NetworkParts): Network {
  const random = world.chance('network');
  const downUntil = new Map<SystemName, number>();
  const slowUntil = new Map<SystemName, number>();
  /** By our reference. */
  const tries = new Map<string, number>();
  /** Those that a system may still take after the time that it declares. */
  const overdue = new Set<string>();
  /** Those whose answers nobody can read any more. */
  const broken = new Set<string>();

  function handle(counterpart: Counterpart, request: Request): Answer {
    const answer = counterpart.handle(request, world.time.now());
    if (answer.entry) world.story.tell(counterpart.name, `did ${answer.entry.type} ${answer.entry.entity} for ${answer.entry.reference ?? 'its own people'}`);
    else if (request.method !== 'GET') world.story.tell(counterpart.name, `did nothing: ${answer.status} ${JSON.stringify(answer.body).slice(0, 80)}`);
    return answer;
  }

  /** Calls `givenUp` once, when the sender's time is over or the sender is no more. */
  function onGivenUp(life: Life, atMs: number, givenUp: () => void): void {
    let over = false;
    const once = (): void => {
      if (over) return;
      over = true;
      cancel();
      forget();
      givenUp();
    };
    const cancel = world.time.at(atMs, once);
    const forget = life.onEnd(once);
  }

  /** What becomes of a request that something goes wrong with; undefined where the fault is none of this place. */
  function disturbed(life: Life, counterpart: Counterpart, request: Request, timeoutMs: number, sentMs: number, fault: PlannedFault): Promise<HttpReply> | undefined {
    const disturbance = (request.method === 'GET' ? readDisturbances : writeDisturbances)[fault.kind];
    return disturbance?.({
      world,
      counterpart,
      request,
      fault,
      timeoutMs,
      next: random.next,
      handle: () => handle(counterpart, request),
      onGivenUp: (givenUp) => onGivenUp(life, sentMs + timeoutMs, givenUp),
      breakAnswers: () => void broken.add(referenceOf(request) ?? ''),
    });
  }

  async function carried(life: Life, counterpart: Counterpart, request: Request, context: SendContext): Promise<HttpReply> {
    const isWrite = request.method !== 'GET';
    const sentMs = world.time.now();
    const fault = world.faults.at(`${isWrite ? 'write' : 'read'} ${counterpart.name}`);
    if (isWrite) demandRecord(request);
    await world.delay(random.whole(1, latencyMaxMs));
    if (world.time.now() < (downUntil.get(counterpart.name) ?? 0)) {
      const fate = random.next();
      // Half down: some of what it cannot answer any more it still does.
      if (fate < 0.15) handle(counterpart, request);
      if (fate < 0.3) return never();
      throw new Fault('SYSTEM_UNREACHABLE', `${counterpart.name} is down`);
    }
    if (fault && isPlausible(fault, counterpart, request)) {
      const reply = disturbed(life, counterpart, request, context.timeoutMs, sentMs, fault);
      if (reply) {
        world.faults.hit(fault);
        if (fault.kind === 'late-beyond-settling') overdue.add(referenceOf(request) ?? '');
        return reply;
      }
    }
    const reply = replyOf(handle(counterpart, request));
    if (world.time.now() < (slowUntil.get(counterpart.name) ?? 0)) await world.delay(Math.floor(context.timeoutMs * slowShare));
    const isBroken = isWrite && broken.has(referenceOf(request) ?? '') && (tries.get(referenceOf(request) ?? '') ?? 0) <= brokenTries;
    return isBroken ? { ...reply, body: 'no words' } : reply;
  }

  /** A yes of a system that does nothing can only be told from a real one where it is asked again; a known key has its answer already. */
  function isPlausible({ kind }: PlannedFault, { name }: Counterpart, request: Request): boolean {
    if (kind === 'late-beyond-settling') return !request.path.endsWith('release');
    // Against a system that breaks its word only the condition of a second try helps: where that comes to nothing, nobody can know.
    if (request.method !== 'GET' && overdue.has(referenceOf(request) ?? '')) return false;
    if (kind === 'yes-but-nothing') return !request.path.includes('/notes');
    if (kind !== 'business-refusal' || (name !== 'tms' && name !== 'supplier')) return true;
    return (tries.get(referenceOf(request) ?? '') ?? 0) <= 1;
  }

  /** Nothing leaves the hub before it is on record that it is about to. */
  function demandRecord(request: Request): void {
    const key = referenceOf(request);
    const status = key === undefined ? undefined : durable.effects.get(effectOf(key))?.status;
    tries.set(key ?? '', (tries.get(key ?? '') ?? 0) + 1);
    world.story.tell('hub', `sends ${request.method} ${request.path} for ${key}`);
    if (status !== 'sent') world.broken(`${key} was sent while its record said ${status ?? 'nothing'}`);
  }

  function send(life: Life, counterpart: Counterpart, given: HttpRequest, context: SendContext): Promise<HttpReply> {
    const request = requestOf(given);
    const crashing = request.method === 'GET' ? undefined : world.faults.at('send');
    const answer = carried(life, counterpart, request, context);
    if (crashing && !life.cut) {
      // It is on its way: what becomes of it does not depend on the hub any more.
      world.time.after(0, () => {
        if (life.cut) return;
        world.faults.hit(crashing);
        crash(`after ${request.method} ${request.path} was sent`);
      });
    }
    return life.hears(answer.then((reply) => world.delay(random.whole(0, latencyMaxMs)).then(() => reply)));
  }

  return {
    overdue,
    async connect(life, { name }) {
      const known = systems.find((system) => system === name);
      const counterpart = known && counterparts.get(known);
      if (!counterpart) throw new Error(`no counterpart plays ${name}`);
      return {
        // The bindings of this landscape speak HTTP only.
        send: (request, context) => (life.cut ? never() : send(life, counterpart, request as HttpRequest, context)),
        close: async () => undefined,
      };
    },
    outage(system, untilMs) {
      downUntil.set(system, untilMs);
      world.story.tell(system, `is down for ${untilMs - world.time.now()} ms`);
    },
    slow(system, untilMs) {
      slowUntil.set(system, untilMs);
      world.story.tell(system, `is slow for ${untilMs - world.time.now()} ms`);
    },
  };
}

/** The request as the other side reads it. */
function requestOf({ method, path, query = {}, ifMatch, idempotencyKey, body }: HttpRequest): Request {
  const read: unknown = JSON.parse(JSON.stringify(body ?? {}));
  // Every body that the bindings of this landscape write is an object.
  return { method, path, query, ifMatch, idempotencyKey, body: read as Readonly<Record<string, unknown>> };
}

/** Our reference in a write, wherever its system keeps it. */
function referenceOf({ idempotencyKey, body }: Request): string | undefined {
  const { reference, externalRef, messageId, text } = body;
  const found = [idempotencyKey, reference, externalRef, messageId].find((value) => typeof value === 'string');
  if (typeof found === 'string') return found;
  return typeof text === 'string' ? /\(ref ([^)]*)\)$/.exec(text)?.[1] : undefined;
}
