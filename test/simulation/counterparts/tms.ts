import type { Scene } from '../scene.ts';
import { ledger, no, part, text, whole, type Answer, type Counterpart } from './counterpart.ts';

/** Dock appointments; a repeated idempotency key gets its first answer, a lower revision a refusal. Tells who listens of each move. */
export function tms({ items }: Scene, onMoved: (message: Readonly<Record<string, unknown>>) => void): Counterpart {
  const { entries, add } = ledger();
  const answers = new Map<string, Answer>();
  const known = new Map(items.flatMap(({ commitments }) => commitments).map(({ appointment, shipment, window }) => [appointment, { shipment, window, revision: 0 }]));
  let messages = 0;

  return {
    name: 'tms',
    ledger: entries,
    handle({ path, body, idempotencyKey }, atMs) {
      if (idempotencyKey === undefined) throw new Error('every move has an idempotency key');
      const before = answers.get(idempotencyKey);
      if (before) return before;
      const id = part(path, 2);
      const current = known.get(id);
      if (!current) return no(404, 'NOT_FOUND');
      const revision = whole(body, 'revision');
      if (revision <= current.revision) return no(409, 'STALE_REVISION');
      const asked = body['window'];
      // The capability's schema has a window of two instants.
      const window = asked as typeof current.window;
      known.set(id, { ...current, window, revision });
      const entry = add('moved', id, idempotencyKey, atMs, { window, revision });
      const { shipment } = current;
      const answer = { status: 200, body: { id, shipment, window } };
      answers.set(idempotencyKey, answer);
      messages += 1;
      onMoved({ id: `tms-${messages}`, type: 'appointment.moved', appointment: id, shipment, dock: 'D4', window, reason: text(body, 'reason') });
      return { ...answer, entry };
    },
  };
}
