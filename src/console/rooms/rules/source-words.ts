// What something can be tried on: what lies beside the hub, what it has fetched, and what it can fetch.
import type { RecordingBounds, RecordingView } from '../../../api/recordings.ts';
import { numberWords } from '../../words/number.ts';

/** Where a plant says otherwise. */
export const boundsPlace = 'recordings in the environment of the hub';

type Progress = Pick<RecordingView, 'edge' | 'status' | 'bytes' | 'total' | 'bytesMax' | 'bytesPerSecond' | 'bytesPerSecondMax' | 'trouble'>;

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

/** What is said of the bounds of fetching, before it begins. */
export function boundsWords({ megabytes, kilobytesPerSecond }: RecordingBounds): string {
  return `at most ${numberWords(megabytes)} MB, ${paceWords(kilobytesPerSecond * 1_000)} a second`;
}

/** How far a recording is, and how fast it comes, in sentences. */
export function progressWords(view: Progress): string {
  const { edge, status, bytes, total, bytesMax, trouble } = view;
  switch (status) {
    case 'asked':
      return `The hub asks ${edge} for its recording; it has not come for it yet.`;
    case 'coming':
      return `${bytesWords(bytes)} of at most ${bytesWords(total ?? bytesMax)} are here${rateWords(view)}.`;
    case 'here':
      return `${bytesWords(bytes)} of ${edge} are here.`;
    case 'cancelled':
      return `It was stopped. ${trouble?.message ?? ''}`.trimEnd();
    case 'failed':
      if (trouble?.code === 'TOO_LARGE')
        return `It does not come: that stretch is larger than the ${bytesWords(bytesMax)} that are allowed (${boundsPlace}). Choose a shorter one.`;
      return `It does not come. ${trouble?.message ?? ''}`.trimEnd();
  }
}

/** A rate is at its bound from so much of it on: pauses are a little longer than they have to be. */
const boundPart = 0.9;

function rateWords({ bytesPerSecond, bytesPerSecondMax }: Progress): string {
  if (bytesPerSecond === undefined) return '';
  const isBound = bytesPerSecond >= boundPart * bytesPerSecondMax;
  return `, ${paceWords(bytesPerSecond)} a second${isBound ? `, which is as fast as it may (${boundsPlace})` : ''}`;
}

/** `480 kB`: of a second, where bounds are of some hundred. */
function paceWords(bytes: number): string {
  return bytes < 1_000_000 ? `${numberWords(Math.round(bytes / 1_000))} kB` : bytesWords(bytes);
}

/** `12.3 MB`. */
export function bytesWords(bytes: number): string {
  return bytes < 100_000 ? `${numberWords(Math.round(bytes / 100) / 10)} kB` : `${numberWords(Math.round(bytes / 100_000) / 10)} MB`;
}
