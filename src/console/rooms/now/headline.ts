// The one sentence that the room begins with, and what else is to be said.
import { countWords } from '../../words/number.ts';

/** Systems that have what they were last asked for about a key, and those that do not yet. */
export interface Told {
  readonly done: number;
  readonly open: number;
}

export interface HeadlineFacts {
  readonly systems: readonly { readonly title: string; readonly mode: string; readonly waiting: number }[];
  /** Names of those that cannot be heard. */
  readonly silentEdges: readonly string[];
  /** There are lines, but no edge was heard since the hub began. */
  readonly plantUnheard: boolean;
  /** Machines of which a rule says that something is wrong; `key` is the order that it is about, where one is known. */
  readonly wrong: readonly { readonly title: string; readonly what: string; readonly key?: string | undefined; readonly told?: Told | undefined }[];
  readonly lines: number;
  readonly linesAtTarget: number;
  /** Unresolved cases; `owner` where all have the same. */
  readonly cases: { readonly count: number; readonly overdue: number; readonly owner: string | undefined };
  readonly parkedRuns: number;
}

export interface Headline {
  readonly tone: 'ok' | 'waiting' | 'bad';
  readonly lead: string;
  /** What else is so, most important first. */
  readonly rest: readonly string[];
}

/** The most important thing first; everything in plain words. */
export function headlineOf(facts: HeadlineFacts): Headline {
  const { cases } = facts;
  const down = facts.systems.filter(({ mode }) => mode === 'down' || mode === 'probing');
  const slow = slowWords(facts);
  const said: { readonly tone: 'bad' | 'waiting'; readonly words: string }[] = [];
  if (facts.silentEdges.length > 0) said.push({ tone: 'bad', words: silentWords(facts.silentEdges) });
  if (facts.plantUnheard) said.push({ tone: 'waiting', words: 'Nothing is heard from the plant yet.' });
  if (down.length > 0) said.push({ tone: 'bad', words: downWords(down) });
  if (cases.overdue > 0) said.push({ tone: 'bad', words: `${upper(countOf(cases.overdue, 'case is', 'cases are'))} overdue.` });
  if (slow !== undefined) said.push({ tone: cases.count > 0 ? 'bad' : 'waiting', words: slow });
  // Where a machine is told without its case, the case is told by itself.
  if (cases.count > cases.overdue && (slow === undefined || cases.overdue > 0)) {
    said.push({ tone: 'waiting', words: `${upper(countOf(cases.count - cases.overdue, 'case waits', 'cases wait'))} for ${ownerWords(cases.owner)}.` });
  }
  if (facts.parkedRuns > 0)
    said.push({ tone: 'bad', words: `${upper(countOf(facts.parkedRuns, 'run is', 'runs are'))} parked and ${facts.parkedRuns === 1 ? 'waits' : 'wait'} for a person.` });
  for (const { title, waiting } of facts.systems.filter(({ mode }) => mode === 'paused')) {
    said.push({
      tone: 'waiting',
      words: `${upper(nounOf(title))} asked for a pause${waiting > 0 ? `; ${countWords(waiting, 'change')} ${waiting === 1 ? 'waits' : 'wait'}, in order` : ''}.`,
    });
  }
  const [first, ...rest] = said;
  const others = down.length > 0 || facts.silentEdges.length > 0 || facts.plantUnheard || facts.wrong.length > 0 || rest.length > 0 ? [] : ['Everything else is in step.'];
  return first
    ? { tone: first.tone, lead: first.words, rest: [...rest.map(({ words }) => words), ...toldWords(facts), ...others] }
    : { tone: 'ok', lead: allWell(facts), rest: [reachWords(facts)] };
}

function reachWords({ systems, linesAtTarget, lines }: HeadlineFacts): string {
  const reached = `${countWords(systems.length, 'system')} ${systems.length === 1 ? 'answers' : 'answer'}`;
  return lines === 0 ? `${reached}.` : `${reached}, ${linesAtTarget} of ${countWords(lines, 'line')} as planned.`;
}

/** How far a new plan has come. */
function toldWords({ wrong }: HeadlineFacts): readonly string[] {
  const told = wrong.length === 1 ? wrong[0]?.told : undefined;
  if (!told || told.done + told.open === 0) return [];
  const rest = told.open === 0 ? '' : `, ${told.open} ${told.open === 1 ? 'has' : 'have'} yet to take it`;
  return [`${countWords(told.done, 'system')} took the new plan${rest}.`];
}

function allWell({ systems }: HeadlineFacts): string {
  const waiting = systems.reduce((sum, system) => sum + system.waiting, 0);
  return waiting === 0 ? 'All systems are in step.' : `All systems answer; ${countWords(waiting, 'change')} ${waiting === 1 ? 'is' : 'are'} on the way.`;
}

function silentWords(edges: readonly string[]): string {
  const [first = ''] = edges;
  return edges.length === 1
    ? `Nothing is heard from ${first}; what it holds comes when it is back.`
    : `Nothing is heard from ${countWords(edges.length, 'edge')}; what they hold comes when they are back.`;
}

function downWords(down: HeadlineFacts['systems']): string {
  const waiting = down.reduce((sum, system) => sum + system.waiting, 0);
  const who = down.length <= 2 ? upper(down.map(({ title }) => nounOf(title)).join(' and ')) : upper(countOf(down.length, 'system', 'systems'));
  const waits = waiting === 0 ? 'nothing waits' : `${countWords(waiting, 'change')} ${waiting === 1 ? 'waits' : 'wait'}`;
  return `${who} ${down.length === 1 ? 'is' : 'are'} down; ${waits} for ${down.length === 1 ? 'it' : 'them'}${waiting === 0 ? '' : ', in order'}.`;
}

function slowWords({ wrong, cases }: HeadlineFacts): string | undefined {
  const [first] = wrong;
  if (!first) return undefined;
  const what = first.what === 'slow' ? `${first.title} is slow` : `${first.title}’s ${first.what}`;
  if (wrong.length > 1) return `${upper(countOf(wrong.length, 'machine needs', 'machines need'))} a look${caseTail(cases)}.`;
  if (first.key === undefined || !first.told) return `${what}${caseTail(cases)}.`;
  const { done, open } = first.told;
  const plan = `${first.key} ${done === 0 ? 'is being looked at' : open === 0 ? 'was replanned' : 'is being replanned'}`;
  return `${what}: ${plan}${caseTail(cases)}.`;
}

function caseTail({ count, overdue, owner }: HeadlineFacts['cases']): string {
  return count === 0 || overdue > 0 ? '' : `; ${countOf(count, 'case waits', 'cases wait')} for ${ownerWords(owner)}`;
}

function ownerWords(owner: string | undefined): string {
  return owner === undefined ? 'their owners' : nounOf(owner).replace(/^the /, '');
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

function countOf(count: number, one: string, many: string): string {
  return `${words[count] ?? String(count)} ${count === 1 ? one : many}`;
}

/** `Transport service` within a sentence is `the transport service`; names and abbreviations stay as they are. */
export function nounOf(title: string): string {
  return /^\p{Lu}\p{Ll}+(?: \p{Ll}+)*$/u.test(title) ? `the ${title.slice(0, 1).toLowerCase()}${title.slice(1)}` : title;
}

function upper(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
