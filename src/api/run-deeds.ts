import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import type { Engine } from '../engine/engine.ts';
import type { RunDeed, RunOrder } from '../engine/operations/run-desk.ts';
import { needsWhy } from '../engine/operations/why.ts';
import type { RunStanding } from '../engine/operations/run-standing.ts';
import { name } from './field.ts';
import { ok, route, type Need, type Route } from './route.ts';
import { runView, type RunView } from './runs.ts';

const reasonMax = 4_000;

const seen = {
  /** How the run stood when the person decided. */
  version: name,
  reason: Type.Optional(Type.String({ maxLength: reasonMax, description: 'Why, in plain words; a retry needs none.' })),
  step: Type.Optional(name),
  /** The person has looked: what is in doubt was not done. */
  checked: Type.Optional(Type.Boolean()),
  onCurrentRelease: Type.Optional(Type.Boolean()),
} as const;
const closed = { additionalProperties: false } as const;
const orderShape = schema(Type.Object(seen, closed));
const editShape = schema(Type.Object({ ...seen, input: Type.Optional(Type.Unknown()), result: Type.Optional(Type.Unknown()) }, closed));
const skipShape = schema(Type.Object({ ...seen, value: Type.Optional(Type.Unknown()) }, closed));

/** How a run stands after somebody acted on it. */
export interface RunDeedAnswer extends RunView {
  readonly version: string;
  readonly actions: RunStanding['actions'];
}

/** What people do about runs that cannot go on by themselves, or must not. */
export function runDeedRoutes({ runDesk }: Engine): readonly Route[] {
  async function act({ reason = '', ...order }: Omit<RunOrder, 'run' | 'reason'> & { readonly reason?: string }, params: Readonly<Record<string, string>>) {
    const { record, version, actions } = await runDesk.act({ ...order, reason, run: params['id'] ?? '' });
    return ok({ ...runView(record), version, actions } satisfies RunDeedAnswer);
  }
  const common = { method: 'POST', group: 'runs', right: 'act' } as const;
  const again = 'Names the version of the run that was seen; a second person gets 409 with what the first one did.';

  const needed = (kind: RunDeed['kind']): readonly Need[] => (needsWhy(kind) ? [{ text: 'reason' }] : []);

  const plain = (kind: 'retry' | 'cancel', summary: string): Route =>
    route({
      ...common,
      path: `/api/runs/:id/${kind}`,
      summary: `${summary} ${again}`,
      body: orderShape,
      needs: needed(kind),
      serve: async ({ params, body, principal }) => act({ ...body, by: principal.name, deed: { kind } }, params),
    });

  return [
    plain('retry', 'Goes on with a run that parked or failed, or tries a parked effect again.'),
    plain('cancel', 'Cancels a run: what was never tried is let go, what is in doubt is read back, what was done is undone, last first.'),
    route({
      ...common,
      path: '/api/runs/:id/edit',
      summary: `Asks for something else in a parked or refused step (input), or gives what the system would have answered (result). ${again}`,
      body: editShape,
      needs: needed('edit'),
      async serve({ params, body: { input, result, ...seenAs }, principal }) {
        const deed: RunDeed = { kind: 'edit', ...(input !== undefined && { input }), ...(result !== undefined && { result }) };
        return act({ ...seenAs, by: principal.name, deed }, params);
      },
    }),
    route({
      ...common,
      path: '/api/runs/:id/skip',
      summary: `Lets a step go: a parked or refused effect, a wait or a pause. Its flow gets the value, where one is given. ${again}`,
      body: skipShape,
      needs: needed('skip'),
      async serve({ params, body: { value, ...seenAs }, principal }) {
        return act({ ...seenAs, by: principal.name, deed: { kind: 'skip', ...(value !== undefined && { value }) } }, params);
      },
    }),
  ];
}
