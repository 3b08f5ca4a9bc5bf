import './plant.css';
import { Factory } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { EdgeNameView } from '../../../api/edge-names.ts';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { EdgeView } from '../../../api/trends.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { Loaded, Skeleton } from '../../parts/notice.tsx';
import { countWords } from '../../words/number.ts';
import { RefusedEdges } from './claim-card.tsx';
import { EdgeCard } from './edge-card.tsx';
import { EdgePage } from './edge-page.tsx';
import { edgesEveryMs, usePlantSignals } from './use-edge.ts';
import { LineTable } from './line-table.tsx';
import { sitesOf } from './plant-parts.ts';
import { PlantSentence } from './plant-sentence.tsx';

/** The plants with their lines, and the edges that listen to them; or one edge. */
export function PlantRoom(): ReactElement {
  const { edge } = useParams();
  return edge === undefined ? <Plants /> : <EdgePage key={edge} name={edge} />;
}

function Plants(): ReactElement {
  const landscape = useHub<LandscapeView>('/api/landscape');
  const edges = useHub<readonly EdgeView[]>('/api/edges', { everyMs: edgesEveryMs });
  // Read by its card; the page waits for it, so that nothing moves when it comes.
  const refused = useHub<readonly EdgeNameView[]>('/api/edge-names');
  const isFilled = usePlantSignals();
  const isSettled = useSettled(landscape, edges, refused) && isFilled;
  if (!isSettled) return <Skeleton height={40} />;
  return (
    <Loaded query={landscape} height={40}>
      {(view) => <Whole view={view} edges={edges.data ?? []} readMs={edges.dataUpdatedAt} />}
    </Loaded>
  );
}

function Whole({ view, edges, readMs }: { readonly view: LandscapeView; readonly edges: readonly EdgeView[]; readonly readMs: number }): ReactElement {
  const sites = useMemo(() => sitesOf(view), [view]);
  return (
    <div className="plant">
      <header className="plant-head">
        <h1>{sites.length === 1 ? sites[0]?.title : countWords(sites.length, 'plant')}</h1>
        <PlantSentence edges={edges} readMs={readMs} />
      </header>
      <RefusedEdges />
      <section aria-labelledby="plant-edges">
        <h2 id="plant-edges">Edges</h2>
        {edges.length === 0 ? (
          <p className="card quiet">
            No edge was heard since the hub began. <code>lineshaft edge</code> runs one at the plant; it connects outward only, and is seen here within a second.
          </p>
        ) : (
          <ul className="plant-edges">
            {edges.map((edge) => (
              <EdgeCard key={edge.edge} edge={edge} readMs={readMs} />
            ))}
          </ul>
        )}
      </section>
      {sites.map((site) => (
        <section key={site.name} aria-labelledby={`plant-site-${site.name}`}>
          <h2 id={`plant-site-${site.name}`}>{sites.length === 1 ? 'Lines and machines' : site.title}</h2>
          <div className="plant-lines">
            {site.lines.map((line) => (
              <LineTable key={line.name} line={line} edges={edges} />
            ))}
          </div>
        </section>
      ))}
      {sites.length === 0 && (
        <div className="notice">
          <Factory aria-hidden="true" />
          <h2>The landscape has no line yet</h2>
          <p>
            A line is an asset of the level “line”, with machines below it and signals on them. <Link to="/">Go to what happens now</Link>
          </p>
        </div>
      )}
    </div>
  );
}
