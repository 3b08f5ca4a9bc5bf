import type { MqttListener } from './mqtt-link.ts';
import type { OpenSource, SourcePorts, SourceSink } from '../model/source.ts';

/** What of a session at a broker says whether values are missing. */
export interface MqttKept extends Required<Pick<MqttListener, 'session' | 'atMostOnce'> & Pick<OpenSource, 'place'>> {
  /** The link is down. */
  down(): void;
}

const reason = 'the link to the broker was down, and it kept nothing for us';
/** The place of a source whose machines send at most once: no broker keeps that. */
const atMostOncePlace = 'at most once';

/** `isKeeping`: whether a broker that has our session keeps in it what machines send at least once. */
export function mqttKept(
  addresses: readonly string[],
  isKeeping: boolean,
  sink: Pick<SourceSink, 'kept' | 'absent'>,
  { clock, earlier }: Pick<SourcePorts, 'clock' | 'earlier'>,
): MqttKept {
  let isAtMostOnce = earlier?.place === atMostOncePlace;
  let downMs: number | undefined;
  return {
    session(isKept) {
      const sinceMs = downMs;
      downMs = undefined;
      if (isKept && isKeeping && !isAtMostOnce) sink.kept();
      else if (sinceMs !== undefined) sink.absent(addresses.map((address) => ({ address, sinceMs, reason })));
    },
    atMostOnce() {
      isAtMostOnce = true;
    },
    down() {
      downMs ??= clock.now();
    },
    place: () => (isAtMostOnce ? atMostOncePlace : undefined),
  };
}
