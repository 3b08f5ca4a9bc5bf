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

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch (error) {
    throw new Fault('INPUT_INVALID', 'The body is not UTF-8.', {}, error);
  }
}

/** Whether brackets outside of strings nest deeper than `max`. */
function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x22) {
      index = textEnd(text, index);
      if (index < 0) return false; // no JSON
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

/** Where the string ends that begins at `start`; -1 where it does not. Most of a body is strings: looked for, not walked through, it takes half of the time. */
function textEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === 0x5c) before -= 1;
    // An even number of backslashes hides each other, an odd one the quote.
    if ((end - before) % 2 === 1) return end;
  }
  return -1;
}
