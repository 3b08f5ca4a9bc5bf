// Dock appointments and moving their windows.
import { invalid, notFound, ok, refused } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call, Route } from '../frame/route.ts';
import type { Table } from '../frame/state.ts';
import { idempotentOf } from './idempotency-key.ts';

interface Window {
  readonly from: string;
  readonly to: string;
}
interface DockAppointment {
  readonly id: string;
  readonly shipment: string;
  readonly dock: string;
  readonly window: Window;
  readonly status: 'requested' | 'confirmed' | 'moved' | 'missed';
  readonly revision: number;
}

export function appointmentRoutes(frame: Frame): { readonly routes: readonly Route[]; readonly controls: readonly Route[] } {
  const appointments: Table<DockAppointment> = frame.state.table();
  const capacity: Table<{ readonly none: boolean }> = frame.state.table();
  const idempotent = idempotentOf(frame);

  frame.onWorld(({ appointment: { id, shipment, dock, from, to } }, tx) => {
    appointments.put(tx, id, { id, shipment, dock, window: { from, to }, status: 'confirmed', revision: 0 });
  });

  const found = (call: Call) => {
    const appointment = appointments.get(call.tx, call.param('id'));
    if (appointment === undefined) throw notFound('appointment', call.param('id'));
    return appointment;
  };

  const move = (call: Call) => {
    const fields = call.fields(['window', 'revision', 'reason']);
    const asked = fields.object('window', ['from', 'to']);
    const window = { from: asked.instant('from'), to: asked.instant('to') };
    if (window.from >= window.to) throw invalid('window', asked.raw('to'), `an end after ${window.from}`);
    const revision = fields.integer('revision');
    const reason = fields.optional('reason', fields.text) ?? null;
    const current = found(call);
    const { id, shipment, dock } = current;
    if (revision <= current.revision) throw refused(409, 'STALE_REVISION', `appointment ${id} is at revision ${current.revision}`, { appointment: id, current: current.revision });
    if (capacity.get(call.tx, dock)?.none === true) throw refused(422, 'NO_DOCK_CAPACITY', `dock ${dock} has no free window then`, { dock });
    const moved = appointments.put(call.tx, id, { id, shipment, dock, window, status: 'moved', revision });
    call.record({ type: 'appointment', key: id, keys: [shipment], data: { shipment, dock, from: current.window, window, reason } });
    call.publish({ id: frame.webhooks.nextId(), type: 'appointment.moved', appointment: id, shipment, dock, from: current.window, window, revision, reason, at: call.at });
    return ok(moved);
  };

  const list = (call: Call) => {
    const shipment = call.query.get('shipment');
    return ok(appointments.all(call.tx).filter((appointment) => shipment === null || appointment.shipment === shipment));
  };

  const switchCapacity = (call: Call) => {
    const fields = fieldsOf(call.body, ['none', 'dock']);
    const dock = fields.optional('dock', fields.text) ?? frame.world.appointment.dock;
    return ok({ dock, ...capacity.put(call.tx, dock, { none: fields.boolean('none') }) });
  };

  return {
    routes: [
      { method: 'GET', path: '/v1/appointments', handle: list },
      { method: 'GET', path: '/v1/appointments/:id', handle: (call) => ok(found(call)) },
      { method: 'POST', path: '/v1/appointments/:id/move', handle: idempotent(move) },
    ],
    controls: [{ method: 'POST', path: '/_capacity', handle: switchCapacity }],
  };
}
