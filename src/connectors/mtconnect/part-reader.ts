// Documents out of a stream of parts (RFC 2046 §5.1, as multipart/x-mixed-replace), however it is cut.
import { Fault } from '../../kernel/errors.ts';

const headerBytesMax = 8_192;

export class PartReader {
  readonly #boundary: Buffer;
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** So many have to be there before it is worth looking again. */
  #needed = 1;

  /** `bytesMax` is the longest part. */
  constructor(boundary: string, bytesMax: number) {
    // cppagent before 2.0 says the boundary in its header without the dashes, others with them.
    this.#boundary = Buffer.from(`--${boundary.replace(/^--/, '')}`);
    this.#bytesMax = bytesMax;
  }

  /** The parts that are whole now. Raises PROTOCOL_VIOLATED where one is longer than allowed. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return [];
    const parts: Buffer[] = [];
    let rest = Buffer.concat(this.#chunks);
    for (let found = this.#partIn(rest); found; found = this.#partIn(rest)) {
      parts.push(rest.subarray(found.from, found.to));
      rest = rest.subarray(found.to);
    }
    this.#chunks = [rest];
    this.#bytes = rest.length;
    return parts;
  }

  #partIn(bytes: Buffer): { readonly from: number; readonly to: number } | undefined {
    this.#needed = bytes.length + 1;
    const start = bytes.indexOf(this.#boundary);
    if (start < 0) return bytes.length > headerBytesMax + this.#bytesMax ? this.#refuse() : undefined;
    const { index, length } = endOfHeader(bytes, start);
    if (index < 0) return bytes.length - start > headerBytesMax ? this.#refuse() : undefined;
    const from = index + length;
    const said = /^content-length:\s*(\d{1,12})\s*$/im.exec(bytes.toString('latin1', start, index))?.[1];
    if (said !== undefined) {
      const to = from + Number(said);
      if (Number(said) > this.#bytesMax) return this.#refuse();
      this.#needed = to;
      return bytes.length >= to ? { from, to } : undefined;
    }
    const to = bytes.indexOf(this.#boundary, from);
    if (to < 0 && bytes.length - from > this.#bytesMax) return this.#refuse();
    return to < 0 ? undefined : { from, to };
  }

  #refuse(): never {
    throw new Fault('PROTOCOL_VIOLATED', `A part of the agent's stream is longer than bytesMax = ${this.#bytesMax}, or none of it.`, { bytesMax: this.#bytesMax });
  }
}

/** The empty line, with or without carriage returns. */
function endOfHeader(bytes: Buffer, start: number): { readonly index: number; readonly length: number } {
  const [crlf, lf] = [bytes.indexOf('\r\n\r\n', start), bytes.indexOf('\n\n', start)];
  return lf >= 0 && (crlf < 0 || lf < crlf) ? { index: lf, length: 2 } : { index: crlf, length: 4 };
}
