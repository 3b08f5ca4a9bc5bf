// Everything that is recorded of one line of the timeline.
import './order-body.css';
import { useMemo, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { MomentView, SpanView, StoryView } from '../../../api/stories.ts';
import { useHub } from '../../api/hub-query.ts';
import { Payload } from '../../parts/payload.tsx';
import { PlantText } from '../../parts/plant-text.tsx';
import { useZone } from '../../shell/plant.ts';
import { preciseTime, spanWords } from '../../words/time.ts';
import type { Units } from '../../words/units.ts';
import { reasonOf } from './change-facts.ts';
import { resultWords, tryLines, type Try } from './effect-words.ts';
import { showLine } from './entry-place.ts';
import { Facts } from './facts.tsx';
import { kindWords } from './key-words.ts';
import { capabilityOf, systemOf, unitsOf, type SystemTitles } from './moment-words.ts';
import { originsOf, type OriginSource } from './origin-words.ts';
import type { Entry } from './timeline-entries.ts';
import { fieldOf, fieldsOf, saidOf } from './value-words.ts';

interface EntryBodyProps {
  readonly entry: Entry;
  readonly story: StoryView;
  readonly titles: SystemTitles;
}

export function EntryBody({ entry, story, titles }: EntryBodyProps): ReactElement {
  const [first] = entry.moments;
  return (
    <div className="order-body">
      {entry.moments.length > 1
        ? entry.moments.map((moment) => (
            <details key={moment.step} className="order-nested">
              <summary>
                <strong>{systemOf(moment, titles)}</strong>: {capabilityOf(moment)}
                <span className="quiet"> · {resultWords(moment)}</span>
              </summary>
              <MomentBody moment={moment} story={story} titles={titles} />
            </details>
          ))
        : first && <MomentBody moment={first} story={story} titles={titles} />}
    </div>
  );
}

function MomentBody({ moment, story, titles }: { readonly moment: MomentView; readonly story: StoryView; readonly titles: SystemTitles }): ReactElement {
  const zone = useZone();
  const reason = moment.kind === 'effect' || moment.kind === 'undo' ? reasonOf(moment, { zone, nowMs: moment.atMs }) : '';
  return (
    <>
      {reason !== '' && <p>Why: {reason}</p>}
      {moment.kind === 'decision' && <Origins moment={moment} story={story} titles={titles} />}
      {moment.tries !== undefined && moment.tries.length > 0 && <Tries tries={moment.tries} />}
      <Payloads moment={moment} story={story} />
      <Ids moment={moment} story={story} />
    </>
  );
}

function Origins({ moment, story, titles }: { readonly moment: MomentView; readonly story: StoryView; readonly titles: SystemTitles }): ReactElement {
  const zone = useZone();
  const origins = useMemo(() => originsOf(moment, story, { zone, nowMs: Date.parse(story.at) }, titles), [moment, story, zone, titles]);
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Judged on</th>
          <th scope="col">Which came from</th>
        </tr>
      </thead>
      <tbody>
        {origins.map(({ input, said, from }) => (
          <tr key={input}>
            <th scope="row">{input}</th>
            <td>
              {from.map((source) => (
                <Source key={source.words} source={source} />
              ))}
              {said.length > 0 && <Facts facts={said} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Source({ source: { words, moment } }: { readonly source: OriginSource }): ReactElement {
  if (moment === undefined) return <span className="order-origin">{words}</span>;
  return (
    <span className="order-origin">
      <button type="button" className="order-jump" onClick={() => showLine(moment)}>
        {words}
      </button>
    </span>
  );
}

function Tries({ tries }: { readonly tries: readonly Try[] }): ReactElement {
  const zone = useZone();
  return (
    <ol className="order-tries">
      {tryLines(tries).map(({ fromMs, toMs, count, words, note, bad }) => (
        <li key={fromMs + words} data-tone={bad ? 'bad' : 'plain'}>
          <span className="mono">{preciseTime(fromMs, zone)}</span>
          <span>
            <strong>{words}</strong>
            {count > 1 && `, ${count} times within ${spanWords(toMs - fromMs)}`}
            {note !== '' && <span className="quiet">: {note}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Payloads({ moment, story }: { readonly moment: MomentView; readonly story: StoryView }): ReactElement | null {
  const [input, output] = [unitsOf(moment, story, 'input'), unitsOf(moment, story, 'output')];
  switch (moment.kind) {
    case 'event':
      return <Shown label="What the event says" value={moment.detail.data} units={unitsOf(moment, story)} />;
    case 'decision':
      return (
        <>
          <Shown label={`What it came to, by version ${String(moment.detail.version ?? '?')} of ${moment.detail.decision}`} value={moment.detail.output} units={output} />
          <Shown label="What it was judged on" value={moment.detail.input} words={null} />
        </>
      );
    case 'query':
    case 'effect':
    case 'undo':
      return (
        <>
          <Shown label="What was asked" value={moment.detail.input} units={input} />
          {moment.detail.output !== undefined && (
            <Shown label="What was answered" value={moment.detail.output} words={fieldOf(moment.detail.output, 'value') ?? moment.detail.output} units={output} />
          )}
        </>
      );
    case 'wait':
    case 'sleep':
      return (
        <>
          <Shown label="What is waited for" value={moment.detail.input} />
          {moment.detail.output !== undefined && moment.detail.output !== null && <Shown label="What came" value={moment.detail.output} units={unitsOf(moment, story)} />}
        </>
      );
    case 'exception':
      return moment.detail.context === undefined ? null : <Shown label="What the case shows as evidence" value={moment.detail.context} units={unitsOf(moment, story)} />;
    case 'run':
      return null;
  }
}

/** Values that are told in words; all of them stand in what is recorded. */
const saidMax = 24;

/** Nobody in the plant says these. */
const ruleWords: ReadonlySet<string> = new Set(['episode', 'windowSamples', 'inReplyTo']);

/** A recorded value in words (or `words` of it), and as it is recorded. */
function Shown({ label, value, words = value, units }: { readonly label: string; readonly value: unknown; readonly words?: unknown; readonly units?: Units }): ReactElement {
  const zone = useZone();
  const said = saidOf(words, { zone, nowMs: Date.now() }, ruleWords, units).slice(0, saidMax);
  return (
    <div className="order-shown">
      <p className="order-label">{label}</p>
      {said.length > 0 && <Facts facts={said} />}
      <details>
        <summary>As recorded</summary>
        <Payload value={value} label={label} />
      </details>
    </div>
  );
}

function Ids({ moment, story }: { readonly moment: MomentView; readonly story: StoryView }): ReactElement {
  const { run, step, detail } = moment;
  const trace = useTraceId(story.key, moment);
  const flow = story.runs.find(({ id }) => id === run)?.flow;
  const keys = fieldsOf(fieldOf(detail, 'keys')).map(([name, value]) => `${kindWords(name)} ${String(value)}`);
  const exception = fieldOf(detail, 'exception');
  const message = messageOf(detail);
  const rows: readonly (readonly [string, ReactElement | string])[] = [
    ...(typeof exception === 'string'
      ? [
          [
            'Case',
            <Link key="case" to={`/exceptions/${encodeURIComponent(exception)}`}>
              {exception}
            </Link>,
          ] as const,
        ]
      : []),
    ...(message === undefined
      ? []
      : [
          [
            'Message',
            <Link key="message" to={`/exceptions/quarantine/${encodeURIComponent(message)}`}>
              in quarantine, as it came
            </Link>,
          ] as const,
        ]),
    ...(run === undefined || flow === undefined
      ? []
      : [
          [
            'Run',
            <Link key="run" to={`/flows/${encodeURIComponent(flow)}?run=${encodeURIComponent(run)}`}>
              {run}
            </Link>,
          ] as const,
        ]),
    ...(step === undefined ? [] : [['Step', step] as const]),
    ...wordsOf(detail, ['mode', 'revision', 'attempts', 'position', 'id', 'source', 'type', 'happened', 'by', 'due', 'release']),
    ...(keys.length === 0 ? [] : [['Keys', keys.join(', ')] as const]),
    ...(trace === undefined ? [] : [['Trace', trace] as const]),
  ];
  return (
    <dl className="order-ids">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <PlantText text={value} /> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The message in quarantine that a case is about, or that an event was before a person mended it. */
function messageOf(detail: object): string | undefined {
  const type = fieldOf(detail, 'type');
  const holder = type === 'event-quarantined' || type === 'event-unknown' ? fieldOf(detail, 'context') : fieldOf(detail, 'mended');
  const message = fieldOf(holder, 'message');
  return typeof message === 'string' ? message : undefined;
}

function wordsOf(detail: object, fields: readonly string[]): readonly (readonly [string, string])[] {
  return fields.flatMap((field) => {
    const value = fieldOf(detail, field);
    return typeof value === 'string' || typeof value === 'number' ? [[field.charAt(0).toUpperCase() + field.slice(1), String(value)] as const] : [];
  });
}

/** The trace that a moment belongs to, from its span. */
function useTraceId(key: string, { run, detail }: MomentView): string | undefined {
  const { data } = useHub<readonly SpanView[]>(`/api/trail/${encodeURIComponent(key)}/spans`);
  const position = fieldOf(detail, 'position');
  return data?.find(({ attributes }) => (run === undefined ? attributes['lineshaft.position'] === position && position !== undefined : attributes['lineshaft.run'] === run))
    ?.traceId;
}
