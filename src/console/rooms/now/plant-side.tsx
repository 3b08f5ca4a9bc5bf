// The left of the map: lines with their machines, and the edges that hear them.
import { CloudOff, Router } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { EdgeView } from '../../../api/trends.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { Connection } from './connection.tsx';
import { MachineRow } from './machine-row.tsx';
import type { EdgeSpot, LineSpot, Plant } from './plant.ts';
import { useEdges } from './use-overview.ts';
import { useSilentEdges, useTexts } from './use-plant.ts';

export function PlantSide({ plant }: { readonly plant: Plant }): ReactElement {
  const edges = useEdges();
  const silent = useSilentEdges();
  return (
    <ul className="now-plant" aria-label="The plant">
      {plant.edges.map((spot) => {
        const silentMs = silent.get(spot.name ?? '');
        return (
          <li key={spot.name ?? ''} className="now-edge-group">
            <Lines spot={spot} silent={silentMs !== undefined} />
            <EdgeNode name={spot.name} facts={edges?.find(({ edge }) => edge === spot.name)} silentMs={silentMs} />
            <Connection name={`edge:${spot.name ?? ''}`} state={spot.name === undefined ? 'held' : silentMs === undefined ? 'whole' : 'broken'}>
              {silentMs !== undefined && (
                <span className="now-stack" data-tone="bad">
                  <CloudOff /> cut
                </span>
              )}
            </Connection>
          </li>
        );
      })}
      {plant.moreEdges > 0 && <li className="now-more">and {countWords(plant.moreEdges, 'more edge')}</li>}
    </ul>
  );
}

const Lines = memo(function Lines({ spot, silent }: { readonly spot: EdgeSpot; readonly silent: boolean }): ReactElement {
  return (
    <ul className="now-lines">
      {spot.lines.map((line) => (
        <li key={line.name} className="now-line-row">
          <LineNode line={line} silent={silent} />
          <Connection name={`line:${line.name}`} />
        </li>
      ))}
      {spot.moreLines > 0 && (
        <li className="now-line-row">
          <Link className="now-more" to="/lines">
            and {countWords(spot.moreLines, 'more line')}
          </Link>
        </li>
      )}
      {spot.lines.length === 0 && <li className="quiet small">No line sends through it.</li>}
    </ul>
  );
});

function LineNode({ line, silent }: { readonly line: LineSpot; readonly silent: boolean }): ReactElement {
  const { name, title, path, machines, more } = line;
  const texts = useTexts();
  return (
    <section className="now-node now-line" data-silent={silent} data-whole={machines.length > 0} aria-label={title}>
      <h3>
        <Link className="now-line-title" to={`/lines/${encodeURIComponent(name)}`} title={title}>
          {title}
        </Link>
        <span className="now-under" title={path}>
          {silent ? 'as it was heard last' : path}
        </span>
      </h3>
      <ul>
        {machines.map((machine) => (
          <MachineRow key={machine.name} machine={machine} line={name} state={texts.get(machine.state ?? '')} />
        ))}
      </ul>
      {more > 0 && (
        <Link className="now-more" to={`/lines/${encodeURIComponent(name)}`}>
          {machines.length === 0 ? `${countWords(more, 'machine')} as planned` : `and ${more} more`}
        </Link>
      )}
    </section>
  );
}

interface EdgeNodeProps {
  readonly name: string | undefined;
  readonly facts: EdgeView | undefined;
  readonly silentMs: number | undefined;
}

function EdgeNode({ name, facts, silentMs }: EdgeNodeProps): ReactElement {
  const Icon = silentMs === undefined ? Router : CloudOff;
  return (
    <section className="now-node now-edge" data-tone={silentMs === undefined ? undefined : 'bad'} aria-label={`Edge ${name ?? 'unknown'}`}>
      <Icon aria-hidden="true" />
      <h3>{name === undefined ? 'No edge' : <Link to={`/plant/${encodeURIComponent(name)}`}>{name}</Link>}</h3>
      {edgeLines(facts, silentMs).map((words) => (
        <p key={words} className="now-under">
          {words}
        </p>
      ))}
    </section>
  );
}

/** How an edge is, in a few lines of a few words. */
export function edgeLines(facts: EdgeView | undefined, silentMs: number | undefined): readonly string[] {
  if (!facts) return ['not heard yet'];
  const { status } = facts;
  if (silentMs !== undefined) return [`silent for ${spanWords(Math.floor(silentMs / 1_000) * 1_000)}`, 'holds what it sees'];
  if (!status) return ['heard'];
  const connected = status.sources.filter((source) => source.connected).length;
  const buffered = status.bufferDepth === 0 ? 'buffer empty' : `${countWords(status.bufferDepth, 'message')} buffered`;
  return ['heard', buffered, `${connected} of ${countWords(status.sources.length, 'source')}`];
}
