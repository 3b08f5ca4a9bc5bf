import { Fault, messageOf } from '../kernel/errors.ts';

/** Deeper nesting serves nobody, and exhausts the stack of whoever walks it. */
const depthMax = 64;

/** The JSON value of a request's body. Raises INPUT_INVALID. */
export function jsonOf(raw: Buffer): unknown {
  if (raw.length === 0) throw new Fault('INPUT_INVALID', 'The body is empty; JSON is expected.');
  const text = textOf(raw);
  if (isDeeperThan(text, depthMax)) throw new Fault('INPUT_INVALID', `The body is nested deeper than ${depthMax} levels.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The body is not JSON: ${messageOf(error).slice(0, 200)}`, {}, error);
  }
}

function textOf(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch (error) {
    throw new Fault('INPUT_INVALID', 'The body is not UTF-8.', {}, error);
  }
}

/** Whether brackets outside of strings nest deeper than `max`. */
function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inText) {
      if (code === 0x5c) index += 1; // a backslash hides the next character
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}
