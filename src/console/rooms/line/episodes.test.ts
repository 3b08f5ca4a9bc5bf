import { expect, test } from 'vitest';
import type { EventView } from '../../../api/event-view.ts';
import { episodesOf } from './episodes.ts';

function event(time: string, keys: Readonly<Record<string, string>>, data: unknown): EventView {
  return { position: 1, id: `id-${time}`, source: '/edge/e/acme/line-1/packer-3', type: 't', time, received: time, keys, principal: 'edge', data };
}
const ms = (clock: string): number => Date.parse(`2026-11-22T${clock}Z`);

test('an episode is put together from the event that opens it and the one that closes it', () => {
  const window = { since: '2026-11-22T13:38:30Z', windowFrom: '2026-11-22T13:38:29Z', windowTo: '2026-11-22T13:38:33Z' };
  const detected = [
    event('2026-11-22T13:50:00Z', { asset: 'packer-3', episode: 'b' }, 'anything'),
    event('2026-11-22T13:38:33Z', { asset: 'packer-3', episode: 'a' }, window),
    event('2026-11-22T13:38:33Z', { asset: 'sealer', episode: 'c' }, window),
  ];
  const cleared = [event('2026-11-22T13:40:05Z', { asset: 'packer-3', episode: 'a' }, { at: '2026-11-22T13:40:00Z' })];
  expect(episodesOf('packer-3', detected, cleared)).toEqual([
    { id: 'a', sinceMs: ms('13:38:30'), firedMs: ms('13:38:33'), windowFromMs: ms('13:38:29'), windowToMs: ms('13:38:33'), clearedMs: ms('13:40:00') },
    { id: 'b', sinceMs: ms('13:50:00'), firedMs: ms('13:50:00'), windowFromMs: ms('13:50:00'), windowToMs: ms('13:50:00'), clearedMs: undefined },
  ]);
});

test('without a business key the source tells which machine it is', () => {
  const [one] = episodesOf('packer-3', [event('2026-11-22T13:38:33Z', {}, {})], []);
  expect(one?.id).toBe('id-2026-11-22T13:38:33Z');
  expect(episodesOf('packer', [event('2026-11-22T13:38:33Z', {}, {})], [])).toEqual([]);
});
