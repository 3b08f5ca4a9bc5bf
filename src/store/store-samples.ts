import type { Change, ExceptionRecord } from './store.ts';

// Changes for the store's suite: each complete, with what a test cares about laid over it.
type Of<Name extends Change['change']> = Extract<Change, { readonly change: Name }>;

export const startMs = 1_790_000_000_000;

export function eventAppend(id: string, over: Partial<Of<'event.append'>> = {}): Of<'event.append'> {
  return {
    change: 'event.append',
    source: 'urn:edge:bremen',
    id,
    type: 'production.variance.detected.v1',
    timeMs: startMs,
    receivedMs: startMs + 20,
    keys: { order: 'PO-4711' },
    traceparent: undefined,
    principal: 'edge:bremen',
    data: '{"rate":55.5}',
    ...over,
  };
}

export function runStart(id: string, over: Partial<Of<'run.start'>> = {}): Of<'run.start'> {
  return {
    change: 'run.start',
    id,
    flow: 'packaging-bottleneck',
    key: 'PO-4711',
    position: 1,
    status: 'active',
    release: '0123456789abcdef',
    protocol: 1,
    startedMs: startMs,
    endedMs: undefined,
    reason: undefined,
    keys: { order: 'PO-4711' },
    ...over,
  };
}

export function runSet(id: string, status: Of<'run.set'>['status'], over: Partial<Of<'run.set'>> = {}): Of<'run.set'> {
  return { change: 'run.set', id, status, endedMs: undefined, reason: undefined, ...over };
}

/** An effect on PO-4711 in the ERP unless told otherwise. */
export function stepAdd(run: string, id: string, over: Partial<Of<'step.add'>> = {}): Of<'step.add'> {
  return {
    change: 'step.add',
    run,
    id,
    kind: 'effect',
    mode: 'call',
    name: 'production-order.revise',
    issue: 1,
    done: undefined,
    status: 'open',
    input: '{"order":"PO-4711"}',
    output: undefined,
    issuedMs: startMs,
    endedMs: undefined,
    dueMs: undefined,
    system: 'erp',
    entity: 'PO-4711',
    attempts: 0,
    history: '[]',
    ...over,
  };
}

export function stepSet(run: string, id: string, status: Of<'step.set'>['status'], over: Partial<Of<'step.set'>> = {}): Of<'step.set'> {
  return { change: 'step.set', run, id, status, done: undefined, output: undefined, endedMs: undefined, attempts: 1, history: '[]', ...over };
}

export function exceptionRecord(id: string, over: Partial<ExceptionRecord> = {}): ExceptionRecord {
  return {
    id,
    type: 'order-not-revisable',
    class: 'erp-transaction',
    severity: 'high',
    status: 'open',
    version: 1,
    owners: ['planning'],
    summary: 'Order PO-4711 cannot be revised',
    keys: { order: 'PO-4711' },
    run: undefined,
    step: undefined,
    evidence: '{"rate":55}',
    actions: ['retry', 'resolve'],
    openedMs: startMs,
    dueMs: startMs + 3_600_000,
    changedMs: startMs,
    history: '[]',
    ...over,
  };
}

export function exceptionOpen(id: string, over: Partial<ExceptionRecord> = {}): Of<'exception.open'> {
  return { change: 'exception.open', ...exceptionRecord(id, over) };
}

export function noticePut(id: string, over: Partial<Of<'notice.put'>> = {}): Of<'notice.put'> {
  return {
    change: 'notice.put',
    id,
    exception: 'x1',
    channel: 'mail',
    to: 'planning@plant.example',
    status: 'open',
    attempts: 0,
    body: 'text',
    createdMs: startMs,
    changedMs: startMs,
    ...over,
  };
}

export function auditAdd(subject: string, over: Partial<Of<'audit.add'>> = {}): Of<'audit.add'> {
  return { change: 'audit.add', atMs: startMs, actor: 'planner', action: 'exception.resolve', subject, details: '{"note":"done"}', ...over };
}

export function quarantineAdd(eventId: string, over: Partial<Of<'quarantine.add'>> = {}): Of<'quarantine.add'> {
  return { change: 'quarantine.add', atMs: startMs, source: 'urn:edge:bremen', eventId, principal: 'edge:bremen', reason: '/rate must be a number', raw: '{"rate":"x"}', ...over };
}
