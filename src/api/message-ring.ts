import type { StreamMessage } from './stream-message.ts';

/** A message with its place in this process's stream, 1, 2, 3 … */
export type Numbered = StreamMessage & { readonly number: number };

/** The newest messages, for those who lost their connection. When it is full the oldest goes. */
export interface MessageRing {
  add(message: StreamMessage): Numbered;
  /** What came after `number`; undefined where part of it is gone, or where it was never given. */
  after(number: number): readonly Numbered[] | undefined;
  newest(): number;
}

export function messageRing(messagesMax = 5_000): MessageRing {
  const slots: Numbered[] = [];
  let newest = 0;
  return {
    add(message) {
      newest += 1;
      const numbered = { ...message, number: newest };
      slots[newest % messagesMax] = numbered;
      return numbered;
    },
    after(number) {
      const oldest = Math.max(1, newest - messagesMax + 1);
      if (number > newest || number < oldest - 1) return undefined;
      const found: Numbered[] = [];
      for (let next = number + 1; next <= newest; next += 1) {
        const message = slots[next % messagesMax];
        if (message) found.push(message);
      }
      return found;
    },
    newest: () => newest,
  };
}
