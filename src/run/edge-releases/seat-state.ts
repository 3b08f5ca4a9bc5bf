import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import { firstLine } from '../whole-file.ts';

const release = Type.String({ pattern: '^[0-9a-f]{16}$' });
const stateSource = Type.Object({
  /** What is used; without one, the landscape that the edge was started with. */
  current: Type.Optional(release),
  previous: Type.Optional(release),
  /** What is tried. Found at a start, its trial has ended the process. */
  trial: Type.Optional(release),
  /** What was given up, the newest last. */
  refused: Type.Array(Type.Object({ release: Type.String(), reason: Type.String(), atMs: Type.Number() })),
});
const shape = schema(stateSource);

/** On which release an edge is, and what it has tried. */
export type SeatState = Static<typeof stateSource>;

export const refusedMax = 50;

export function readSeatState(file: string): SeatState {
  const found = firstLine(file);
  return shape.check(found) ? found : { refused: [] };
}
