// A flow as its source writes it, drawn from top to bottom: no coordinates, only what stands in what.
import { ArrowDownUp, Bell, Flag, GitFork, Hourglass, Milestone, Scale, Send, Undo2, type LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import type { OutlineBranch, OutlineEnd, OutlineLoop, OutlineNode, OutlinePart, OutlineStep, StepActivity } from '../../../api/flows.ts';
import { StatusIcon, toneOf } from '../../parts/status.tsx';
import { numberWords } from '../../words/number.ts';
import { spanWords, withinWords } from '../../words/time.ts';
import type { Light } from './run-light.ts';

/** What is shown upon the drawing. */
export interface Shown {
  /** By step; of one run, where one is chosen. */
  readonly lights: ReadonlyMap<string, Light> | undefined;
  /** By step; of all recent runs. */
  readonly activity: ReadonlyMap<string, StepActivity>;
  readonly chosen: string | undefined;
  readonly choose: (step: OutlineStep) => void;
  readonly systemTitle: (name: string) => string;
}

const icons: Readonly<Record<OutlineStep['verb'], LucideIcon>> = {
  call: ArrowDownUp,
  attempt: ArrowDownUp,
  post: Send,
  decide: Scale,
  sleep: Hourglass,
  waitFor: Hourglass,
  compensate: Undo2,
  raise: Bell,
};

/** What a verb means, before its title. */
const verbWords: Readonly<Record<OutlineStep['verb'], string>> = {
  call: 'Ask',
  attempt: 'Try',
  post: 'Post',
  decide: 'Decide',
  sleep: 'Pause',
  waitFor: 'Wait for',
  compensate: 'Undo',
  raise: 'Raise',
};

export function Sequence({ nodes, shown }: { readonly nodes: readonly OutlineNode[]; readonly shown: Shown }): ReactElement {
  return (
    <ol className="flow-sequence">
      {nodes.map((node) => (
        <li key={node.id} className="flow-node" data-kind={node.kind}>
          <Node node={node} shown={shown} />
        </li>
      ))}
    </ol>
  );
}

function Node({ node, shown }: { readonly node: OutlineNode; readonly shown: Shown }): ReactElement {
  switch (node.kind) {
    case 'step':
      return <Step step={node} shown={shown} />;
    case 'end':
      return <End end={node} />;
    case 'parallel':
      return (
        <div className="flow-group">
          <p className="flow-group-word">at the same time</p>
          <Sequence nodes={node.children} shown={shown} />
        </div>
      );
    case 'branch':
      return <Branch branch={node} shown={shown} />;
    case 'loop':
      return <Loop loop={node} shown={shown} />;
    case 'part':
      return <Part part={node} shown={shown} />;
  }
}

function Step({ step, shown }: { readonly step: OutlineStep; readonly shown: Shown }): ReactElement {
  const { lights, activity, chosen, choose, systemTitle } = shown;
  const light = lights?.get(step.id);
  const Icon = icons[step.verb];
  return (
    <button
      type="button"
      className="flow-step"
      data-lit={lights === undefined ? undefined : light !== undefined}
      data-tone={light ? toneOf(light.status) : undefined}
      aria-pressed={chosen === step.id}
      onClick={() => choose(step)}
    >
      <span className="flow-step-icon">
        <Icon aria-hidden="true" />
      </span>
      <span className="flow-step-words">
        <span className="flow-step-verb">
          {verbWords[step.verb]}
          {step.system !== undefined && <span className="flow-step-system">{systemTitle(step.system)}</span>}
          {step.within !== undefined && <span className="flow-step-system">at most {withinWords(step.within)}</span>}
          {step.undo && (
            <span className="flow-step-undo" title="Taken back where the flow undoes what it did">
              <Undo2 aria-hidden="true" />
              <span className="visually-hidden">can be undone</span>
            </span>
          )}
        </span>
        <span className="flow-step-title">{step.title}</span>
      </span>
      <span className="flow-step-figures">{light ? <Lit light={light} /> : lights === undefined && <Counts activity={activity.get(step.id)} />}</span>
    </button>
  );
}

function Lit({ light: { status, times } }: { readonly light: Light }): ReactElement {
  return (
    <>
      <StatusIcon status={status} />
      {status}
      {times > 1 && ` ×${times}`}
    </>
  );
}

function Counts({ activity }: { readonly activity: StepActivity | undefined }): ReactElement {
  if (!activity) return <span className="flow-never">never yet</span>;
  const { done, waiting, parked, refused, timedOut, failed, p50Ms } = activity;
  const counts = [
    { status: 'done', count: done, word: 'done' },
    { status: 'timed out', count: timedOut, word: 'timed out' },
    { status: 'waiting', count: waiting, word: 'waiting' },
    { status: 'refused', count: refused, word: 'refused' },
    { status: 'expired', count: failed, word: 'expired' },
    { status: 'parked', count: parked, word: 'parked' },
  ].filter(({ count }) => count > 0);
  return (
    <>
      {counts.map(({ status, count, word }) => (
        <span key={word} className="flow-count" title={`${count} ${word}`}>
          <StatusIcon status={status} />
          {numberWords(count)}
          <span className="visually-hidden"> {word}</span>
        </span>
      ))}
      {p50Ms !== undefined && p50Ms >= 1 && <span className="flow-median">{spanWords(p50Ms)}</span>}
    </>
  );
}

function End({ end: { leaves, by } }: { readonly end: OutlineEnd }): ReactElement {
  const words = { flow: 'The flow ends here', part: 'This part ends here', turn: 'On to the next', loop: 'No more of these' }[leaves];
  return (
    <p className="flow-end">
      <Flag aria-hidden="true" />
      {by === 'throw' ? 'Ends with an error' : words}
    </p>
  );
}

function Branch({ branch, shown }: { readonly branch: OutlineBranch; readonly shown: Shown }): ReactElement {
  return (
    <div className="flow-branch">
      <p className="flow-condition">
        <GitFork aria-hidden="true" />
        <span>
          If <q title={branch.condition}>{(branch.words ?? branch.condition).replaceAll('"', '')}</q>
        </span>
      </p>
      <div className="flow-arm">
        <Sequence nodes={branch.then} shown={shown} />
      </div>
      {branch.otherwise.length > 0 && (
        <>
          <p className="flow-condition flow-else">else</p>
          <div className="flow-arm">
            <Sequence nodes={branch.otherwise} shown={shown} />
          </div>
        </>
      )}
    </div>
  );
}

function Loop({ loop, shown }: { readonly loop: OutlineLoop; readonly shown: Shown }): ReactElement {
  const over = (loop.words ?? plainName(loop.over)).replaceAll('"', '');
  const words = loop.form === 'while' ? `as long as ${over}` : `for each of ${over}${loop.parallel ? ', at the same time' : ', one after the other'}`;
  return (
    <div className="flow-group">
      <p className="flow-group-word" title={loop.over}>
        {words}
      </p>
      <Sequence nodes={loop.children} shown={shown} />
    </div>
  );
}

/** `laterNeeds` is `the later needs`; what computes stays as it is written. */
function plainName(over: string): string {
  return /^[a-z]\w*$/i.test(over) ? `the ${over.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()}` : over;
}

function Part({ part, shown }: { readonly part: OutlinePart; readonly shown: Shown }): ReactElement {
  if (part.name === '') return <Sequence nodes={part.children} shown={shown} />;
  return (
    <div className="flow-part">
      <p className="flow-part-title">
        <Milestone aria-hidden="true" />
        {part.title}
      </p>
      <Sequence nodes={part.children} shown={shown} />
    </div>
  );
}
