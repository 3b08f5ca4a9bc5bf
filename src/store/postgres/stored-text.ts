import { createHash } from 'node:crypto';

// PostgreSQL takes any text but one with NUL, and its B-trees none of more than 2,704 bytes. So NUL is written as the two characters
// below, the first of them as itself twice, and where a text is searched for, a long one stands there as its digest.
const mark = '\u0001';
const nulWord = `${mark}0`;
const markWord = `${mark}${mark}`;
const digestWord = `${mark}#`;

/** Characters up to which a text is searched for as itself. */
export const keyCharsMax = 200;

/** A text as it is stored. */
export function stored(text: string): string {
  if (!text.includes(mark) && !text.includes('\0')) return text;
  return text.replaceAll(mark, markWord).replaceAll('\0', nulWord);
}

/** What was stored, as it was given. */
export function given(text: string): string {
  if (!text.includes(mark)) return text;
  let whole = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char !== mark) {
      whole += char;
      continue;
    }
    at += 1;
    whole += text.charAt(at) === '0' ? '\0' : mark;
  }
  return whole;
}

/** What stands for a text where it is searched for. */
export function searched(text: string): string {
  if (text.length <= keyCharsMax) return stored(text);
  return `${digestWord}${createHash('sha256').update(text).digest('hex')}`;
}
