import { durationMs, isDuration } from '../../kernel/duration.ts';
import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

interface Wanted {
  readonly field: string;
  readonly holds: (value: unknown, definition: Definition) => boolean;
  readonly is: string;
  readonly help: string;
}

// One mailbox as RFC 5321 §4.1.2 has it, without its quoted forms. Without any, cases are seen in the console only.
const mail: Wanted = {
  field: 'mail',
  holds: (value) => typeof value === 'string' && (value === '' || /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(value)),
  is: 'no mail address',
  help: 'Give it one address, e.g. "planning@plant.example" (a distribution list for several people), or "" where nobody gets mail.',
};
const side: Wanted = {
  field: 'side',
  holds: (value) => value === 'it' || value === 'ot',
  is: 'neither "it" nor "ot"',
  help: 'Say whether the team belongs to IT ("it") or to the plant ("ot").',
};
const version: Wanted = {
  field: 'version',
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  is: 'no whole number from 1',
  help: 'Count versions from 1, and up by one with each change that those who use it can notice.',
};

const why: Wanted = {
  field: 'why',
  holds: (value) => value === undefined || (typeof value === 'string' && value.trim() !== ''),
  is: 'no reason',
  help: 'Say in a sentence why it works together in this way, or leave it out.',
};

const within: Wanted = {
  field: 'within',
  holds: (value) => value === undefined || isSpan(value),
  is: 'no duration above zero, and no limit that is one',
  help: 'Give it a duration such as "4h", or a limit, or leave it out.',
};
const whenLate: Wanted = {
  field: 'whenLate',
  holds: (value) => value === undefined || value === 'compensate' || value === 'tell',
  is: 'neither "compensate" nor "tell"',
  help: 'Say "compensate" where a run that is late is undone, "tell" where it goes on and its owner is told.',
};
/** What never is late needs nothing for it. */
const whenLateAlone: Wanted = {
  ...whenLate,
  holds: (value, definition) => !whenLate.holds(value, definition) || value === undefined || Reflect.get(definition, 'within') !== undefined,
  is: 'of no use without "within", since no run of it is ever late',
  help: 'Give it "within", a duration such as "4h" or a limit, or leave "whenLate" out.',
};

function isSpan(value: unknown): boolean {
  if (typeof value === 'string') return isDuration(value) && durationMs(value) > 0;
  return typeof value === 'object' && value !== null && Reflect.get(value, 'kind') === 'limit' && isSpan(Reflect.get(value, 'value'));
}

/** By kind. Landscapes may be written in JavaScript, or never have met a compiler: the types prove nothing here. */
const wanted: Readonly<Record<string, readonly Wanted[]>> = {
  owner: [mail, side],
  contract: [version, why],
  decision: [version],
  capability: [why],
  source: [why],
  output: [why],
  flow: [within, whenLate, whenLateAlone],
};

/** Values that are there and mean nothing: an owner whom no mail reaches, a version that counts nothing. */
export function valueFindings({ definitions }: Landscape): readonly Finding[] {
  return definitions.flatMap((definition) => (wanted[definition.kind] ?? []).flatMap((one) => foundAbout(definition, one) ?? []));
}

function foundAbout(definition: Definition, { field, holds, is, help }: Wanted): Finding | undefined {
  const value: unknown = Reflect.get(definition, field);
  if (holds(value, definition)) return undefined;
  return refuse(definition, `${field}-invalid`, `The ${nameOf(definition)} has ${JSON.stringify(value) ?? 'nothing'} as its "${field}": that is ${is}.`, help);
}
