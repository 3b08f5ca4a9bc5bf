import { Type } from 'typebox';
import { parse, schema } from '../../kernel/schema.ts';
import type { MqttMessage } from '../mqtt-link.ts';

const attributes = schema(Type.Object({ subject: Type.String(), dataschema: Type.String(), datacontenttype: Type.String(), data: Type.Unknown() }));

/**
 * An event of the edge as a message that is never retained: with MQTT 5 in the binary mode of CloudEvents (MQTT binding 1.0.2 §3.1), its
 * attributes, `traceparent` among them, as user properties; else in structured mode.
 */
export function eventMessage(body: string, place: (path: string) => string, version: 4 | 5): MqttMessage {
  const event: unknown = JSON.parse(body);
  const { subject, dataschema, datacontenttype, data } = parse(attributes, event, 'the event of a rule');
  const [, , , contract = 'event'] = dataschema.split(':');
  const message = { topic: place(`${subject}/event/${contract}`), qos: 1, retain: false } as const;
  if (version === 4) return { ...message, payload: body };
  const said = Object.entries(typeof event === 'object' && event !== null ? event : {}).filter(([name]) => name !== 'data' && name !== 'datacontenttype');
  const userProperties = Object.fromEntries(said.map(([name, value]) => [name, String(value)]));
  return { ...message, payload: JSON.stringify(data), properties: { contentType: datacontenttype, userProperties } };
}
