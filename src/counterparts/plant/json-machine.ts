// A machine's gateway that speaks plain JSON over MQTT 3.1.1 with QoS 1, as a client of its own.
import { connect } from 'mqtt';
import type { Speaker } from './speaker.ts';

/** Readings taken while the broker is away wait in the client; what comes beyond this is dropped. */
const waitingMax = 10_000;

export function jsonMachine(brokerUrl: string, name: string, topic: string): Speaker {
  const client = connect(brokerUrl, { clientId: name, protocolVersion: 4, clean: true, reconnectPeriod: 200 });
  client.on('error', () => undefined); // it connects again by itself
  let waiting = 0;
  return {
    shown: () => ({ topic }),
    send(reading) {
      if (waiting >= waitingMax) return;
      waiting += 1;
      client.publish(topic, JSON.stringify(reading), { qos: 1 }, () => {
        waiting -= 1;
      });
    },
    close: () => client.endAsync(true),
  };
}
