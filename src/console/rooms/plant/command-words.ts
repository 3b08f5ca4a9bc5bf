// What became of a command to a machine, in words.
import type { CommandView } from '../../../api/machine-commands.ts';
import { countWords, exactWords, unitWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';

/** Which commands are listed. */
export type CommandChoice = 'all' | 'refused' | 'open';

const words: Readonly<Record<CommandView['status'], string>> = {
  open: 'waits for the edge',
  sent: 'under way',
  unknown: 'being looked at',
  parked: 'a person decides',
  done: 'confirmed',
  refused: 'refused',
  expired: 'not sent in time',
  cancelled: 'let go',
};

const refusedStatuses: readonly CommandView['status'][] = ['refused', 'expired', 'cancelled'];

export function statusWords({ status }: Pick<CommandView, 'status'>): string {
  return words[status];
}

/** The word of the look that fits: one that waits for a person is not one that merely waits. */
export function lookOf({ status }: Pick<CommandView, 'status'>): string {
  return status === 'open' ? 'waiting' : status;
}

export function chosen(commands: readonly CommandView[], choice: CommandChoice): readonly CommandView[] {
  if (choice === 'all') return commands;
  if (choice === 'refused') return commands.filter(({ status }) => refusedStatuses.includes(status));
  return commands.filter(({ status }) => status !== 'done' && !refusedStatuses.includes(status));
}

/** `8 commands: 5 confirmed, 2 refused, 1 not ended.` */
export function commandsSay(commands: readonly CommandView[], max: number): string {
  if (commands.length === 0)
    return 'Nothing was asked of the machines behind this edge. What may be written, under which conditions, the landscape says; the plant switches it on.';
  const [refused, open] = [chosen(commands, 'refused').length, chosen(commands, 'open').length];
  const confirmed = commands.length - refused - open;
  const parts = [confirmed > 0 && `${confirmed} confirmed`, refused > 0 && `${refused} not carried out`, open > 0 && `${open} not ended`].filter((part) => part !== false);
  return `${commands.length >= max ? `The newest ${max} commands` : countWords(commands.length, 'command')}: ${parts.join(', ')}.`;
}

/** A value with its unit, in the signal's type. */
export function valueWords(value: CommandView['value'], unit: string | undefined): string {
  if (value === undefined) return 'a value that is not known';
  if (typeof value === 'number') return `${exactWords(value)} ${unitWords(unit ?? '1', value)}`.trimEnd();
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
}

/** What came of it, as a sentence. */
export function cameOf({ status, refusal, note, before, readBack, readBackAt, asked, unit }: CommandView): string {
  if (refusal) return refusal.reason;
  if (readBack !== undefined) {
    const after = asked !== undefined && readBackAt !== undefined ? ` ${spanWords(Math.max(0, Date.parse(readBackAt) - Date.parse(asked)))} after it was asked for` : '';
    const earlier = before === undefined ? '' : `; before it said ${valueWords(before, unit)}`;
    return `Read back${after}: the machine says ${valueWords(readBack, unit)}${earlier}.`;
  }
  if (note !== undefined && note !== '') return note;
  if (status === 'open') return 'The edge has not come for it yet.';
  if (status === 'sent') return 'The edge has it; nothing was read back yet.';
  if (status === 'expired') return 'Its time was over before it could be sent; it is not sent later.';
  return status === 'cancelled' ? 'A person let it go.' : 'Nothing more is known of it.';
}
