import { hashId } from '../../kernel/ids.ts';
import type { Flow } from '../../model/flow.ts';
import type { EventRecord, RunRecord } from '../../store/store.ts';
import { classOfContract } from '../exceptions/class.ts';
import type { EngineShard } from '../shards/engine-shard.ts';
import type { Oversight } from '../watch/oversight.ts';
import { watchCase } from '../watch/watch-case.ts';
import type { Subject } from '../watch/watch.ts';
import { replayProtocol } from './live-run.ts';
import { keylessCase } from './run-case.ts';
import type { StepParts } from './step-parts.ts';

interface KeyParts extends Pick<StepParts, 'landscape' | 'clock' | 'open' | 'pipeline'> {
  readonly oversight: Oversight;
  readonly shard?: EngineShard | undefined;
}

/** The key that a flow gives an event; where its code throws, that is somebody's case, and there is none. */
export function keyOf(parts: KeyParts, flow: Flow, event: EventRecord, subject: Subject, left: boolean): string | undefined {
  const { landscape, clock, pipeline, oversight } = parts;
  const conviction = oversight.conviction(subject);
  if (conviction) {
    const given = {
      type: 'run-not-started',
      class: classOfContract(landscape, flow.on),
      what: `key() of ${flow.title}`,
      owner: flow.owner,
      keys: event.keys,
      actions: [],
      times: 1,
      nowMs: clock.now(),
    };
    pipeline.add(parts.open(watchCase(conviction, { ...given, choices: ['Then send the event again, under another id.'] })), () => oversight.carriedOut(conviction));
    return undefined;
  }
  if (left) oversight.suspect(subject);
  try {
    // The event was checked by the contract that the flow is declared on.
    const key = oversight.during(subject, () => flow.key(JSON.parse(event.data) as never));
    if (left) oversight.acquit(subject);
    return key;
  } catch (error) {
    // Each shard meets the event; one of them says so.
    if (parts.shard?.starts(flow.name, event.id) !== false) pipeline.add(parts.open(keylessCase(landscape, flow, event, error, clock.now())));
    return undefined;
  }
}

/** The one run of an event in a flow: whoever meets the event again meets this run. */
export function runIdOf(flow: Flow, { source, id }: Pick<EventRecord, 'source' | 'id'>): string {
  return `${flow.name}:${hashId(flow.name, source, id).slice(0, 16)}`;
}

/** A run that begins with an event. */
export function freshRun(release: string, flow: Flow, id: string, key: string, event: EventRecord, startedMs: number): RunRecord {
  return { id, flow: flow.name, key, position: event.position, status: 'active', release, protocol: replayProtocol, startedMs, endedMs: undefined, reason: undefined };
}
