import { defineContract, schema, Type } from 'lineshaft';
import { planning } from '../owners.ts';

const requested = schema(Type.Object({ order: Type.String({ minLength: 1 }), revision: Type.Integer({ minimum: 1 }) }));

export const releaseRequested = defineContract({
  name: 'production.release.requested',
  version: 1,
  title: 'Planning wants a production order released to the line',
  owner: planning,
  schema: requested,
  keys: { order: 'order' },
  examples: [{ order: 'PO-4712', revision: 1 }],
});
