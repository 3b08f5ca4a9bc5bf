import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

const cloudEventShape = schema(
  Type.Object({
    specversion: Type.Literal('1.0'),
    id: text(256),
    source: text(1024),
    type: text(256),
    time: Type.Optional(Type.String({ maxLength: 64 })),
    subject: Type.Optional(Type.String({ maxLength: 1024 })),
    datacontenttype: Type.Optional(Type.String({ maxLength: 128 })),
    dataschema: Type.Optional(Type.String({ maxLength: 1024 })),
    traceparent: Type.Optional(Type.String({ pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' })),
    data: Type.Unknown(),
  }),
);

/** A CloudEvents 1.0 event whose envelope is checked; `data` is not trusted yet. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** When it happened, epoch milliseconds. */
  readonly timeMs: number;
  readonly traceparent: string | undefined;
  readonly data: unknown;
}

/** Checks the envelope (CloudEvents 1.0 §3.1). Raises INPUT_INVALID. `receivedMs` stands for an absent `time`. */
export function parseCloudEvent(value: unknown, receivedMs: number): CloudEvent {
  const event = parse(cloudEventShape, value, 'The CloudEvent');
  if (event.datacontenttype !== undefined && event.datacontenttype !== 'application/json' && !/^application\/(?:[\w.+-]+\+)?json(;.*)?$/i.test(event.datacontenttype)) {
    throw new Fault('INPUT_INVALID', `The CloudEvent "${event.id}" carries ${event.datacontenttype}; only JSON data is taken.`, { id: event.id });
  }
  const timeMs = event.time === undefined ? receivedMs : instantMs(event.time);
  if (Number.isNaN(timeMs))
    throw new Fault('INPUT_INVALID', `The CloudEvent "${event.id}" has the time "${event.time}"; write RFC 3339, e.g. 2026-01-31T06:00:00Z.`, { id: event.id });
  return { id: event.id, source: event.source, type: event.type, timeMs, traceparent: event.traceparent, data: event.data };
}

/** Epoch milliseconds of an RFC 3339 instant (§5.6); NaN for anything else, also for a day that the calendar does not have. */
function instantMs(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i.test(text)) return Number.NaN;
  const day = Number(text.slice(8, 10));
  // Every month has that many; a day beyond the month's last would be taken for one of the next.
  if (day > 28 && day > new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()) return Number.NaN;
  return Date.parse(text.toUpperCase());
}
