import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exitReference } from '../../scripts/exit-reference.ts';
import { faultReference } from '../../scripts/fault-reference.ts';
import { faultKinds } from '../../src/kernel/errors.ts';

const pageOf = (name: string): string => readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'reference', name), 'utf8').replaceAll('\r\n', '\n');
const page = pageOf('faults.md');

test('the reference names every fault code, and no other', () => {
  const named = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(named).toEqual(Object.keys(faultKinds));
});

test('the reference is what "npm run reference" writes', () => {
  expect(page).toBe(faultReference());
  expect(pageOf('exit-codes.md')).toBe(exitReference());
});
