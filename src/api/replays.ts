import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { replayedMax, type DryRun, type LiveReplay } from '../engine/replay/replays.ts';
import { instantMs, name } from './field.ts';
import { ok, route, type Route } from './route.ts';

const reasonMax = 4_000;
const eventsDefault = 100;

const replayShape = schema(
  Type.Object(
    {
      mode: Type.Union([Type.Literal('dry-run'), Type.Literal('live')]),
      flow: Type.Optional(name),
      key: Type.Optional(name),
      type: Type.Optional(name),
      /** When the hub took the events, RFC 3339, both included. */
      from: Type.Optional(name),
      to: Type.Optional(name),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: replayedMax })),
      /** Dry run: systems may be asked what the record does not answer. */
      ask: Type.Optional(Type.Boolean()),
      /** Live: why. */
      reason: Type.Optional(Type.String({ maxLength: reasonMax })),
      /** Live: a failed run of another release goes on with the one that this hub has. */
      onCurrentRelease: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
);

/** What a replay came to. */
export type ReplayView = ({ readonly mode: 'dry-run' } & DryRun) | ({ readonly mode: 'live' } & LiveReplay);

/** What the shards of a log came to, each with its own keys, as one: in the order in which the events came. */
export function joinedReplays(views: readonly ReplayView[]): ReplayView {
  const byTime = (a: { readonly event: { readonly taken: string } }, b: typeof a): number => (a.event.taken < b.event.taken ? -1 : Number(a.event.taken > b.event.taken));
  const cuts = views.map(({ cut }) => cut);
  const cut = cuts.find((each) => each === 'time') ?? cuts.find((each) => each !== undefined);
  const dry = views.flatMap((view) => (view.mode === 'dry-run' ? [view] : []));
  if (dry.length === 0) return { mode: 'live', replayed: views.flatMap((view) => (view.mode === 'live' ? view.replayed : [])).toSorted(byTime), cut };
  return { mode: 'dry-run', rehearsals: dry.flatMap(({ rehearsals }) => rehearsals).toSorted(byTime), different: dry.reduce((sum, { different }) => sum + different, 0), cut };
}

/** Plays events of the log into the flows of the landscape again. */
export function replayRoutes({ replays }: Engine): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/replays',
      group: 'runs',
      summary:
        'Plays events of the log into flows again, chosen by flow, key, type or time. dry-run: nothing is sent or written; what would be asked for is compared with what happened. live: an event keeps its one run, so what was done is not done again; runs that are missing begin, failed ones go on.',
      right: 'act',
      body: replayShape,
      needs: [{ text: 'reason', when: ['mode', 'live'] }],
      async serve({ body, principal }) {
        const selection = { flow: body.flow, key: body.key, type: body.type, fromMs: instantMs('from', body.from), toMs: instantMs('to', body.to) };
        const max = body.limit ?? eventsDefault;
        if (body.mode === 'dry-run') return ok({ mode: 'dry-run', ...(await replays.dryRun({ selection, max, ask: body.ask === true })) } satisfies ReplayView);
        if (body.reason === undefined || body.reason.trim() === '') throw new Fault('INPUT_INVALID', 'A live replay needs a reason.');
        const order = { selection, max, by: principal.name, reason: body.reason, onCurrentRelease: body.onCurrentRelease === true };
        return ok({ mode: 'live', ...(await replays.live(order)) } satisfies ReplayView);
      },
    }),
  ];
}
