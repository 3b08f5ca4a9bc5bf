import { Fault } from '../kernel/errors.ts';
import { isTraceparent } from '../kernel/traceparent.ts';
import { jsonOf } from './json-body.ts';
import { header, type RawCall } from './route.ts';

export const batchMax = 1_000;

/**
 * The events of an HTTP message (CloudEvents HTTP binding 1.0.2 §3), not trusted yet. A single event without a trace of its own
 * gets the request's (W3C `traceparent`). Raises INPUT_INVALID, MEDIA_NOT_TAKEN and TOO_LARGE.
 */
export function eventsIn(call: Pick<RawCall, 'headers' | 'raw'>): { readonly events: readonly unknown[]; readonly mode: 'one' | 'batch' } {
  const type = (header(call, 'content-type') ?? '').toLowerCase().trim();
  if (/^application\/cloudevents-batch\+json\s*(;|$)/.test(type)) return { events: batchOf(jsonOf(call.raw)), mode: 'batch' };
  if (/^application\/cloudevents\+json\s*(;|$)/.test(type)) return { events: [traced(jsonOf(call.raw), call)], mode: 'one' };
  if (type.startsWith('application/cloudevents')) throw new Fault('MEDIA_NOT_TAKEN', 'Of the CloudEvents formats only JSON is taken.');
  if (header(call, 'ce-specversion') !== undefined) return { events: [traced(binaryEvent(call), call)], mode: 'one' };
  throw new Fault('MEDIA_NOT_TAKEN', 'This is no CloudEvent: send application/cloudevents+json, application/cloudevents-batch+json, or the data with ce- headers.');
}

function batchOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Fault('INPUT_INVALID', 'A batch is a JSON array of CloudEvents.');
  if (value.length > batchMax) throw new Fault('TOO_LARGE', `A batch of ${value.length} events; at most ${batchMax} are taken at once.`, { batchMax });
  return value;
}

/** §3.1: attributes from `ce-` headers, `datacontenttype` from the content type, data from the body. */
function binaryEvent(call: Pick<RawCall, 'headers' | 'raw'>): unknown {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(call.headers)) {
    if (!name.startsWith('ce-') || value === undefined) continue;
    const attribute = name.slice(3);
    if (!/^[a-z0-9]{1,64}$/.test(attribute)) throw new Fault('INPUT_INVALID', `"${name}" names no attribute of a CloudEvent.`);
    attributes[attribute] = attributeOf(name, typeof value === 'string' ? value : (value[0] ?? ''));
  }
  const type = header(call, 'content-type');
  if (type !== undefined) attributes['datacontenttype'] = type;
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\s*(;|$)/i.test(type))
    throw new Fault('MEDIA_NOT_TAKEN', `The event carries ${type.slice(0, 100)}; only JSON data is taken.`);
  return call.raw.length === 0 ? attributes : { ...attributes, data: jsonOf(call.raw) };
}

/** §3.1.3.2: first the double quotes and their backslashes are taken off, then one round of percent-decoding. */
function attributeOf(name: string, value: string): string {
  const bare = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value;
  return bare.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch (error) {
      throw new Fault('INPUT_INVALID', `The header ${name} is percent-encoded, but not UTF-8.`, { header: name }, error);
    }
  });
}

function traced(event: unknown, call: Pick<RawCall, 'headers'>): unknown {
  const traceparent = header(call, 'traceparent');
  if (!isTraceparent(traceparent)) return event;
  if (typeof event !== 'object' || event === null || Array.isArray(event) || 'traceparent' in event) return event;
  return { ...event, traceparent };
}
