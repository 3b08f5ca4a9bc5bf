import { AlertTriangle, CheckCircle2, Hourglass } from 'lucide-react';
import type { ReactElement } from 'react';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { useHub } from '../../api/hub-query.ts';
import { Skeleton } from '../../parts/notice.tsx';
import { headlineOf, type HeadlineFacts, type Told } from './headline.ts';
import { useRunCounts } from './hub-node.tsx';
import { useSystems } from './landscape-map.tsx';
import { waitingOf } from './system-words.ts';
import { useGraph, usePlantMap, useSilentEdges } from './use-plant.ts';

const icons = { ok: CheckCircle2, waiting: Hourglass, bad: AlertTriangle };

/** The sentence that the room is opened for. */
export function NowHead(): ReactElement {
  const facts = useHeadlineFacts();
  if (!facts) return <Skeleton height={3.25} label="Being read" />;
  const { tone, lead, rest } = headlineOf(facts);
  const Icon = icons[tone];
  return (
    <div className="now-head" data-tone={tone}>
      <Icon aria-hidden="true" />
      <div aria-live="polite">
        <h1>{lead}</h1>
        <p className="quiet">{rest.length === 0 ? <span>&nbsp;</span> : rest.join(' ')}</p>
      </div>
    </div>
  );
}

interface Consistency {
  readonly systems: readonly { readonly system: string; readonly status: string }[];
}

function useHeadlineFacts(): HeadlineFacts | undefined {
  const { data: systems } = useSystems();
  const { data: cases } = useHub<readonly ExceptionView[]>('/api/exceptions', { on: ['exception'] });
  const plant = usePlantMap();
  const silent = useSilentEdges();
  const graph = useGraph();
  const { parked } = useRunCounts();
  const keyOf = useKeys(cases ?? []);
  const [first] = plant?.wrong ?? [];
  const firstKey = first && keyOf(first.name);
  const { data: told } = useHub<Consistency>(`/api/orders/${encodeURIComponent(firstKey ?? '')}/consistency`, { on: ['step'], enabled: firstKey !== undefined });
  if (!systems || !cases || !plant) return undefined;
  const owners = [...new Set(cases.map(({ owner }) => owner))];
  const [owner] = owners.length === 1 ? owners : [];
  return {
    systems: systems.map((system) => ({ title: system.title, mode: system.mode, waiting: waitingOf(system) })),
    silentEdges: [...silent.keys()],
    wrong: plant.wrong.map((machine) => ({ title: machine.title, what: machine.wrong ?? '', key: keyOf(machine.name), told: machine === first ? toldOf(told) : undefined })),
    lines: plant.lines,
    linesAtTarget: plant.linesAtTarget,
    cases: {
      count: cases.length,
      overdue: cases.filter(({ overdue }) => overdue).length,
      owner: owner === undefined ? undefined : (graph?.nodes.find(({ id }) => id === `owner:${owner}`)?.title ?? owner),
    },
    parkedRuns: parked,
  };
}

function toldOf(told: Consistency | undefined): Told | undefined {
  if (!told) return undefined;
  const names = new Set(told.systems.map(({ system }) => system));
  const open = new Set(told.systems.filter(({ status }) => status !== 'done').map(({ system }) => system));
  return { done: names.size - open.size, open: open.size };
}

/** The order that a machine's trouble is about: by its case, or by what was heard of it last. */
function useKeys(cases: readonly ExceptionView[]): (asset: string) => string | undefined {
  const { data: events = [] } = useHub<readonly { readonly keys: Readonly<Record<string, string>> }[]>('/api/events?limit=30', { on: ['event'] });
  return (asset) => [...cases, ...events].find(({ keys }) => keys['asset'] === asset && keys['order'] !== undefined)?.keys['order'];
}
