import { faultKinds } from '../src/kernel/errors.ts';

const retryWords = { helps: 'yes, by itself', useless: 'no', 'after a change': 'after a change' } as const;

/** docs/reference/faults.md as Markdown, from the one table of faults. */
export function faultReference(): string {
  const rows = Object.entries(faultKinds).map(([code, { status, retry, help }]) => `| \`${code}\` | ${status} | ${retryWords[retry]} | ${help.replaceAll('|', '\\|')} |`);
  return [
    '# Faults',
    '',
    'Everything expected that can go wrong has a code. It stands in API answers (`type` and `code` of an RFC 9457 problem), in messages of the',
    'command and in exceptions, always with what an operator can do. This page is made from `src/kernel/errors.ts` by `npm run reference`.',
    '',
    '| code | HTTP status | does trying again help | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
