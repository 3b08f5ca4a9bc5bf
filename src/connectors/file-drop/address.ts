import { Fault } from '../../kernel/errors.ts';

/** Which value of which files. */
export interface FileDropAddress {
  /** As the landscape writes it: `press-*.csv#OilTemp`. */
  readonly text: string;
  /** Whether a file's name fits. */
  readonly fits: (name: string) => boolean;
  /** A column, a JSON pointer, or a tag where rows have one. */
  readonly name: string;
}

/** Raises LANDSCAPE_INVALID where the text is none. */
export function fileDropAddress(text: string): FileDropAddress {
  const cut = text.indexOf('#');
  const [pattern, name] = [text.slice(0, Math.max(cut, 0)), text.slice(cut + 1)];
  if (pattern === '' || name === '' || /[\\/:]/.test(pattern)) {
    const form = 'the name of a file, in which "*" and "?" stand for others, "#" and a column, a JSON pointer or a tag, e.g. "press-*.csv#OilTemp"';
    throw new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is none of a file drop: ${form}.`, { address: text });
  }
  return { text, fits: fitting(pattern), name };
}

/** Without regard to case, as file systems of machines have it. */
function fitting(pattern: string): (name: string) => boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const whole = new RegExp(`^${source}$`, 'i');
  return (name) => whole.test(name);
}
