import './flow.css';
import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import type { FlowActivityView, FlowSummary, FlowView, OutlineStep } from '../../../api/flows.ts';
import type { ContractView } from '../../../api/landscape.ts';
import type { RunDetail } from '../../../api/runs.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { Empty, Loaded, Skeleton } from '../../parts/notice.tsx';
import { useTitles } from '../../shell/titles.ts';
import { declaredSpan } from '../../words/time.ts';
import { Sequence, type Shown } from './drawing.tsx';
import { lightsOf } from './run-light.ts';
import { RunPanel, runsPath } from './run-panel.tsx';
import { StepPanel } from './step-panel.tsx';

const live = { on: ['run', 'step'] } as const;

/** How business reacts to events: each flow as its source writes it, with what its runs did upon it. */
export function FlowRoom(): ReactElement {
  const { name } = useParams();
  const flows = useHub<readonly FlowSummary[]>('/api/flows');
  return (
    <Loaded query={flows} height={40}>
      {(all) => {
        const chosen = all.find((flow) => flow.name === name) ?? (name === undefined ? all[0] : undefined);
        if (all.length === 0) return <Empty title="No flow is declared yet">A flow is written with defineFlow() in the landscape; it is drawn here from its source.</Empty>;
        if (!chosen) return <Empty title={`There is no flow “${name}”`}>It may belong to another release.</Empty>;
        return (
          <>
            <Head flow={chosen} all={all} />
            <Drawn key={chosen.name} name={chosen.name} />
          </>
        );
      }}
    </Loaded>
  );
}

function Head({ flow, all }: { readonly flow: FlowSummary; readonly all: readonly FlowSummary[] }): ReactElement {
  return (
    <>
      <nav className="flow-tabs" aria-label="Flows">
        {all.map(({ name, title }) => (
          <Link key={name} to={`/flows/${encodeURIComponent(name)}`} className="flow-tab" aria-current={name === flow.name ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <header className="room-head">
        <div>
          <h1>{flow.title}</h1>
          <p>{flow.note}</p>
        </div>
      </header>
    </>
  );
}

function Drawn({ name }: { readonly name: string }): ReactElement {
  const path = `/api/flows/${encodeURIComponent(name)}`;
  const flow = useHub<FlowView>(path);
  const activity = useHub<FlowActivityView>(`${path}/activity`, live);
  const titleOf = useTitles();
  const [search, setSearch] = useSearchParams();
  const runId = search.get('run') ?? undefined;
  const run = useHub<RunDetail>(`/api/runs/${encodeURIComponent(runId ?? '')}`, { ...live, enabled: runId !== undefined });
  const isSettled = useSettled(flow, activity, useHub('/api/contracts'), useHub(runsPath(name), { on: ['run'] }));
  const [chosen, setChosen] = useState<OutlineStep>();
  const choose = useCallback((step: OutlineStep) => setChosen((before) => (before?.id === step.id ? undefined : step)), []);
  const shownRun = runId === undefined ? undefined : run.data;
  const shown = useMemo((): Shown => {
    return {
      lights: shownRun && lightsOf(shownRun),
      activity: new Map((activity.data?.steps ?? []).map((step) => [step.node, step])),
      chosen: chosen?.id,
      choose,
      systemTitle: (system) => titleOf('system', system),
    };
  }, [shownRun, activity.data, titleOf, chosen, choose]);
  const show = useCallback((id: string | undefined) => setSearch(id === undefined ? {} : { run: id }, { replace: true }), [setSearch]);
  if (!isSettled) return <Skeleton height={40} />;
  return (
    <Loaded query={flow} height={40}>
      {(view) => (
        <div className="flow-columns" onKeyDown={({ key }) => key === 'Escape' && setChosen(undefined)}>
          <section className="card flow-drawing" aria-label="The flow, drawn from its source">
            <Start view={view} />
            {view.partial && <p className="flow-partial">Some of this flow could not be read from its source.</p>}
            <Sequence nodes={view.outline} shown={shown} />
            <p className="flow-end flow-last">The flow ends</p>
            <p className="quiet small">
              <code>
                {view.site.file}:{view.site.line}
              </code>{' '}
              owned by {view.owners.join(' and ')}. Read-only: a flow is changed in its source. <Link to="/">Where it belongs</Link>
            </p>
          </section>
          <aside className="flow-side">
            {chosen && (
              <StepPanel step={chosen} activity={shown.activity.get(chosen.id)} light={shown.lights?.get(chosen.id)} file={view.site.file} close={() => setChosen(undefined)} />
            )}
            {activity.data && <RunPanel flow={name} activity={activity.data} shown={runId} run={shownRun} show={show} />}
          </aside>
        </div>
      )}
    </Loaded>
  );
}

function Start({ view }: { readonly view: FlowView }): ReactElement {
  const contracts = useHub<readonly ContractView[]>('/api/contracts');
  const contract = contracts.data?.find(({ type }) => type === view.on);
  return (
    <p className="flow-start">
      Starts with the event <strong title={view.on}>{contract?.title ?? view.on}</strong>. Another one of the same key {whenRunningWords[view.whenRunning]}.
      {view.withinMs !== undefined && (
        <>
          {' '}
          A run that is not over within {declaredSpan(view.withinMs)} {whenLateWords[view.whenLate ?? 'compensate']}.
        </>
      )}
    </p>
  );
}

const whenLateWords = { compensate: 'is undone, and its owner is told', tell: 'goes on, and its owner is told' };
const whenRunningWords = { queue: 'waits until this one has ended', signal: 'is handed to the run that is under way', skip: 'is counted and dropped' };
