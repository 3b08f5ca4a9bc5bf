import { Option, type Command } from 'commander';
import { durationMs } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import { chainStart } from '../../kernel/hash-chain.ts';
import { verification, type Verdict, type Verification } from '../../engine/proofs/verification.ts';
import { numberText } from '../../kernel/number-text.ts';
import { bytesOf, textLines } from '../text-lines.ts';
import { exitCodes, type ExitName } from './failure.ts';

interface VerifyOptions {
  readonly ledger: readonly string[];
  readonly seal: string | undefined;
  readonly edgeKey: readonly string[];
  readonly skew: string;
  readonly json: boolean;
}

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .argument('<file>', 'a proof that "lineshaft prove" made; - for standard input')
    .description("check an effect proof without a hub: its chain, every effect's story, and other systems' books")
    .addOption(
      new Option(
        '--ledger <name=place>',
        "a system's books, as a file or http(s) address: JSON, one entry a line, or one array (docs/guide/proof.md tells its fields); may be given more than once",
      )
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(
      new Option(
        '--edge-key <name=fingerprint>',
        'the key that this edge signs with, as "lineshaft edge-key show" tells it: every event of it has to be signed with it; may be given more than once',
      )
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--seal <hash>', 'the seal that "lineshaft prove" told'))
    .addOption(new Option('--skew <duration>', 'how far the clocks of hub and systems may be apart').default('5s'))
    .addOption(new Option('--json', 'print the verdict as JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft verify PO-4711.ndjson\n  lineshaft verify PO-4711.ndjson --ledger erp=erp.ndjson --ledger tms=tms.json\n\nExit codes: 0 it holds, 1 it does not, 2 wrong use, 3 something cannot be reached, 6 not judged: nothing speaks against it, and some of the books could not be read.',
    )
    .action(async (file: string, options: VerifyOptions) => {
      const { seal } = options;
      if (seal !== undefined && !/^[0-9a-f]{64}$/.test(seal)) throw new Fault('COMMAND_INVALID', '--seal is no seal: 64 hex digits, as "lineshaft prove" tells it.');
      const check = verification({ seal, skewMs: durationMs(options.skew), edgeKeys: new Map(options.edgeKey.map(edgeKeyIn)) });
      for await (const line of textLines(await bytesOf(file), file)) check.line(line);
      check.close();
      const { seal: last, lines } = check.standing();
      if (last === chainStart) throw noProof(file, lines);
      for (const ledger of options.ledger) await compare(check, ledger);
      const verdict = check.verdict();
      process.stdout.write(options.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : verdictText(verdict));
      process.exitCode = exitCodes[exits[verdict.outcome]];
    });
}

const exits = { holds: 'fine', 'does-not-hold': 'findings or a failed verdict', 'not-judged': 'not judged' } as const satisfies Record<Verdict['outcome'], ExitName>;

/** Raises COMMAND_INVALID. */
function edgeKeyIn(given: string): readonly [edge: string, fingerprint: string] {
  const [, edge, fingerprint] = /^([^=]+)=([0-9a-f]{4}(?:-[0-9a-f]{4}){7})$/.exec(given) ?? [];
  if (edge === undefined || fingerprint === undefined)
    throw new Fault('COMMAND_INVALID', `--edge-key is "${given}"; give NAME=FINGERPRINT, as "lineshaft edge-key show NAME" tells it.`);
  return [edge, fingerprint];
}

function noProof(file: string, lines: number): Fault {
  const name = file === '-' ? 'Standard input' : file;
  const why = lines === 0 ? 'it is empty' : lines === 1 ? 'its line is no entry of one' : `none of its ${numberText(lines)} lines is an entry of one`;
  const looks = 'what "lineshaft prove KEY" writes: a JSON object a line, each with "n", "previous" and "hash", the first of the kind "head"';
  return new Fault('COMMAND_INVALID', `${name} is no proof: ${why}. A proof is ${looks}.`, { file });
}

/** Characters of books that are one JSON array, which must be held as a whole. */
const arrayMax = 256 * 1024 * 1024;

async function compare(check: Verification, given: string): Promise<void> {
  const [, system, place = given] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/s.exec(given) ?? [];
  if (system !== undefined) check.opened(system);
  let array: string[] | undefined;
  let held = 0;
  for await (const line of textLines(await bytesOf(place), place)) {
    if (line.trim() === '') continue;
    if (!array && held === 0 && line.trimStart().startsWith('[')) array = [];
    held += line.length;
    if (array && held > arrayMax) throw new Fault('TOO_LARGE', `${place} is one array of more than ${arrayMax} characters. Write it as one entry a line.`);
    if (array) array.push(line);
    else check.book(system, jsonOf(line));
  }
  if (!array) return;
  const entries = jsonOf(array.join('\n'));
  for (const entry of Array.isArray(entries) ? entries : [entries]) check.book(system, entry);
}

/** Undefined, which is no entry, for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function verdictText(verdict: Verdict): string {
  const { head, counts, findings } = verdict;
  const lines = head ? [`Proof of ${head.key}, made by ${head.hub} at ${head.at} (release ${head.release}, Lineshaft ${head.lineshaft})`, `From ${head.from} to ${head.to}`] : [];
  const kinds = Object.entries(counts).flatMap(([kind, count]) => (kind === 'head' || count === 0 ? [] : [`${numberText(count)} ${kind}${count === 1 ? '' : 's'}`]));
  if (kinds.length > 0) lines.push(kinds.join(', '));
  const ends = Object.entries(verdict.effects).map(([status, count]) => `${numberText(count)} ${status}`);
  if (ends.length > 0) lines.push(`Effects: ${ends.join(', ')}`);
  for (const [edge, { events, fingerprints }] of Object.entries(verdict.signed))
    lines.push(`Signed by the edge ${edge}: ${numberText(events)} event${events === 1 ? '' : 's'}, with ${fingerprints.join(', ')}`);
  for (const [system, count] of Object.entries(verdict.books)) lines.push(`Books of ${system}: ${numberText(count)} entr${count === 1 ? 'y' : 'ies'} compared`);
  if (verdict.notCompared.length > 0) lines.push(`Not compared, for want of books to read: ${verdict.notCompared.join(', ')}`);
  lines.push(`Seal ${verdict.seal}`, '');
  for (const { severity, code, line, system, effect, message } of findings) {
    const place = [line === undefined ? undefined : `line ${line}`, system, effect].filter((part) => part !== undefined).join(', ');
    lines.push(`${severityWords[severity]}  ${code}${place === '' ? '' : `  (${place})`}`, `  ${message}`);
  }
  lines.push(outcomeWords(verdict));
  return `${lines.join('\n')}\n`;
}

const severityWords: Readonly<Record<Verdict['findings'][number]['severity'], string>> = { finding: 'NOT SO', unjudged: 'NOT JUDGED', note: 'note' };

function outcomeWords({ outcome, findingCount }: Verdict): string {
  switch (outcome) {
    case 'holds':
      return 'It holds.';
    case 'does-not-hold':
      return `It does not hold: ${findingCount} finding${findingCount === 1 ? '' : 's'}.`;
    case 'not-judged':
      return 'It is not judged in full: nothing that could be read speaks against it, and some of the books could not be read.';
  }
}
