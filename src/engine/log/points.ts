import type { Change } from '../../store/store.ts';

/** The name of a change as a place in the durable path, e.g. `sent.production-order.revise#1`: what a fault test stops at. */
export function pointOf(change: Change): string {
  switch (change.change) {
    case 'event.append':
      return `event.${change.type}`;
    case 'quarantine.add':
      return 'quarantine';
    case 'cursor.set':
      return `cursor.${change.name}`;
    case 'run.start':
      return `run.start.${change.flow}`;
    case 'run.set':
      return `run.${change.status}`;
    case 'run.key':
    case 'run.move':
      return change.change;
    case 'step.add':
    case 'step.set':
      return `${change.status}.${change.id}`;
    case 'exception.open':
      return `exception.open.${change.type}`;
    case 'exception.set':
      return `exception.${change.record.status}.${change.record.type}`;
    case 'notice.put':
      return `notice.${change.status}`;
    case 'audit.add':
      return `audit.${change.action}`;
    case 'release.keep':
    case 'release.drop':
      return change.change;
  }
}
