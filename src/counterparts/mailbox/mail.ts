// A mail as text on the wire, taken apart far enough to judge what was sent: RFC 5322, 2045, 2047, 3676.

export interface Mail {
  readonly messageId: string | undefined;
  readonly subject: string;
  readonly text: string;
  /** The first attached JSON. */
  readonly attached: string | undefined;
  /** Names in lower case, values unfolded and decoded; of a name that comes twice, the first. */
  readonly headers: ReadonlyMap<string, string>;
}

export function mailFrom(raw: Buffer): Mail {
  // One character per byte until a charset says more.
  const { headers, body } = entityFrom(raw.toString('latin1'));
  const shown = new Map([...headers].map(([name, value]) => [name, wordsDecoded(value)]));
  return {
    messageId: headers.get('message-id'),
    subject: shown.get('subject') ?? '',
    text: textOf({ headers, body }, 0) ?? '',
    attached: textOf({ headers, body }, 0, 'application/json'),
    headers: shown,
  };
}

interface Entity {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const nestingMax = 10;

function entityFrom(text: string): Entity {
  const lines = text.replace(/\r\n/g, '\n');
  const cut = lines.startsWith('\n') ? 0 : lines.indexOf('\n\n');
  const head = cut === -1 ? lines : lines.slice(0, cut);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\n(?=[ \t])/g, '').split('\n')) {
    const [, name, value] = /^([!-9;-~]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || headers.has(name.toLowerCase())) continue;
    headers.set(name.toLowerCase(), Buffer.from(value.trim(), 'latin1').toString('utf8'));
  }
  return { headers, body: cut === -1 ? '' : lines.slice(cut).replace(/^\n{1,2}/, '') };
}

/** The first text of a type in it. */
function textOf({ headers, body }: Entity, depth: number, wanted = 'text/plain'): string | undefined {
  const contentType = headers.get('content-type') ?? 'text/plain';
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const boundary = parameterOf(contentType, 'boundary');
  if (type.startsWith('multipart/') && boundary !== undefined && depth < nestingMax) {
    const parts = `\n${body}`
      .split(`\n--${boundary}`)
      .slice(1)
      .filter((part) => !part.startsWith('--'));
    return parts.map((part) => textOf(entityFrom(part.replace(/^[ \t]*\n/, '')), depth + 1, wanted)).find((text) => text !== undefined);
  }
  if (type !== wanted) return undefined;
  const decoded = charsDecoded(bytesOf(headers.get('content-transfer-encoding') ?? '7bit', body), parameterOf(contentType, 'charset') ?? 'utf-8').replace(/\r\n/g, '\n');
  const flowed = parameterOf(contentType, 'format')?.toLowerCase() === 'flowed';
  return (flowed ? unflowed(decoded, parameterOf(contentType, 'delsp')?.toLowerCase() === 'yes') : decoded).replace(/\n+$/, '');
}

function parameterOf(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header) ?? [];
  return quoted ?? plain;
}

/** RFC 3676: a line that ends in a space goes on in the next one; a leading space is stuffing; `-- ` is a signature mark. */
function unflowed(text: string, deleteSpace: boolean): string {
  const lines = text.split('\n').map((line) => line.replace(/^ /, ''));
  return lines.map((line, index) => (index === lines.length - 1 ? line : line.endsWith(' ') && line !== '-- ' ? (deleteSpace ? line.slice(0, -1) : line) : `${line}\n`)).join('');
}

function bytesOf(encoding: string, body: string): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64');
    case 'quoted-printable':
      return quotedPrintable(body.replace(/[ \t]+$/gm, '').replace(/=\n/g, ''));
    default:
      return Buffer.from(body, 'latin1');
  }
}

function quotedPrintable(text: string): Buffer {
  return Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** RFC 2047: white space between two encoded words is no part of the text. */
function wordsDecoded(value: string): string {
  const word = /=\?([^?*]+)(?:\*[^?]*)?\?([BQ])\?([^?]*)\?=/gi;
  return value
    .replace(/\?=\s+(?==\?)/g, '?=')
    .replace(word, (_, charset: string, encoding: string, text: string) =>
      charsDecoded(encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedPrintable(text.replaceAll('_', ' ')), charset),
    );
}

function charsDecoded(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset nobody knows: better readable in part than not at all.
    return bytes.toString('utf8');
  }
}
