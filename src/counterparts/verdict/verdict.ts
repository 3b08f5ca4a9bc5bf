// The verdict on a play, from nothing but the seed and what the systems say was really done.
import { appointmentRows } from './appointment-rows.ts';
import { conductRows } from './conduct-rows.ts';
import { expectationOf, type PlayFacts } from './expectation.ts';
import { helpRows } from './help-rows.ts';
import { needRows } from './need-rows.ts';
import { orderRows } from './order-rows.ts';
import { receiptRows } from './receipt-rows.ts';
import { releaseRows } from './release-rows.ts';
import type { Row } from './row.ts';
import type { Testimony } from './testimony.ts';

/** A row per question, in the order in which a person would ask. */
export function verdictOn(facts: PlayFacts, testimony: Testimony): readonly Row[] {
  const expectation = expectationOf(facts, testimony);
  return [orderRows, receiptRows, appointmentRows, needRows, helpRows, releaseRows, conductRows].flatMap((rows) => rows(expectation, testimony));
}
