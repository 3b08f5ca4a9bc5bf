import { sleep, type Clock, type Random } from '../../../kernel/clock.ts';
import { Fault, messageOf } from '../../../kernel/errors.ts';
import { delayBefore, type Backoff } from '../../../kernel/retry.ts';
import type { CommandReply } from '../../../model/command-order.ts';
import { commandBatch, type CommandAnswer, type CommandBatch } from '../../commands/command-wire.ts';
import { jsonOf, withinTime, type Send } from '../send.ts';
import type { Commander } from './commander.ts';
import { hubTime, type HubTime } from './hub-time.ts';

export interface CommandLinkParts {
  readonly edge: string;
  /** Another one for each process. */
  readonly boot: string;
  readonly url: string;
  readonly key: string;
  readonly send: Send;
  readonly commander: Commander;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** How long the hub keeps a question open, and how much longer its answer may take. */
const waitMs = 20_000;
const wayMs = 10_000;
const backoff: Backoff = { firstMs: 200, maxMs: 10_000 };
/** Tries to bring one answer; the hub asks for it where none gets there. */
const answerTries = 5;

/** Asks one hub for commands again and again, outward only, one question at a time, and brings back what became of each. */
export function openCommandLink({ edge, boot, url, key, send, commander, clock, random, log }: CommandLinkParts): { close(): Promise<void> } {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };

  async function post(path: string, body: object, timeoutMs: number): Promise<string> {
    const answer = await withinTime(clock, timeoutMs, closing.signal, async (signal) => send({ url: `${url}${path}`, headers, body: JSON.stringify(body), signal }));
    if (answer.status !== 200) throw new Fault('SYSTEM_BUSY', `The hub ${url} answered ${answer.status}: ${answer.body.slice(0, 200)}`, { url, status: answer.status });
    return answer.body;
  }

  async function answer(ticket: string, reply: CommandReply): Promise<void> {
    const body: CommandAnswer = { edge, ticket, reply };
    for (let tries = 1; tries <= answerTries && !closing.signal.aborted; tries++) {
      try {
        await post('/api/edges/commands/answers', body, wayMs);
        return;
      } catch (error) {
        if (tries === answerTries) log(`What became of a command did not reach the hub, which will ask: ${messageOf(error)}`, { url });
        await sleep(clock, delayBefore(tries, backoff, random), closing.signal).catch(() => undefined); // closing: the loop ends
      }
    }
  }

  async function serve({ ticket, request }: CommandBatch['commands'][number], hub: HubTime): Promise<void> {
    try {
      await answer(ticket, await commander.take(request, hub));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // The hub asks what became of it; until then it is as open here as there.
      log(`A command has no answer yet: ${error.message}`, { url });
    }
  }

  async function ask(): Promise<void> {
    const sentMs = clock.steady();
    const body = await post('/api/edges/commands', { edge, boot, waitMs }, waitMs + wayMs);
    const batch: unknown = jsonOf(body);
    if (!commandBatch.check(batch)) throw new Fault('REPLY_BROKEN', `The hub ${url} answered something that is no list of commands: ${body.slice(0, 200)}`, { url });
    const hub = hubTime(clock, sentMs, batch.heardMs);
    for (const one of batch.commands) {
      const served = serve(one, hub).finally(() => underWay.delete(served));
      underWay.add(served);
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted;) {
      try {
        await ask();
        if (failures > 0) log(`The hub ${url} is asked for commands again.`, { failures });
        failures = 0;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (closing.signal.aborted) return;
        if (failures === 0) log(`The hub ${url} cannot be asked for commands: ${error.message}`, { url });
        failures++;
        await sleep(clock, delayBefore(failures, backoff, random), closing.signal).catch(() => undefined); // closing: the loop ends
      }
    }
  }

  const running = run();
  return {
    async close() {
      closing.abort(new Fault('OUTCOME_UNKNOWN', 'This edge is being stopped.'));
      await running;
      await Promise.all(underWay);
    },
  };
}
