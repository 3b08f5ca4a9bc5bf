import type { RecordingSender } from '../engine/edge/recording-sender.ts';
import { jsonOf, type Send } from '../engine/edge/send.ts';
import { answerWithRecording } from '../engine/recordings/recording-wire.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { EdgeStore } from '../store/edge-store.ts';

export interface EdgeRecordingParts {
  readonly edge: string;
  readonly key: string;
  readonly send: Send;
  readonly store: Pick<EdgeStore, 'depth'>;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** What the hub wants of the recording, where it says so in what it answers. */
export interface EdgeRecordings {
  /** Reads an answer to this edge's status. */
  answered(text: string, url: string): void;
  close(): Promise<void>;
}

/** `dir` is where it is recorded; undefined where nothing is. What sending takes is loaded when a hub first asks. */
export function edgeRecordings(dir: string | undefined, { store, ...parts }: EdgeRecordingParts): EdgeRecordings {
  let loading: Promise<RecordingSender> | undefined;

  async function load(): Promise<RecordingSender> {
    const [{ recordingSender }, { recordingReading }] = await Promise.all([import('../engine/edge/recording-sender.ts'), import('./recordings/recording-pieces.ts')]);
    return recordingSender({
      ...parts,
      waiting: async () => store.depth(),
      async read(wanted) {
        if (dir !== undefined) return recordingReading(dir, wanted);
        throw new Fault('NOT_FOUND', 'This edge records nothing. It does where "telemetry" in its environment keeps some (docs/guide/backtest.md).');
      },
    });
  }

  return {
    answered(text, url) {
      // Nearly all of them want nothing.
      if (!text.includes('"recording"')) return;
      const answer = jsonOf(text);
      if (!answerWithRecording.check(answer)) return;
      loading ??= load();
      void loading.then((sender) => sender.asked(answer.recording, url));
    },
    close: async () => (await loading)?.close(),
  };
}
