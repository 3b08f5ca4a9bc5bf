import type { Change, ChangeResult } from '../store/store.ts';

/** What the live stream tells: that something changed and where to read it, never its data. */
export interface StreamMessage {
  readonly kind: 'event' | 'run' | 'step' | 'exception' | 'mode';
  readonly data: Readonly<Record<string, unknown>>;
}

/** The message that a committed change is worth; undefined for what nobody watches. */
export function messageOf(change: Change, result: ChangeResult | undefined): StreamMessage | undefined {
  if (result?.taken === false || result?.duplicate) return undefined;
  switch (change.change) {
    case 'event.append': {
      const { source, id, type, keys, timeMs } = change;
      return { kind: 'event', data: { position: result?.position, source, id, type, keys, timeMs } };
    }
    case 'quarantine.add':
      return { kind: 'event', data: { quarantined: true, source: change.source, id: change.eventId, reason: change.reason.slice(0, 500) } };
    case 'run.start': {
      const { id, flow, key, keys, status, startedMs } = change;
      return { kind: 'run', data: { run: id, flow, key, keys, status, startedMs } };
    }
    case 'run.set':
      return { kind: 'run', data: { run: change.id, flow: change.id.slice(0, change.id.lastIndexOf(':')), status: change.status, reason: change.reason?.slice(0, 500) } };
    case 'step.add': {
      const { run, id, kind, mode, name, status, system, entity, dueMs } = change;
      return { kind: 'step', data: { run, step: id, kind, mode, name, status, system, entity, revision: result?.revision, dueMs } };
    }
    case 'step.set':
      return { kind: 'step', data: { run: change.run, step: change.id, status: change.status, attempts: change.attempts } };
    case 'exception.open':
    case 'exception.set': {
      const { id, type, status, version, severity, owners, summary, keys } = change.change === 'exception.open' ? change : change.record;
      return { kind: 'exception', data: { exception: id, type, status, version, severity, owner: owners[0], summary, keys } };
    }
    case 'cursor.set':
    case 'run.key':
    case 'notice.put':
    case 'audit.add':
      return undefined;
  }
}
