import { AlarmClock } from 'lucide-react';
import type { ReactElement } from 'react';
import { Instant } from '../../parts/instant.tsx';
import { useNow } from '../../words/now.ts';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { dueWords } from './inbox.ts';

/** Until when it must be settled, following the clock; of what is resolved, when that was. */
export function Due({ view }: { readonly view: Pick<ExceptionView, 'due' | 'status' | 'changed'> }): ReactElement {
  const now = useNow();
  const dueMs = Date.parse(view.due);
  if (view.status === 'resolved') {
    return (
      <span className="quiet">
        resolved <Instant ms={Date.parse(view.changed)} precision="day" />
      </span>
    );
  }
  const isOverdue = dueMs < now;
  return (
    <span className="exc-due" data-overdue={isOverdue}>
      {isOverdue && <AlarmClock aria-hidden="true" />}
      <time dateTime={view.due} title={view.due}>
        {dueWords(dueMs, now)}
      </time>
    </span>
  );
}
