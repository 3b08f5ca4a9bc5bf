import { expect, test } from 'vitest';
import { realPorts, recordedSink } from '../../test/recorded-sink.ts';
import { mqttKept } from './mqtt-kept.ts';

function session(isKeeping: boolean, place?: string) {
  const sink = recordedSink();
  return { sink, kept: mqttKept(['a', 'b'], isKeeping, sink, { ...realPorts('mqtt'), ...(place !== undefined && { earlier: { absences: new Map(), place } }) }) };
}

test('a session that the broker has kept lacks nothing, unless machines send at most once, which no broker keeps', () => {
  const [once, lossy] = [session(true), session(true)];
  once.kept.session(true);
  expect(once.sink.wholes).toEqual(['*']);
  lossy.kept.atMostOnce();
  const next = session(true, lossy.kept.place());
  next.kept.session(true);
  expect(next.sink.wholes).toEqual([]);
});

test('after a link that was down, each address is in doubt where the broker has lost the session', () => {
  const { sink, kept } = session(true);
  kept.session(false);
  expect(sink.absences).toEqual([]);
  kept.down();
  kept.session(true);
  expect(sink.absences).toEqual([]);
  kept.down();
  kept.session(false);
  expect(sink.absences.map(({ address }) => address)).toEqual(['a', 'b']);
});
