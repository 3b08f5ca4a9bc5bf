import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { SystemView } from '../../../api/systems.ts';
import { MachineRate } from './machine-row.tsx';
import type { Plant } from './plant.ts';
import { edgeLines } from './plant-side.tsx';
import { loadWords, roleWords, standingWords } from './system-words.ts';
import { useEdges } from './use-overview.ts';
import { useSilentEdges, useTexts } from './use-plant.ts';

interface MapTableProps {
  readonly plant: Plant;
  readonly systems: readonly SystemView[];
  readonly onOpen: (name: string) => void;
}

/** What the map shows, as tables. */
export function MapTable({ plant, systems, onOpen }: MapTableProps): ReactElement {
  return (
    <div className="now-tables scroll-x" tabIndex={0} role="region" aria-label="Plant and systems as tables">
      <SystemTable systems={systems} onOpen={onOpen} />
      <EdgeTable plant={plant} />
      <MachineTable plant={plant} />
    </div>
  );
}

function SystemTable({ systems, onOpen }: Omit<MapTableProps, 'plant'>): ReactElement {
  return (
    <table className="table">
      <caption>Systems</caption>
      <thead>
        <tr>
          <th scope="col">System</th>
          <th scope="col">Role</th>
          <th scope="col">How it is</th>
          <th scope="col">What waits</th>
        </tr>
      </thead>
      <tbody>
        {systems.map((system) => (
          <tr key={system.name}>
            <th scope="row">
              <button type="button" className="now-link-button" onClick={() => onOpen(system.name)} aria-haspopup="dialog">
                {system.title}
              </button>
            </th>
            <td>{roleWords(system.role).replace(/^Systems /, 'system ')}</td>
            <td>{standingWords(system)}</td>
            <td>{loadWords(system)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EdgeTable({ plant }: { readonly plant: Plant }): ReactElement {
  const edges = useEdges();
  const silent = useSilentEdges();
  return (
    <table className="table">
      <caption>Edges</caption>
      <thead>
        <tr>
          <th scope="col">Edge</th>
          <th scope="col">How it is</th>
          <th scope="col">Lines</th>
        </tr>
      </thead>
      <tbody>
        {plant.edges.map(({ name, lines, moreLines }) => (
          <tr key={name ?? ''}>
            <th scope="row">{name ?? 'No edge'}</th>
            <td>
              {edgeLines(
                edges?.find(({ edge }) => edge === name),
                silent.get(name ?? ''),
              ).join(', ')}
            </td>
            <td>{lines.length + moreLines}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function MachineTable({ plant }: { readonly plant: Plant }): ReactElement {
  const texts = useTexts();
  return (
    <table className="table">
      <caption>Machines</caption>
      <thead>
        <tr>
          <th scope="col">Machine</th>
          <th scope="col">Line</th>
          <th scope="col">Rate</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {plant.edges.flatMap(({ lines }) =>
          lines.flatMap((line) => [
            ...line.machines.map((machine) => (
              <tr key={machine.name}>
                <th scope="row">{machine.title}</th>
                <td>
                  <Link to={`/lines/${encodeURIComponent(line.name)}`}>{line.title}</Link>
                </td>
                <td>
                  <MachineRate machine={machine} />
                </td>
                <td>{machine.rule ?? texts.get(machine.state ?? '') ?? 'as planned'}</td>
              </tr>
            )),
            ...(line.more > 0
              ? [
                  <tr key={`${line.name} more`}>
                    <td colSpan={4}>
                      {line.title}: and {line.more} more
                    </td>
                  </tr>,
                ]
              : []),
          ]),
        )}
      </tbody>
    </table>
  );
}
