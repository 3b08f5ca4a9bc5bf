import './line.css';
import { Factory } from 'lucide-react';
import { useMemo, useState, type ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { RunView } from '../../../api/runs.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { useLiveState } from '../../api/live.ts';
import { Loaded, Skeleton } from '../../parts/notice.tsx';
import { useNow } from '../../words/now.ts';
import { ChartPanel } from './chart-panel.tsx';
import { EdgeNote, silentAfterMs } from './edge-note.tsx';
import { episodesOf, type Episode } from './episodes.ts';
import { consequencesOf } from './followed.ts';
import { FollowedList } from './followed-list.tsx';
import { LineHead } from './line-head.tsx';
import { linesOf, type LineParts, type MachineParts } from './line-parts.ts';
import { MachineCard } from './machine-card.tsx';
import { useEdges, useLineSignals, useRuleEvents, type RuleStanding } from './use-line.ts';

const followedMax = 6;

/** Does the line make what the plan says, and if not, since when and what was done? */
export function LineRoom(): ReactElement {
  const { line: wanted } = useParams();
  const landscape = useHub<LandscapeView>('/api/landscape');
  return (
    <Loaded query={landscape} height={40}>
      {(view) => <Lines view={view} wanted={wanted} />}
    </Loaded>
  );
}

function Lines({ view, wanted }: { readonly view: LandscapeView; readonly wanted: string | undefined }): ReactElement {
  const lines = useMemo(() => linesOf(view), [view]);
  const line = wanted === undefined ? lines[0] : lines.find(({ name }) => name === wanted);
  if (line) return <Line key={line.name} line={line} lines={lines} />;
  return (
    <div className="notice">
      <Factory aria-hidden="true" />
      <h1>{wanted === undefined ? 'The landscape has no line' : `No line is called ${wanted}`}</h1>
      {wanted === undefined ? (
        <p>A line is an asset of the level “line”, with machines below it and signals on them.</p>
      ) : (
        <p>
          <Link to="/lines">Go to the first line</Link>
        </p>
      )}
    </div>
  );
}

function Line({ line, lines }: { readonly line: LineParts; readonly lines: readonly LineParts[] }): ReactElement {
  const isFilled = useLineSignals(line);
  const edgesQuery = useEdges();
  const { edges, readMs, rules } = edgesQuery;
  const events = useRuleEvents(line);
  const { detected, cleared } = events;
  const runsQuery = useHub<readonly RunView[]>('/api/runs', { on: ['run'] });
  const casesQuery = useHub<readonly ExceptionView[]>('/api/exceptions?status=all', { on: ['exception'] });
  const [{ data: runs }, { data: cases }] = [runsQuery, casesQuery];
  const isSettled = useSettled(edgesQuery, events, runsQuery, casesQuery) && isFilled;
  const [shownName, setShownName] = useState<string>();
  const worst = worstOf(line.machines, rules);
  const shown = line.machines.find(({ name }) => name === shownName) ?? worst;
  const episodes = useMemo(() => new Map(line.machines.map(({ name }) => [name, episodesOf(name, detected, cleared)])), [line, detected, cleared]);
  const consequences = useMemo(
    () => consequencesOf({ names: [line.name, ...line.machines.map(({ name }) => name)], detected, cleared, runs: runs ?? [], cases: cases ?? [] }, followedMax),
    [line, detected, cleared, runs, cases],
  );
  const watching = edges.filter(({ edge }) => line.machines.some(({ rule }) => rule && rules.get(rule.name)?.edge === edge));
  const silentMs = useSilence(watching, readMs);
  if (!isSettled) return <Skeleton height={40} />;
  return (
    <div className="line" data-old={silentMs !== undefined}>
      <LineHead
        line={line}
        lines={lines}
        machine={worst}
        standing={standingOf(worst, rules)}
        episodes={(worst && episodes.get(worst.name)) ?? noEpisodes}
        newest={consequences.find(({ isCleared }) => !isCleared)}
        silentMs={silentMs}
      />
      {line.machines.length > 0 && (
        <div className="line-body">
          <ul className="line-machines">
            {line.machines.map((machine) => (
              <MachineCard
                key={machine.name}
                machine={machine}
                standing={standingOf(machine, rules)}
                isShown={machine.name === shown?.name}
                onShow={() => setShownName(machine.name)}
              />
            ))}
          </ul>
          <div className="line-main">
            {shown?.rate && <ChartPanel key={shown.name} machine={shown} episodes={episodes.get(shown.name) ?? noEpisodes} />}
            <div className="line-below">
              <FollowedList consequences={consequences} max={followedMax} />
              <EdgeNote line={line} edges={edges} readMs={readMs} />
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

const noEpisodes: readonly Episode[] = [];

function standingOf(machine: MachineParts | undefined, rules: ReadonlyMap<string, RuleStanding>): RuleStanding | undefined {
  return machine?.rule && rules.get(machine.rule.name);
}

/** The machine that the line's state is told by: the one that has been too slow for longest, else the one that may become so, else the first. */
function worstOf(machines: readonly MachineParts[], rules: ReadonlyMap<string, RuleStanding>): MachineParts | undefined {
  const open = machines
    .filter((machine) => standingOf(machine, rules)?.phase === 'open')
    .toSorted((a, b) => (standingOf(a, rules)?.openSinceMs ?? 0) - (standingOf(b, rules)?.openSinceMs ?? 0));
  return open[0] ?? machines.find((machine) => standingOf(machine, rules)?.phase === 'sustaining') ?? machines.find(({ rule }) => rule) ?? machines.find(({ rate }) => rate);
}

/** How long all edges that watch have been silent; undefined while one of them is heard, or nobody knows. */
function useSilence(watching: readonly { readonly ageMs: number }[], readMs: number): number | undefined {
  const now = useNow();
  const state = useLiveState();
  const silentMs = Math.min(...watching.map(({ ageMs }) => ageMs + Math.max(0, now - readMs)));
  return state !== 'lost' && watching.length > 0 && silentMs > silentAfterMs ? Math.floor(silentMs / 1_000) * 1_000 : undefined;
}
