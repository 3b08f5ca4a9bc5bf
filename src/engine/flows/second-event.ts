import type { Flow } from '../../model/flow.ts';
import type { Change, EventRecord } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { heldBy, type KeyLine, type Waiting } from './key-lines.ts';
import { crowdedCase, waitingMax } from './run-case.ts';
import type { StepParts } from './step-parts.ts';

interface LineParts extends Pick<StepParts, 'landscape' | 'clock' | 'open'> {
  readonly pipeline: Pipeline;
}

/**
 * A second event of a key: what it does is the flow's to say, unless it comes behind a message that holds the key: then it waits in
 * line. Gives what is to be counted, where it begins no run.
 */
export function joinLine(parts: LineParts, flow: Flow, line: KeyLine, { record, event }: Waiting, isHeld: boolean): 'signalled' | 'skipped' | undefined {
  const { pipeline, landscape } = parts;
  const whenRunning = line.id === heldBy || (isHeld && flow.whenRunning === 'skip') ? 'queue' : flow.whenRunning;
  switch (whenRunning) {
    case 'queue':
      if (line.queue.length < waitingMax) {
        line.queue.push({ record: { ...record, status: 'queued' }, event });
        pipeline.add([{ change: 'run.start', ...record, status: 'queued', keys: event.keys }]);
      } else {
        const reason = `${waitingMax} wait for this key already`;
        const opening = crowdedCase(landscape, flow, event, record.key, record.startedMs);
        pipeline.add([{ change: 'run.start', ...record, status: 'failed', endedMs: record.startedMs, reason, keys: event.keys }, ...parts.open(opening)]);
      }
      return undefined;
    case 'signal':
      pipeline.add([audit(parts, event, 'event.left-to-run', line.id)]);
      return 'signalled';
    case 'skip':
      pipeline.add([audit(parts, event, 'event.skipped', line.id)]);
      return 'skipped';
  }
}

function audit({ clock }: LineParts, event: EventRecord, action: string, run: string): Change {
  return { change: 'audit.add', atMs: clock.now(), actor: 'lineshaft', action, subject: run, details: JSON.stringify({ position: event.position, type: event.type }) };
}
