import type { StepRecord } from '../../store/store.ts';

/** One thing that was tried or learnt about an errand. */
export interface HistoryEntry {
  readonly atMs: number;
  readonly what:
    | 'sent'
    /** Another shard sends it. */
    | 'handed over'
    | 'answered'
    | 'refused'
    | 'not executed'
    | 'no answer'
    | 'reply broken'
    | 'read back'
    /** The system wants a person's yes; the note names the question. */
    | 'asked'
    /** The owner said yes to that question. */
    | 'accepted'
    | 'parked'
    | 'resolved'
    | 'expired'
    | 'cancelled'
    | 'recovered'
    /** The hub's log was restored from a copy: a hub before may have sent it. */
    | 'restored'
    | 'buffered'
    | 'edited'
    | 'tried anew'
    | 'skipped';
  readonly note?: string;
  /** Who did it, where a person did. */
  readonly by?: string;
  /** Of `edited`: the input that is sent from here on. The step's own input stays what the flow asked for. */
  readonly input?: unknown;
  /** Of `handed over`: the trace that it belongs to, W3C traceparent. */
  readonly trace?: string;
}

/**
 * The history as a JSON array, for the record. An entry that is only a time and a word is a number and a text, `0, "sent", 8, "answered"`: the
 * milliseconds since the entry before, of the first one since 1970. Any other is an object. It is written twice a step and is most of what
 * a step takes otherwise; put together by hand at a third of what `JSON.stringify` takes.
 */
export function historyText({ history }: { readonly history: readonly HistoryEntry[] }): string {
  let text = '';
  let lastMs = 0;
  for (const entry of history) {
    const { atMs, what } = entry;
    const isPlain = entry.note === undefined && entry.by === undefined && entry.trace === undefined;
    text += `${text === '' ? '' : ','}${isPlain ? `${atMs - lastMs},"${what}"` : objectText(entry)}`;
    lastMs = atMs;
  }
  return `[${text}]`;
}

function objectText({ atMs, what, note, by, input, trace }: HistoryEntry): string {
  const person = by === undefined ? '' : `,"by":${JSON.stringify(by)}${input === undefined ? '' : `,"input":${JSON.stringify(input)}`}`;
  return `{"atMs":${atMs},"what":"${what}"${note === undefined ? '' : `,"note":${JSON.stringify(note)}`}${person}${trace === undefined ? '' : `,"trace":"${trace}"`}}`;
}

/** The history of a stored step. Our own writing: its shape is known. Earlier programs wrote objects only. */
export function historyOf(record: Pick<StepRecord, 'history'>): HistoryEntry[] {
  // Written by `historyText`, or as an array of objects.
  const parts = JSON.parse(record.history) as readonly (HistoryEntry | number | HistoryEntry['what'])[];
  const history: HistoryEntry[] = [];
  let atMs = 0;
  for (const part of parts) {
    if (typeof part === 'number') atMs += part;
    else if (typeof part === 'string') history.push({ atMs, what: part });
    else {
      history.push(part);
      atMs = part.atMs;
    }
  }
  return history;
}
