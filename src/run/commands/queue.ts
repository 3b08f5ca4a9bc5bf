import { Argument, Option, type Command } from 'commander';
import { parse } from '../../kernel/schema.ts';
import { askHub, withAccess } from './hub-access.ts';
import { lineOf, named, queueList, queueShape, reasonIn, tell, type SystemOptions } from './system-order.ts';

export function queueCommand(program: Command): void {
  withAccess(program.command('queue').description('show what waits for the systems; pause and resume it'))
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'pause', 'resume']).default('list'))
    .argument('[system]', 'whose queue')
    .addOption(new Option('--reason <text>', 'why: it is kept in the audit'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft queue\n  lineshaft queue pause tms --reason "new release of the carrier portal"\n  lineshaft queue resume tms --reason "it is up again"',
    )
    .action(act);
}

async function act(action: string, system: string | undefined, options: SystemOptions): Promise<void> {
  if (action === 'list') {
    const answer = await askHub(options, 'GET', '/api/queues');
    tell(options, answer, () => parse(queueList, answer, "The hub's answer").map(lineOf).join('\n'));
    return;
  }
  const answer = await askHub(options, 'POST', `/api/queues/${encodeURIComponent(named(system, `queue ${action}`))}/${action}`, { reason: reasonIn(options, `queue ${action}`) });
  tell(options, answer, () => lineOf(parse(queueShape, answer, "The hub's answer")));
}
