// Whether a line runs at all, as people at the plant have switched it.
import { ok, refused } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Act, Frame } from '../frame/frame.ts';
import type { Call, Route } from '../frame/route.ts';

export interface Lines {
  /** Throws the refusal, if the line is down. */
  assertUp(act: Act, line: string): void;
  readonly control: Route;
}

export function linesOf(frame: Frame): Lines {
  const lines = frame.state.table<{ readonly down: boolean }>();
  const switchLine = (call: Call) => {
    const fields = fieldsOf(call.body, ['down', 'line']);
    const line = fields.optional('line', fields.text) ?? frame.world.order.line;
    return ok({ line, ...lines.put(call.tx, line, { down: fields.boolean('down') }) });
  };
  return {
    assertUp({ tx }, line) {
      if (lines.get(tx, line)?.down === true) throw refused(422, 'LINE_DOWN', `${line} is down`, { line });
    },
    control: { method: 'POST', path: '/_line', handle: switchLine },
  };
}
