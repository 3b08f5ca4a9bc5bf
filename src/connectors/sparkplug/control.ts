import { Fault } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { SourceControl } from '../../model/source.ts';
import type { MqttLink } from '../mqtt-link.ts';
import { sent } from '../mqtt-sent.ts';
import { sparkplugAddress } from './address.ts';
import type { SparkplugHost } from './host.ts';
import { rebirthMetric } from './rebirth.ts';

/** Why an address cannot be written. */
export function unwritable(text: string): string | undefined {
  try {
    return sparkplugAddress(text).metric === rebirthMetric ? 'a rebirth is asked for by the host application itself' : undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/**
 * Writes by a DCMD, or by an NCMD where the metric is the node's own: at QoS 0 and not retained (§6.4.30), so that no broker brings it late, and
 * only to what is born. Nothing answers: a signal has to confirm it, which DDATA tells.
 */
export function sparkplugControl(host: SparkplugHost, link: MqttLink, clock: Clock): SourceControl {
  return {
    async write(text, value) {
      const command = host.command(text, value, clock.now());
      return 'topic' in command ? sent(link, command, clock) : command;
    },
  };
}
