import type { ReactElement } from 'react';
import type { EdgeView } from '../../../api/trends.ts';
import { useLiveState } from '../../api/live.ts';
import { Sentence } from '../../parts/sentence.tsx';
import { useTitles } from '../../shell/titles.ts';
import { useNow } from '../../words/now.ts';
import { numberWords } from '../../words/number.ts';
import { delayOf, delayWords, edgeSays, rateOf, rateWords } from './edge-words.ts';

const ranks = ['bad', 'waiting'] as const;

/** How long ago an edge was heard. */
export function useSilence({ ageMs }: Pick<EdgeView, 'ageMs'>, readMs: number): number {
  return ageMs + Math.max(0, useNow() - readMs);
}

/** Whether all edges hear what they should; of several troubles the worst. */
export function PlantSentence({ edges, readMs }: { readonly edges: readonly EdgeView[]; readonly readMs: number }): ReactElement {
  const now = useNow();
  const isHubAway = useLiveState() === 'lost';
  const titleOf = useTitles();
  const all = edges.map((edge) => edgeSays(edge, edge.ageMs + Math.max(0, now - readMs), isHubAway, (source) => titleOf('source', source)));
  const worst = ranks.flatMap((rank) => all.filter(({ tone }) => tone === rank))[0];
  if (worst) return <Sentence said={worst} />;
  if (edges.length === 0) return <Sentence said={{ tone: 'plain', text: 'No edge listens to the machines yet.' }} />;
  const [only] = all;
  if (edges.length === 1 && only) return <Sentence said={only} />;
  const sources = edges.flatMap(({ status }) => status?.sources ?? []);
  const text = `All ${numberWords(edges.length)} edges hear all ${numberWords(sources.length)} sources: ${rateWords(rateOf({ sources }))}, ${delayWords(delayOf({ sources }))}.`;
  return <Sentence said={{ tone: 'ok', text }} />;
}
