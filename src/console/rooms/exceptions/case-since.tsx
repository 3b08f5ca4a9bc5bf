import { CircleCheck } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { StoryView } from '../../../api/stories.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { spanWords } from '../../words/time.ts';
import { FactList } from './case-impact.tsx';
import { impactOf } from './impact.ts';
import { clearingContracts, sinceThen, type SinceThen } from './since-then.ts';

/** What became of the case since it was opened; undefined until it was read. */
export function useSinceThen(view: ExceptionView): { readonly since: SinceThen | undefined; readonly isSettled: boolean } {
  const landscape = useHub<LandscapeView>('/api/landscape');
  const story = useHub<StoryView>(`/api/trail/${encodeURIComponent(view.key ?? '')}`, { on: ['event', 'step', 'run'], enabled: view.key !== undefined });
  const isSettled = useSettled(landscape, story);
  const clearing = useMemo(() => clearingContracts(landscape.data?.nodes ?? []), [landscape.data]);
  return { since: useMemo(() => story.data && sinceThen(view, story.data, clearing), [view, story.data, clearing]), isSettled };
}

/** That the cause is over, and since when: what is still to be done is another thing now. */
export function Cleared({ view, since: { cleared, ended } }: { readonly view: ExceptionView; readonly since: SinceThen }): ReactElement | null {
  if (!cleared) return null;
  const afterMs = cleared.atMs - Date.parse(view.opened);
  return (
    <p className="exc-cleared" role="status">
      <CircleCheck aria-hidden="true" />
      <span>
        <strong>Its cause has cleared</strong> at <Instant ms={cleared.atMs} />
        {afterMs > 0 && `, ${spanWords(afterMs)} after the case was opened`}: “{cleared.title}”. {ended}
      </span>
    </p>
  );
}

/** The newest decision of the case's run: the plan that holds now. */
export function PlanNow({ view, since: { decision } }: { readonly view: ExceptionView; readonly since: SinceThen }): ReactElement | null {
  const facts = useMemo(() => decision && impactOf(decision.output, view.keys, decision.units).sections.flatMap((section) => section.facts), [decision, view.keys]);
  if (!decision || !facts) return null;
  return (
    <section className="exc-section exc-plan">
      <h3>Decided last</h3>
      <p>
        {decision.title}: <strong>{decision.outcome === '' ? 'decided' : decision.outcome}</strong>{' '}
        <span className="quiet">
          at <Instant ms={decision.atMs} />
        </span>
      </p>
      {facts.length > 0 && <FactList facts={facts} isKey={noKey} />}
    </section>
  );
}

function noKey(): boolean {
  return false;
}
