import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';

/** What the hub that an event came to has made of it and told its sender. It holds in every shard, whatever the release of the hub that has it. */
export type DoorVerdict = { readonly is: 'taken' } | { readonly is: 'dropped' | 'quarantined'; readonly reason: string };

const verdictShape = schema(
  Type.Union([Type.Object({ is: Type.Literal('taken') }), Type.Object({ is: Type.Union([Type.Literal('dropped'), Type.Literal('quarantined')]), reason: Type.String() })]),
);

/** The attribute of an event in the post that says it. A program that does not know it judges the event by its own release. */
const attribute = 'doorverdict';

/** An event as JSON with what became of it at the door; of two attributes of one name the last counts, so that no sender can say it. */
export function saying(event: string, verdict: DoorVerdict): string {
  // What has no attributes is an event nowhere.
  return event.startsWith('{') && event !== '{}' ? `${event.slice(0, -1)},"${attribute}":${JSON.stringify(verdict)}}` : event;
}

/** An event as it came, and what it says of the door; undefined where it came from a program that says nothing. */
export function apartFrom(event: unknown): { readonly event: unknown; readonly said: DoorVerdict | undefined } {
  if (typeof event !== 'object' || event === null || !(attribute in event)) return { event, said: undefined };
  const { [attribute]: said, ...rest } = event;
  return { event: rest, said: verdictShape.check(said) ? said : undefined };
}
