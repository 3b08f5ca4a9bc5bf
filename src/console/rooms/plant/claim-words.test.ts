import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ClaimList } from './claim-card.tsx';
import { claimsOf } from './claim-words.ts';

const name = { edge: 'bremen/1', refused: [{ identity: '1f0e52c3-aaaa', starts: 2, first: '2026-11-02T08:00:00.000Z', last: '2026-11-02T09:00:00.000Z' }] };
const key = { edge: 'bremen/1', fingerprint: 'aaaa-bbbb', refused: ['cccc-dddd'] };

test('each that was refused says who it is, and what accepting it asks of the hub', () => {
  expect(claimsOf('bremen/1', name, key)).toMatchObject([
    { what: expect.stringContaining('Another edge (1f0e52c3, started 2 times)'), path: '/api/edges/bremen%2F1/name', order: { identity: '1f0e52c3-aaaa' } },
    { what: expect.stringContaining('(cccc-dddd)'), path: '/api/edges/bremen%2F1/signing-key', order: { fingerprint: 'cccc-dddd' } },
  ]);
  expect(claimsOf('bremen/1', { ...name, refused: [] }, undefined)).toEqual([]);
});

test('it is shown with a reason to give and a way to accept it, for who may act', () => {
  const shown = renderToStaticMarkup(createElement(ClaimList, { title: 'Refused', role: 'operator', claims: claimsOf('bremen/1', undefined, key), onAccepted: () => undefined }));
  const seen = renderToStaticMarkup(
    createElement(ClaimList, { title: '1 edge is refused', role: 'viewer', claims: claimsOf('bremen/1', undefined, key), onAccepted: () => undefined }),
  );
  expect(seen).toMatch(/1 edge is refused.*Your role is viewer.*signed with another key/);
  expect(seen).not.toContain('<button');
  expect(shown).toMatch(/Refused.*signed with another key \(cccc-dddd\).*Why, for the audit.*<input[^>]* required.*<button[^>]* disabled.*Accept this one/);
});
