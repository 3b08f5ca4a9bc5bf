import { accepted, parse, refused, schema, Type, type HttpReply, type Result, type Schema } from 'lineshaft';
import type { Refusal } from '../capabilities/refusal.ts';

const no = schema(Type.Object({ kind: Type.Literal('business'), code: Type.String({ minLength: 1 }), message: Type.String() }));

/** A success as `take` reads it, or the business refusal that these systems write as `{ kind: 'business', code, message }`. Throws on anything else. */
export function answerOf<Body, Out>(reply: HttpReply, body: Schema<Body>, take: (body: Body) => Out): Result<Out, Refusal> {
  if (reply.status < 300) return accepted(take(parse(body, reply.body, 'The answer')));
  const { code, message } = parse(no, reply.body, `The answer with status ${reply.status}`);
  return refused({ code, message });
}

/** The body of a read-back, which nothing refuses. Throws on anything else. */
export function bodyOf<Body>(reply: HttpReply, body: Schema<Body>): Body {
  return parse(body, reply.status < 300 ? reply.body : undefined, `The answer with status ${reply.status}`);
}
