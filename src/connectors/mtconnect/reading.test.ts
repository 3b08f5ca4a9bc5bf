import { expect, test } from 'vitest';
import { recordedSink } from '../../../test/recorded-sink.ts';
import { realClock } from '../../run/real-clock.ts';
import { mtconnectAddress } from './address.ts';
import { Reading } from './reading.ts';

const address = 'mill-3/x1';
const sinceMs = Date.parse('2026-09-22T08:00:00Z');
const header = { instanceId: '7', createdMs: sinceMs, modelChanged: '', nextSequence: 12, firstSequence: 1, lastSequence: 11, bufferSize: 64 };

test.each(['at most once', '{"node":"PackLine 4"}', '{'])('a place that a connector left which the source had before is none of an agent: %s', (place) => {
  const sink = recordedSink();
  const absences = new Map([[address, { address, sinceMs, reason: 'the edge was away', isOfEnd: true }]]);
  const reading = new Reading([mtconnectAddress(address)], sink, realClock, { absences, place });
  expect(reading.isOf(header)).toBe(false);
  reading.begin({ header, observations: [] }, reading.reasonAt(header));
  expect(sink.absences).toEqual([{ address, sinceMs, reason: 'it is not known up to where the agent was heard before' }]);
});
