import { expect, test } from 'vitest';
import { tcpPlace } from './tcp-place.ts';

test.each([
  ['s7://10.0.0.7', { hostname: '10.0.0.7', port: 102, text: '10.0.0.7:102' }],
  ['s7://press.plant.example:1102', { hostname: 'press.plant.example', port: 1_102, text: 'press.plant.example:1102' }],
  ['s7://[fd00::7]', { hostname: 'fd00::7', port: 102, text: '[fd00::7]:102' }],
])('%s leads where a socket takes it, and is told as people write it', (url, place) => {
  expect(tcpPlace(url, 's7://HOST:PORT', 102, 'press-7')).toEqual(place);
});
