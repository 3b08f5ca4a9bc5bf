import { Fault } from '../../src/kernel/errors.ts';
import type { NoticeRecord } from '../../src/store/store.ts';
import type { World } from './world.ts';

/** Where people get their mail: message ids, each as often as it came. */
export interface Mailbox {
  take(notice: NoticeRecord): Promise<void>;
  readonly messages: ReadonlyMap<string, number>;
  /** When each came first, world time. */
  readonly toldMs: ReadonlyMap<string, number>;
}

export function mailbox(world: World): Mailbox {
  const random = world.chance('mail');
  const messages = new Map<string, number>();
  const toldMs = new Map<string, number>();
  return {
    async take({ id }) {
      const fault = world.faults.at('mail');
      await world.delay(random.whole(2, 40));
      if (fault) world.faults.hit(fault);
      if (fault?.kind === 'mail-down') throw new Fault('SYSTEM_UNREACHABLE', 'the mail server is down');
      messages.set(id, (messages.get(id) ?? 0) + 1);
      if (!toldMs.has(id)) toldMs.set(id, world.time.now());
      world.story.tell('mail', id);
      if (fault?.kind === 'mail-answer-lost') throw new Fault('OUTCOME_UNKNOWN', 'the connection broke off');
    },
    messages,
    toldMs,
  };
}
