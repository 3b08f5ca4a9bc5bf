// Maintenance management as a service that knows no idempotency key: every POST makes a new work request.
import { invalid, notFound, ok } from '../frame/answer.ts';
import type { Fields } from '../frame/fields.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call } from '../frame/route.ts';
import type { System } from '../frame/server.ts';

interface WorkRequest {
  readonly id: string;
  readonly asset: string;
  readonly title: string;
  readonly description: string;
  readonly priority: string | number;
  readonly externalRef: string | null;
  readonly status: 'open';
  readonly createdAt: string;
  readonly notes: readonly { readonly text: string; readonly at: string }[];
}

const firstNumber = 1_001;
const counter = 'work-request';

export function cmms(frame: Frame): System {
  const requests = frame.state.table<WorkRequest>();
  const numbers = frame.state.table<{ readonly next: number }>();

  const create = (call: Call) => {
    const fields = call.fields(['asset', 'title', 'description', 'priority', 'externalRef']);
    const asset = fields.text('asset');
    const number = numbers.get(call.tx, counter)?.next ?? firstNumber;
    const work: WorkRequest = {
      id: `WR-${number}`,
      asset,
      title: fields.text('title'),
      description: fields.optional('description', fields.text) ?? '',
      priority: priorityFrom(fields),
      externalRef: fields.optional('externalRef', fields.text) ?? null,
      status: 'open',
      createdAt: call.at,
      notes: [],
    };
    requests.put(call.tx, work.id, work);
    numbers.put(call.tx, counter, { next: number + 1 });
    const { title, description, priority, externalRef, status } = work;
    const keys = [asset, externalRef ?? undefined];
    call.record({ type: 'work-request.created', key: work.id, keys, data: { asset, title, description, priority, externalRef, status } });
    return { status: 201, body: work };
  };

  const addNote = (call: Call) => {
    const id = call.param('id');
    const text = call.fields(['text']).text('text');
    const work = requests.get(call.tx, id);
    if (work === undefined) throw notFound('work request', id);
    const note = { text, at: call.at };
    requests.put(call.tx, id, { ...work, notes: [...work.notes, note] });
    call.record({ type: 'work-request.noted', key: id, keys: [work.asset, work.externalRef ?? undefined], data: { text } });
    return { status: 201, body: { workRequest: id, ...note } };
  };

  const list = (call: Call) => {
    const [asset, externalRef] = [call.query.get('asset'), call.query.get('externalRef')];
    return ok(requests.all(call.tx).filter((work) => (asset === null || work.asset === asset) && (externalRef === null || work.externalRef === externalRef)));
  };

  return {
    routes: [
      { method: 'POST', path: '/api/work-requests', handle: create },
      { method: 'GET', path: '/api/work-requests', handle: list },
      { method: 'POST', path: '/api/work-requests/:id/notes', handle: addNote },
    ],
  };
}

function priorityFrom(fields: Fields): string | number {
  const priority = fields.raw('priority');
  if ((typeof priority === 'string' && priority !== '') || typeof priority === 'number') return priority;
  throw invalid('priority', priority, 'a text that is not empty, or a number');
}
