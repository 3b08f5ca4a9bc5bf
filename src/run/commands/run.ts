import { Argument, Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { wordsMissing } from '../../engine/operations/why.ts';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';
import { jsonIn } from './json-option.ts';

const run = Type.Object({
  id: Type.String(),
  flow: Type.String(),
  key: Type.String(),
  status: Type.String(),
  release: Type.String(),
  reason: Type.Optional(Type.String()),
  refused: Type.Optional(Type.Object({ text: Type.String() })),
  deadline: Type.Optional(Type.String()),
  version: Type.String(),
  actions: Type.Array(Type.String()),
});
const runShape = schema(run);
const detail = Type.Object({
  ...run.properties,
  stuck: Type.Array(Type.String()),
  steps: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), status: Type.String() })),
  deeds: Type.Array(Type.Object({ at: Type.String(), by: Type.String(), action: Type.String(), details: Type.Unknown() })),
});
const detailShape = schema(detail);

interface RunOptions extends AccessOptions {
  readonly json: boolean;
  readonly reason: string;
  readonly step: string | undefined;
  readonly input: string | undefined;
  readonly result: string | undefined;
  readonly value: string | undefined;
  readonly checked: boolean;
  readonly onCurrentRelease: boolean;
  readonly seen: string | undefined;
}

const help = `
Examples:
  lineshaft run show packaging-bottleneck:3f2a…
  lineshaft run retry packaging-bottleneck:3f2a…
  lineshaft run edit packaging-bottleneck:3f2a… --input '{"order":"PO-4711","quantity":900}' --reason "fewer"
  lineshaft run skip packaging-bottleneck:3f2a… --step work.request#1 --reason "called them"
  lineshaft run cancel packaging-bottleneck:3f2a… --reason "the order was withdrawn"

retry   goes on from the step that failed; what was done is not done again
edit    asks for something else in a parked or refused step (--input), or gives the system's answer (--result)
skip    lets a step go; its flow gets --value, else: a post goes on, an attempt gets the refusal SKIPPED, a call throws Skipped;
        a call whose refusal ended its run needs --value
cancel  undoes what was done, last first, and ends the run

Somebody who was faster: exit code 5, and what they did.`;

export function runCommand(program: Command): void {
  withAccess(program.command('run').description('show a run, or act on one that cannot go on by itself'))
    .addArgument(new Argument('<action>', 'what to do').choices(['show', 'retry', 'edit', 'skip', 'cancel']))
    .argument('<run>', 'the run, as "lineshaft runs" names it')
    .addOption(new Option('--reason <text>', 'why, in plain words: it stands in the audit and in the story; retry needs none').default(''))
    .addOption(new Option('--step <id>', 'the step, where more than one waits'))
    .addOption(new Option('--input <json>', 'for edit: what to ask for instead; @FILE reads a file'))
    .addOption(new Option('--result <json>', 'for edit: what the system would have answered; @FILE reads a file'))
    .addOption(new Option('--value <json>', 'for skip: what the flow gets instead; @FILE reads a file'))
    .addOption(new Option('--checked', 'I have looked in the system: what is in doubt was not done').default(false))
    .addOption(new Option('--on-current-release', 'go on with the release that the hub has, where that takes the steps that the run took').default(false))
    .addOption(new Option('--seen <version>', 'how the run stood when you looked (default: now)'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', help)
    .action(act);
}

async function act(action: string, id: string, options: RunOptions): Promise<void> {
  const missing = wordsMissing(action, options.reason, '--reason "…"');
  if (missing !== undefined) throw new Fault('COMMAND_INVALID', missing);
  const path = `/api/runs/${encodeURIComponent(id)}`;
  const shown = await askHub(options, 'GET', path);
  if (action === 'show') {
    process.stdout.write(options.json ? `${JSON.stringify(shown, undefined, 2)}\n` : detailText(parse(detailShape, shown, "The hub's answer")));
    return;
  }
  const { version } = parse(runShape, shown, "The hub's answer");
  const given = {
    ...(options.step !== undefined && { step: options.step }),
    ...(options.checked && { checked: true }),
    ...(options.onCurrentRelease && { onCurrentRelease: true }),
    ...(action === 'edit' && options.input !== undefined && { input: await jsonIn('--input', options.input) }),
    ...(action === 'edit' && options.result !== undefined && { result: await jsonIn('--result', options.result) }),
    ...(action === 'skip' && options.value !== undefined && { value: await jsonIn('--value', options.value) }),
  };
  const answer = await askHub(options, 'POST', `${path}/${action}`, { version: options.seen ?? version, reason: options.reason, ...given });
  process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : lineText(parse(runShape, answer, "The hub's answer")));
}

function lineText({ id, status, key, refused, reason = refused?.text, actions }: Static<typeof run>): string {
  return `${id}  ${refused ? 'refused' : status}  ${key}${reason === undefined ? '' : `\n  ${reason}`}${actions.length === 0 ? '' : `\n  can: ${actions.join(', ')}`}\n`;
}

function detailText(shown: Static<typeof detail>): string {
  const steps = shown.steps.map(({ id, kind, status }) => `  ${shown.stuck.includes(id) ? '!' : ' '} ${status.padEnd(10)} ${kind.padEnd(10)} ${id}\n`).join('');
  const deeds = shown.deeds.map(({ at, by, action, details }) => `  ${at}  ${by}: ${action} ${JSON.stringify(details)}\n`).join('');
  const due = shown.deadline === undefined ? '' : `  has to be over by ${shown.deadline}\n`;
  return `${lineText(shown)}${due}  release ${shown.release}, version ${shown.version}\n\n${steps}${deeds === '' ? '' : `\n${deeds}`}`;
}
