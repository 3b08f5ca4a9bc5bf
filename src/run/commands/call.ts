import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';
import { jsonIn } from './json-option.ts';
import { wholeNumber } from './whole-number.ts';

interface CallOptions extends AccessOptions {
  readonly input: string;
  readonly as: string | undefined;
  readonly wait: string;
}

const waitMaxS = 60;
const unended = schema(Type.Object({ run: Type.String(), status: Type.Union([Type.Literal('active'), Type.Literal('queued'), Type.Literal('parked')]) }));

export function callCommand(program: Command): void {
  withAccess(program.command('call').description('ask for a capability: a query, or an action such as a command to a machine'))
    .argument('<capability>', 'its name, as the landscape declares it')
    .addOption(new Option('--input <json>', 'what it is asked with; @FILE reads a file').default('{}'))
    .addOption(new Option('--as <key>', 'idempotency key of an action: the same for every try of one request (default: a new one, which is printed)'))
    .addOption(new Option('--wait <seconds>', 'how long to wait for the end, at most 60').default('30'))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft call line.change-speed --input \'{"line":"packer-1","speed":90,"reason":"film change"}\'\n  lineshaft call open-customer-orders --input @orders.json\n\nWhat is refused is told with its reason, exit code 5.',
    )
    .action(async (capability: string, { input, as = randomUUID(), wait, ...access }: CallOptions) => {
      const seconds = wholeNumber('--wait', wait, waitMaxS);
      process.stderr.write(`Asked as ${as}\n`);
      const answer = await askHub(access, 'POST', `/api/capabilities/${encodeURIComponent(capability)}`, await jsonIn('--input', input), {
        'idempotency-key': as,
        prefer: `wait=${seconds}`,
      });
      process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      if (unended.check(answer))
        process.stderr.write(`It has not ended after ${seconds} s. What it waits for: lineshaft run ${answer.run}; what somebody has to do first: lineshaft exceptions\n`);
    });
}
