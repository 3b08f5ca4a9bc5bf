import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { OutlineStep, StepActivity } from '../../../api/flows.ts';
import type { StepView } from '../../../api/runs.ts';
import { Instant } from '../../parts/instant.tsx';
import { Payload } from '../../parts/payload.tsx';
import { Status } from '../../parts/status.tsx';
import { spanWords, withinWords } from '../../words/time.ts';
import { statusOf, type Light } from './run-light.ts';

interface StepPanelProps {
  readonly step: OutlineStep;
  readonly activity: StepActivity | undefined;
  readonly light: Light | undefined;
  /** The flow's file, from the landscape's folder. */
  readonly file: string;
  readonly close: () => void;
}

/** Everything about the step that was chosen on the drawing. */
export function StepPanel({ step, activity, light, file, close }: StepPanelProps): ReactElement {
  return (
    <section className="card" aria-label="The chosen step">
      <div className="card-head">
        <h2>{step.title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <X aria-hidden="true" />
        </button>
      </div>
      {step.note !== undefined && <p className="quiet">{step.note}</p>}
      <dl className="flow-facts">
        <Fact name="Source" value={`${file}:${step.line}`} />
        {step.node !== undefined && <Fact name="About" value={step.node.replace(':', ' ')} />}
        {step.within !== undefined && (
          <Fact name="Waits at most" value={step.limit === undefined ? withinWords(step.within) : `${withinWords(step.within)} (limit ${step.limit})`} />
        )}
        {step.maxAge !== undefined && <Fact name="Expires after" value={withinWords(step.maxAge)} />}
        <Fact name="Undo" value={step.undo ? 'taken back by a compensation' : 'stays'} />
        {activity?.p50Ms !== undefined && <Fact name="Takes" value={`${spanWords(activity.p50Ms)} (median), ${spanWords(activity.p95Ms ?? activity.p50Ms)} (95 of 100)`} />}
        {activity && activity.retried > 0 && <Fact name="Tried again" value={`${activity.retried} times`} />}
        {activity?.sharedWith && <Fact name="Counts" value="shared with another place of the flow that does the same" />}
      </dl>
      {light?.steps.map((taken) => (
        <Taken key={taken.id} taken={taken} />
      ))}
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Taken({ taken }: { readonly taken: StepView }): ReactElement {
  return (
    <details className="flow-taken">
      <summary>
        <Instant ms={Date.parse(taken.issued)} precision="millisecond" /> <Status status={statusOf(taken)} />
      </summary>
      <h3>Asked</h3>
      <Payload label="What was asked" value={taken.input} />
      {taken.output !== undefined && taken.output !== null && (
        <>
          <h3>Answer</h3>
          <Payload label="What was answered" value={taken.output} />
        </>
      )}
    </details>
  );
}
