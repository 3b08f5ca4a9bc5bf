import { AlertTriangle, CheckCircle2, Hourglass } from 'lucide-react';
import type { ReactElement } from 'react';
import type { ConsistencyView } from '../../../api/stories.ts';
import { useHub } from '../../api/hub-query.ts';
import { headlineOf, type HeadlineFacts, type Told } from './headline.ts';
import type { MachineSpot } from './plant.ts';
import { waitingOf } from './system-words.ts';
import { useOverview } from './use-overview.ts';
import { usePlantMap, usePlantSettled, useSilentEdges, useTexts, useTitles } from './use-plant.ts';

const icons = { ok: CheckCircle2, waiting: Hourglass, bad: AlertTriangle };

/** The sentence that the room is opened for. */
export function NowHead({ facts }: { readonly facts: HeadlineFacts }): ReactElement {
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

/** What the sentence is made of, and whether all of the room is there to be drawn. */
export function useHeadlineFacts(): { readonly facts: HeadlineFacts | undefined; readonly isSettled: boolean } {
  const { data: overview } = useOverview();
  const plant = usePlantMap();
  const silent = useSilentEdges();
  const titleOf = useTitles();
  const texts = useTexts();
  // The order that a machine's trouble is about: by its case, or by what runs on it.
  const keyOf = ({ name }: MachineSpot): string | undefined =>
    overview?.exceptions.next.find(({ keys }) => keys['asset'] === name && keys['order'] !== undefined)?.keys['order'] ?? texts.get(`${name}.order`);
  const [first] = plant?.wrong ?? [];
  const firstKey = first && keyOf(first);
  const consistency = useHub<ConsistencyView>(`/api/orders/${encodeURIComponent(firstKey ?? '')}/consistency`, { on: ['step'], enabled: firstKey !== undefined });
  const told = consistency.data;
  const isSettled = usePlantSettled(consistency);
  if (!overview || !plant) return { facts: undefined, isSettled };
  const { systems, exceptions, runs } = overview;
  const owners = Object.keys(exceptions.byOwner);
  const [owner] = owners.length === 1 ? owners : [];
  const facts: HeadlineFacts = {
    systems: systems.map((system) => ({ title: system.title, mode: system.mode, waiting: waitingOf(system) })),
    silentEdges: [...silent.keys()],
    plantUnheard: plant.lines > 0 && plant.edges.every(({ name }) => name === undefined),
    wrong: plant.wrong.map((machine) => ({ title: machine.title, what: machine.wrong ?? '', key: keyOf(machine), told: machine === first ? toldOf(told) : undefined })),
    lines: plant.lines,
    linesAtTarget: plant.linesAtTarget,
    cases: { count: exceptions.open, overdue: exceptions.overdue, owner: owner === undefined ? undefined : (titleOf(`owner:${owner}`) ?? owner) },
    parkedRuns: runs.parked,
  };
  return { facts, isSettled };
}

function toldOf(told: ConsistencyView | undefined): Told | undefined {
  if (!told) return undefined;
  const names = new Set(told.systems.map(({ system }) => system));
  const open = new Set(told.systems.filter(({ status }) => status !== 'done').map(({ system }) => system));
  return { done: names.size - open.size, open: open.size };
}
