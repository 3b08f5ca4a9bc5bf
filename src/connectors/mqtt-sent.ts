import type { Clock } from '../kernel/clock.ts';
import type { WriteAnswer } from '../model/source.ts';
import type { MqttLink, MqttMessage } from './mqtt-link.ts';

/** How long a message may take to leave. */
const leaveMs = 2_000;

/** A write that is one message: done when it has left, since nothing answers. */
export function sent(link: MqttLink, message: MqttMessage, clock: Clock): Promise<WriteAnswer> {
  return new Promise((resolve) => {
    const cancel = clock.after(leaveMs, () => resolve({ kind: 'unknown', reason: `The message did not leave for sure within ${leaveMs} ms.` }));
    link.publish(message, () => {
      cancel();
      resolve({ kind: 'written' });
    });
  });
}
