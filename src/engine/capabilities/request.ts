import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { Capability } from '../../model/capability.ts';
import { defineContract, eventType } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import { defineFlow } from '../../model/flow.ts';
import { defineOwner } from '../../model/owner.ts';
import { stepFor } from '../shards/asked-step.ts';

const requestShape = schema(
  Type.Object({
    capability: Type.String(),
    key: Type.String(),
    principal: Type.String(),
    order: Type.Optional(Type.String()),
    shipment: Type.Optional(Type.String()),
    asset: Type.Optional(Type.String()),
    item: Type.Optional(Type.String()),
    input: Type.Unknown(),
    /** The step of another shard's run that this is. */
    handedOver: Type.Optional(
      Type.Object({
        shard: Type.Integer(),
        run: Type.String(),
        step: Type.String(),
        mode: Type.Union([Type.Literal('post'), Type.Literal('attempt')]),
        dueMs: Type.Optional(Type.Integer()),
      }),
    ),
  }),
);

export const ourselves = defineOwner({ name: 'lineshaft', title: 'Lineshaft', mail: '', side: 'it' });

/** An action that a caller asks for over the API is an event like any other, which only the engine itself can send. */
export const requested = defineContract({
  name: 'lineshaft.capability.requested',
  version: 1,
  title: 'A capability was requested over the API',
  owner: ourselves,
  schema: requestShape,
  keys: { order: 'order', shipment: 'shipment', asset: 'asset', item: 'item' },
  examples: [{ capability: 'production-order.release', key: 'r1', principal: 'planner', order: 'PO-1', input: { order: 'PO-1' } }],
});

const type = eventType(requested);

/** Whether a caller of the API waits for what follows from this event. */
export function isRequest(event: { readonly type: string }): boolean {
  return event.type === type;
}

/** The name of the flow that carries out requests. */
export const requestFlow = 'capability-request';

/** The engine's own definitions, which every landscape gets: a request over the API is an event and a run like any other. */
export function requestDefinitions(capabilityOf: (name: string) => Capability | undefined): readonly Definition[] {
  const flow = defineFlow({
    name: requestFlow,
    title: 'Capability request',
    owner: ourselves,
    on: requested,
    key: (event) => `${event.principal}/${event.key}`,
    whenRunning: 'skip',
    async run(run, event) {
      const capability = capabilityOf(event.capability);
      if (!capability) throw new Fault('NOT_FOUND', `No capability is called "${event.capability}".`);
      const { handedOver } = event;
      // The input was checked by the capability's schema before the event was taken.
      const input = event.input as never;
      if (!handedOver) await run.attempt(capability, input);
      else if (handedOver.mode === 'attempt') await run.attempt(capability, input, { as: stepFor(handedOver) });
      else {
        const leftMs = handedOver.dueMs === undefined ? undefined : Math.max(1, handedOver.dueMs - run.now());
        await run.post(capability, input, { as: stepFor(handedOver), ...(leftMs !== undefined && { maxAge: `${leftMs}ms` }) });
      }
    },
  });
  return [ourselves, requested, flow];
}
