// What something can be tried on: what lies beside the hub, what it has fetched, and what it can fetch.
import type { RecordingView } from '../../../api/recordings.ts';
import { numberWords } from '../../words/number.ts';

export interface Source {
  readonly kind: 'here' | 'fetched' | 'fetch';
  /** Its own among all. */
  readonly value: string;
  readonly edge: string;
  /** Of one that was fetched. */
  readonly recording: string | undefined;
  readonly words: string;
}

/** What lies here first, then what was fetched, the newest first, then the edges that can be asked; none of these where the hub fetches nothing. */
export function sourcesOf(here: readonly string[], recordings: readonly RecordingView[] | undefined, heard: readonly string[], say: (ms: number) => string): readonly Source[] {
  const fetched = (recordings ?? []).filter(({ status }) => status === 'here');
  const away = recordings === undefined ? [] : heard.filter((edge) => !here.includes(edge));
  return [
    ...here.map((edge) => ({ kind: 'here' as const, value: `here ${edge}`, edge, recording: undefined, words: edge })),
    ...fetched.map((one) => ({ kind: 'fetched' as const, value: valueOfFetched(one.id), edge: one.edge, recording: one.id, words: fetchedWords(one, say) })),
    ...away.map((edge) => ({ kind: 'fetch' as const, value: `fetch ${edge}`, edge, recording: undefined, words: `${edge}, fetched from there first` })),
  ];
}

/** By which one that was fetched is chosen. */
export function valueOfFetched(id: string): string {
  return `fetched ${id}`;
}

function fetchedWords({ edge, ended, asked, from, begins, to }: RecordingView, say: (ms: number) => string): string {
  const [since, until] = [begins ?? from, to].map((text) => (text === undefined ? undefined : say(Date.parse(text))));
  const span = since === undefined && until === undefined ? 'all that it had' : [since && `from ${since}`, until && `to ${until}`].filter(Boolean).join(' ');
  return `${edge}, fetched ${say(Date.parse(ended ?? asked))}: ${span}`;
}

/** How far a recording is, as a sentence. */
export function progressWords({ edge, status, bytes, total, bytesMax, trouble }: Pick<RecordingView, 'edge' | 'status' | 'bytes' | 'total' | 'bytesMax' | 'trouble'>): string {
  switch (status) {
    case 'asked':
      return `The hub asks ${edge} for its recording; it has not come for it yet.`;
    case 'coming':
      return `${bytesWords(bytes)} of at most ${bytesWords(total ?? bytesMax)} are here.`;
    case 'here':
      return `${bytesWords(bytes)} of ${edge} are here.`;
    case 'cancelled':
      return `It was stopped. ${trouble?.message ?? ''}`.trimEnd();
    case 'failed':
      return `It does not come. ${trouble?.message ?? ''}`.trimEnd();
  }
}

/** `12.3 MB`. */
export function bytesWords(bytes: number): string {
  return bytes < 100_000 ? `${numberWords(Math.round(bytes / 100) / 10)} kB` : `${numberWords(Math.round(bytes / 100_000) / 10)} MB`;
}
