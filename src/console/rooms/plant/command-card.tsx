import type { UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import type { CommandView } from '../../../api/machine-commands.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { useTitles } from '../../shell/titles.ts';
import { cameOf, chosen, commandsSay, lookOf, statusWords, valueWords, type CommandChoice } from './command-words.ts';
import { edgesEveryMs } from './use-edge.ts';

/** As many as the hub lists. */
const commandsMax = 50;

/** The newest commands to the machines behind these sources. */
export function useCommands(sources: readonly string[]): UseQueryResult<readonly CommandView[], Error> {
  const asked = new URLSearchParams(sources.map((name) => ['source', name]));
  return useHub<readonly CommandView[]>(`/api/commands?${asked.toString()}`, { on: ['step', 'exception'], everyMs: edgesEveryMs, enabled: sources.length > 0 });
}

/** What was asked of the machines behind these sources: who wanted what, under which conditions, and what came of it. */
export function CommandCard({ sources }: { readonly sources: readonly string[] }): ReactElement {
  const [choice, setChoice] = useState<CommandChoice>('all');
  const commands = useCommands(sources);
  return (
    <section className="card" aria-labelledby="plant-commands">
      <div className="card-head">
        <h2 id="plant-commands">Commands to machines</h2>
        {(commands.data?.length ?? 0) > 0 && (
          <label className="plant-choice small">
            <span>Show</span>
            {/* The options are those of CommandChoice. */}
            <select value={choice} onChange={(event) => setChoice(event.target.value as CommandChoice)}>
              <option value="all">all</option>
              <option value="refused">not carried out</option>
              <option value="open">not ended</option>
            </select>
          </label>
        )}
      </div>
      <Loaded query={commands} height={2}>
        {(all) => <Commands commands={all} choice={choice} />}
      </Loaded>
    </section>
  );
}

function Commands({ commands, choice }: { readonly commands: readonly CommandView[]; readonly choice: CommandChoice }): ReactElement {
  const shown = chosen(commands, choice);
  return (
    <>
      <p className="small quiet">{commandsSay(commands, commandsMax)}</p>
      {commands.length > 0 && shown.length === 0 && <p className="small plant-none">None of them.</p>}
      {shown.length > 0 && (
        <ol className="plant-commands" tabIndex={0} aria-label="Commands, newest first">
          {shown.map((command) => (
            <OneCommand key={`${command.id} ${command.ended ?? ''}`} command={command} />
          ))}
        </ol>
      )}
    </>
  );
}

function OneCommand({ command }: { readonly command: CommandView }): ReactElement {
  const titleOf = useTitles();
  const { capability, asset, signal, by, value, unit, why, interlocks, asked, ended, refusal, id } = command;
  const moment = ended ?? asked;
  return (
    <li>
      <p className="plant-command-head">
        <Status status={lookOf(command)}>{statusWords(command)}</Status>
        <strong>{titleOf('capability', capability)}</strong>
        <span className="plant-command-time small quiet">{moment !== undefined && <Instant ms={Date.parse(moment)} precision="day" />}</span>
      </p>
      <p className="small">
        {titleOf('asset', asset)}: <span className="mono">{signal}</span> to <strong>{valueWords(value, unit)}</strong>, asked for by {by}
        {why !== undefined && why !== '' && <>: “{why}”</>}
      </p>
      <p className="small plant-came">{cameOf(command)}</p>
      <details>
        <summary className="small">Conditions and times</summary>
        <dl className="plant-rows">
          <Row name="Conditions">{interlocks.length === 0 ? 'none by the landscape' : interlocks.join('; ')}</Row>
          {refusal && <Row name="Refused by">{refusal.code}</Row>}
          {asked !== undefined && (
            <Row name="Asked for">
              <Instant ms={Date.parse(asked)} precision="millisecond" />
            </Row>
          )}
          {command.readBackAt !== undefined && (
            <Row name="Read back">
              <Instant ms={Date.parse(command.readBackAt)} precision="millisecond" />, by the edge’s clock
            </Row>
          )}
          {ended !== undefined && (
            <Row name="Known to the hub">
              <Instant ms={Date.parse(ended)} precision="millisecond" />
            </Row>
          )}
          <Row name="Reference">
            <span className="mono plant-address">{id}</span>
          </Row>
        </dl>
      </details>
    </li>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: React.ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
