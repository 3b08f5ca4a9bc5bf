// How a stretch of a recording comes from an edge to its hub: asked for in the answer to its status, sent in parts as `blocksOfFile` reads them.
import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

const count = Type.Integer({ minimum: 0 });
const placeFields = {
  file: Type.String({ minLength: 1, maxLength: 64 }),
  atByte: count,
  /** Whole blocks and values so far, and the checksum of all bytes: the closing mark goes on from there. */
  blocks: count,
  values: count,
  crc32: count,
};
const place = Type.Object(placeFields);

/** Up to where an edge has sent its recording: all of the files before this one, and of this one what lies before `atByte`; and what that came to. */
export type RecordingPlace = Readonly<Static<typeof place>>;

const wanted = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  fromMs: Type.Optional(Type.Number()),
  toMs: Type.Optional(Type.Number()),
  bytesMax: Type.Integer({ minimum: 1 }),
  bytesPerSecond: Type.Integer({ minimum: 1 }),
  /** Bytes that the hub has, and up to where in the edge's recording they go; without a place it has none. */
  at: Type.Integer({ minimum: 0 }),
  after: Type.Optional(place),
});

/** What a hub wants of what an edge recorded. Event times, epoch milliseconds. */
export type RecordingWanted = Readonly<Static<typeof wanted>>;

/** What of the hub's answer to a status is read. */
export const answerWithRecording = schema(Type.Object({ recording: wanted }));

/** What is told of a part, beside its bytes. */
const part = Type.Object(
  {
    /** Bytes before it; 0 begins anew. */
    at: Type.Integer({ minimum: 0 }),
    ...placeFields,
    isLast: Type.Integer({ minimum: 0, maximum: 1 }),
    /** Of all that is sent, at most. */
    total: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Event time of the oldest value that the edge has, where that is later than what was asked for. */
    beginsMs: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);
export type RecordingPart = Readonly<Static<typeof part>>;
export const recordingPart = schema(part);

const refusal = Type.Object({ code: Type.String({ maxLength: 64 }), message: Type.String({ minLength: 1, maxLength: 2_000 }) }, { additionalProperties: false });
/** Why an edge does not send what was asked for. */
export type RecordingRefusal = Readonly<Static<typeof refusal>>;
export const recordingRefusal = schema(refusal);

/** Bytes of one part at most: on a thin link, an alarm waits for no more than this. */
export const partBytesMax = 32 * 1024;
