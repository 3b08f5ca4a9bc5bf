import type { Answer, Effort, Peer, Question, Side } from './question.ts';

/** Every run of a question, ours and its peers in turn. */
export interface Comparison {
  readonly question: Question;
  readonly ours: readonly Answer[];
  readonly peers: readonly { readonly peer: Peer; readonly answers: readonly Answer[] }[];
  /** Peers that could not be installed or run, with the reason. */
  readonly absent: readonly string[];
}

/** Plays a question: ours, peer, peer, ours, peer, peer …, so that what else the machine does meets all of them alike. */
export async function compare(question: Question, runs: number, effort: Effort, say: (line: string) => void): Promise<Comparison> {
  const absent: string[] = [];
  const present: { readonly peer: Peer; readonly answers: Answer[] }[] = [];
  for (const peer of question.peers) {
    try {
      await peer.install();
      present.push({ peer, answers: [] });
    } catch (error) {
      absent.push(`${peer.name}: ${reasonOf(error)}`);
      say(`${question.id}  ${peer.name} is left out: ${reasonOf(error)}`);
    }
  }
  const ours: Answer[] = [];
  for (let run = 1; run <= runs; run += 1) {
    ours.push(await play(question, question.ours, run, effort, say));
    for (const { peer, answers } of present) {
      if (answers.length < run - 1) continue;
      try {
        answers.push(await play(question, peer, run, effort, say));
      } catch (error) {
        absent.push(`${peer.name}: ${reasonOf(error)}`);
        say(`${question.id}  ${peer.name} failed and is left out: ${reasonOf(error)}`);
      }
    }
  }
  return { question, ours, peers: present.filter(({ answers }) => answers.length === runs), absent };
}

async function play(question: Question, side: Side, run: number, effort: Effort, say: (line: string) => void): Promise<Answer> {
  const answer = await side.run(effort);
  const figures = question.figures.flatMap(({ name, unit }) => (answer.values[name] === undefined ? [] : `${answer.values[name].toFixed(2)} ${unit}`));
  say(`${question.id}  run ${run}  ${side.name.padEnd(10)} ${figures.join('  ')}${answer.cpuMs === undefined ? '' : `  ${answer.cpuMs.toFixed(2)} ms CPU each`}`);
  return answer;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message.trim().split('\n').slice(-3).join(' ').slice(0, 300)})` : '';
  return `${error.message.slice(0, 500)}${cause}`;
}
