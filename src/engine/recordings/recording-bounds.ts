import { Type } from 'typebox';

/** How much of an edge's recording is fetched, and how fast. */
export interface RecordingBounds {
  /** Of 1,000,000 bytes. */
  readonly megabytes: number;
  /** Of 1,000 bytes. */
  readonly kilobytesPerSecond: number;
}

/** What is asked of an edge where nothing else is said. */
export const usualBounds: RecordingBounds = { megabytes: 100, kilobytesPerSecond: 500 };
/** What can be asked for at most. */
export const recordingMost: RecordingBounds = { megabytes: 2_000, kilobytesPerSecond: 100_000 };

/** As fields of what somebody writes: of all of it, and of a second, at most. */
export const boundFields = {
  megabytes: Type.Optional(Type.Integer({ minimum: 1, maximum: recordingMost.megabytes })),
  kilobytesPerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: recordingMost.kilobytesPerSecond })),
};
