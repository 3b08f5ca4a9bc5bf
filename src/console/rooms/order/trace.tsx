// Where the time went: every span of a key on one axis, as bars or as a table.
import './order-trace.css';
import { ChartGantt, Table2 } from 'lucide-react';
import { useMemo, useState, type ReactElement } from 'react';
import type { SpanView, StoryView } from '../../../api/stories.ts';
import { useHub } from '../../api/hub-query.ts';
import { Loaded } from '../../parts/notice.tsx';
import { useZone } from '../../shell/plant.ts';
import { clockTime } from '../../words/time.ts';
import { TraceBars } from './trace-bars.tsx';
import { traceGroups, traceRowsMax, traceTree, type NodeTitles, type TraceGroup, type TraceLayer } from './trace-rows.ts';
import { TraceTable } from './trace-table.tsx';

interface TraceProps {
  readonly story: StoryView;
  readonly titles: NodeTitles;
}

export function Trace({ story, titles }: TraceProps): ReactElement {
  const query = useHub<readonly SpanView[]>(`/api/trail/${encodeURIComponent(story.key)}/spans`, { on: ['event', 'run', 'step'] });
  return (
    <section className="card order-trace" aria-labelledby="order-trace">
      <Loaded query={query} height={30}>
        {(spans) => <TraceView spans={spans} story={story} titles={titles} />}
      </Loaded>
    </section>
  );
}

function TraceView({ spans, story, titles }: TraceProps & { readonly spans: readonly SpanView[] }): ReactElement {
  const [asTable, setAsTable] = useState(false);
  const [chosen, setChosen] = useState('');
  const tree = useMemo(() => traceTree(spans, story, titles), [spans, story, titles]);
  const groups = useMemo(() => traceGroups(tree.rows), [tree]);
  const rows = chosen === 'all' ? tree.rows : ((groups.find(({ id }) => id === chosen) ?? groups[0])?.rows ?? tree.rows);
  const Icon = asTable ? ChartGantt : Table2;
  return (
    <>
      <div className="card-head">
        <h2 id="order-trace">From the machine to the last answer</h2>
        <div className="order-trace-tools">
          {tree.total > tree.rows.length && (
            <span className="quiet small">
              the newest {traceRowsMax} of {tree.total} rows
            </span>
          )}
          {groups.length > 0 && <GroupChoice groups={groups} chosen={chosen} choose={setChosen} />}
          <button type="button" className="button" onClick={() => setAsTable(!asTable)}>
            <Icon aria-hidden="true" />
            {asTable ? 'Show as bars' : 'Show as a table'}
          </button>
        </div>
      </div>
      {asTable ? (
        <TraceTable rows={rows} />
      ) : (
        <>
          <Legend />
          <TraceBars rows={rows} />
        </>
      )}
    </>
  );
}

interface GroupChoiceProps {
  readonly groups: readonly TraceGroup[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

/** Which run is drawn; the newest at first. */
function GroupChoice({ groups, chosen, choose }: GroupChoiceProps): ReactElement {
  const zone = useZone();
  return (
    <label className="order-run-choice">
      <span>Run</span>
      <select value={chosen === 'all' ? chosen : (groups.find(({ id }) => id === chosen)?.id ?? groups[0]?.id)} onChange={(event) => choose(event.target.value)}>
        {groups.map(({ id, title, startMs }) => (
          <option key={id} value={id}>
            {clockTime(startMs, zone)} {title}
          </option>
        ))}
        <option value="all">All together</option>
      </select>
    </label>
  );
}

const layers: readonly { readonly layer: TraceLayer | 'call' | 'failed'; readonly word: string }[] = [
  { layer: 'machine', word: 'Machine' },
  { layer: 'event', word: 'Event' },
  { layer: 'flow', word: 'Flow' },
  { layer: 'step', word: 'Step' },
  { layer: 'wait', word: 'Waiting' },
  { layer: 'call', word: 'Call, answered' },
  { layer: 'failed', word: 'Call, failed' },
];

function Legend(): ReactElement {
  return (
    <ul className="order-legend" aria-label="Legend">
      {layers.map(({ layer, word }) => (
        <li key={layer}>
          <span className="order-swatch" data-layer={layer} aria-hidden="true" />
          {word}
        </li>
      ))}
      <li>
        <span className="order-swatch" data-layer="fold" aria-hidden="true" />
        Nothing happens: drawn shorter
      </li>
    </ul>
  );
}
