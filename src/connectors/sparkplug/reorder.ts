// Messages of one edge node put back into the order of their seq, which counts 0 to 255 and starts again (Sparkplug 3.0 §5.15).

const seqMax = 256;
/** Messages held back at most: half the numbers; with more it could not be told what is missing from what has come round again. */
const heldMax = seqMax / 2 - 1;

export class Reorder<Message> {
  readonly #timeoutMs: number;
  #expected = 0;
  #held = new Map<number, Message>();
  #giveUpAtMs: number | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** When to call `giveUp`, if anything is held back. */
  get giveUpAtMs(): number | undefined {
    return this.#giveUpAtMs;
  }

  /** Begins behind a birth with this seq; what is held back and `stays` counts as after it. */
  restart(birthSeq: number, stays: (message: Message) => boolean): void {
    this.#expected = (birthSeq + 1) % seqMax;
    this.#held = new Map([...this.#held].filter(([, message]) => stays(message)));
    if (this.#held.size === 0) this.#giveUpAtMs = undefined;
  }

  clear(): void {
    this.#held.clear();
    this.#giveUpAtMs = undefined;
  }

  /** Takes a message: those that are due now come out by `due`, this one among them unless others are missing before it. False when it cannot wait either. */
  take(seq: number, message: Message, nowMs: number): boolean {
    if (seq !== this.#expected && (this.#held.has(seq) || this.#held.size >= heldMax || this.#timeoutMs === 0)) return false;
    this.#held.set(seq, message);
    if (seq !== this.#expected) this.#giveUpAtMs ??= nowMs + this.#timeoutMs;
    return true;
  }

  /** Hands over the next message in order, until one is missing. */
  due(nowMs: number): Message | undefined {
    const message = this.#held.get(this.#expected);
    if (message === undefined) return undefined;
    this.#held.delete(this.#expected);
    this.#expected = (this.#expected + 1) % seqMax;
    // A hole that is filled ends its window; one behind it begins its own.
    this.#giveUpAtMs = this.#held.size === 0 ? undefined : nowMs + this.#timeoutMs;
    return message;
  }

  /** Stops waiting: everything held back, in the order of its numbers; the next one expected is the one behind it. */
  giveUp(): Message[] {
    const distance = (seq: number): number => (seq - this.#expected + seqMax) % seqMax;
    const waiting = [...this.#held].sort(([a], [b]) => distance(a) - distance(b));
    const last = waiting.at(-1);
    if (last) this.#expected = (last[0] + 1) % seqMax;
    this.clear();
    return waiting.map(([, message]) => message);
  }

  /** The seq of the message that would come out at once, if none is held back. */
  get next(): number | undefined {
    return this.#held.size === 0 ? this.#expected : undefined;
  }

  /** Goes on behind this seq, whatever was expected. */
  jump(seq: number): void {
    this.#expected = (seq + 1) % seqMax;
  }
}
