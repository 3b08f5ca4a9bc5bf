import { Option, type Command } from 'commander';
import type { SignInLinkView } from '../../api/sign-in.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

interface SignInOptions extends AccessOptions {
  readonly name: string;
  readonly role: string;
  readonly json: boolean;
}

export function signInCommand(program: Command): void {
  withAccess(program.command('sign-in').description('make a link that signs one person in to the console of a running hub, once, within ten minutes'))
    .addOption(new Option('--name <name>', 'who it is for, as the audit will name them').default('admin'))
    .addOption(new Option('--role <role>', 'what they may do').choices(['admin', 'operator', 'viewer']).default('admin'))
    .addOption(new Option('--json', 'print the link and when it ends as JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft sign-in\n  lineshaft sign-in --name anna --role operator --hub https://hub.example:7070')
    .action(async (options: SignInOptions) => {
      const { name, role } = options;
      // The hub's own answer, of its API's shape.
      const link = (await askHub(options, 'POST', '/api/sign-in-links', { name, role })) as SignInLinkView;
      process.stdout.write(options.json ? `${JSON.stringify(link)}\n` : `${link.url}\n`);
    });
}
