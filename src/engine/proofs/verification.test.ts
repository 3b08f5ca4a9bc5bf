import { describe, expect, test } from 'vitest';
import { chain } from '../../kernel/hash-chain.ts';
import { verification } from './verification.ts';

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1_000).toISOString();
const run = 'restock:00112233aabbccdd';
const none = '0'.repeat(64);

type Try = readonly [second: number, what: string, more?: object];

function effect(step: string, tries: readonly Try[], over: object = {}) {
  return {
    kind: 'effect',
    key: `${run}/${step}`,
    run,
    step,
    capability: 'order.place',
    system: 'erp',
    entity: 'PO-1',
    revision: 1,
    order: 1,
    mode: 'call',
    guarantee: { kind: 'read-back', settlesWithinMs: 5_000, conditional: false, confirms: false },
    intended: at(0),
    intent: { order: 'PO-1' },
    status: 'done',
    ended: at(30),
    attempts: tries.filter(([, what]) => what === 'sent').length,
    tries: tries.map(([second, what, more]) => ({ at: at(second), what, ...more })),
    answer: { ok: true, value: {} },
    ...over,
  };
}

const cause = [
  { kind: 'event', position: 7, id: 'e1', source: '/s', type: 'stock.low.v1', happened: at(0), received: at(0), keys: { order: 'PO-1' }, principal: 'edge', data: none },
  { kind: 'run', id: run, flow: 'restock', key: 'PO-1', event: 7, release: 'r1', protocol: 1, status: 'done', started: at(0), ended: at(30) },
];
const plain = effect('place#1', [
  [0, 'sent'],
  [1, 'answered'],
]);

function proof(bodies: readonly object[], over: object = {}): string[] {
  const links = chain();
  const head = {
    kind: 'head',
    format: 'lineshaft-proof',
    version: 1,
    key: 'PO-1',
    hub: 'hub',
    lineshaft: '0.1.0',
    release: 'r1',
    at: at(60),
    from: at(0),
    to: at(30),
    complete: true,
  };
  return [{ ...head, entries: bodies.length, ...over }, ...bodies].map((body) => links.add(body));
}

function verdict(lines: readonly string[], books: Readonly<Record<string, readonly object[]>> = {}, seal?: string) {
  const check = verification({ seal, skewMs: 1_000 });
  for (const line of lines) check.line(line);
  check.close();
  for (const [system, entries] of Object.entries(books)) {
    check.opened(system);
    for (const entry of entries) check.book(system, entry);
  }
  return check.verdict();
}

const codes = (...args: Parameters<typeof verdict>): string[] => verdict(...args).findings.flatMap(({ severity, code }) => (severity === 'finding' ? [code] : []));

describe('the file', () => {
  const whole = proof([...cause, plain]);
  const changed = (index: number, from: string, to: string): string[] => whole.with(index, (whole[index] ?? '').replace(from, to));

  test('holds as it was made', () => {
    expect(verdict(whole)).toMatchObject({ holds: true, lines: 4, counts: { head: 1, event: 1, run: 1, effect: 1 }, effects: { done: 1 }, findings: [] });
  });

  test.each([
    ['a changed byte', changed(2, '"restock"', '"restocK"'), ['LINE_CHANGED']],
    ['a blank that changes nothing', changed(2, ',"flow"', ', "flow"'), ['LINE_CHANGED']],
    ['a changed byte of the head', changed(0, 'PO-1', 'PO-2'), ['LINE_CHANGED']],
    ['a changed hash', changed(3, '"hash":"', '"hash":"0'), ['LINE_CHANGED']],
    ['an entry taken out', whole.toSpliced(1, 1), ['CAUSE_MISSING', 'ENTRY_MISSING']],
    ['two entries swapped', [whole[0] ?? '', whole[2] ?? '', whole[1] ?? '', whole[3] ?? ''], ['CAUSE_MISSING', 'ENTRY_MOVED']],
    ['an entry put in twice', whole.toSpliced(2, 0, whole[1] ?? ''), ['ENTRY_ADDED']],
    ['the last entry cut off', whole.slice(0, -1), ['FILE_CUT']],
    ['the last line cut in two', [...whole.slice(0, -1), (whole[3] ?? '').slice(0, 100)], ['LINE_BROKEN', 'FILE_CUT']],
    ['everything but the head cut off', whole.slice(0, 1), ['FILE_CUT']],
    ['no head', whole.slice(1), ['HEAD_MISSING', 'ENTRY_MISSING']],
    ['an empty file', [], ['HEAD_MISSING']],
    ['another kind of file', ['{"a":1}'], ['LINE_BROKEN']],
    ['a newer format', proof([...cause, plain], { version: 2 }), ['FORMAT_UNKNOWN']],
  ])('%s is found and named', (_what, lines, expected) => {
    expect(codes(lines)).toEqual(expected);
  });

  test('an entry written anew with its own hash is not bound to the others', () => {
    const links = chain();
    const forged = [JSON.parse(whole[0] ?? ''), { ...cause[0], principal: 'nobody' }].map(({ n: _n, previous: _previous, hash: _hash, ...body }: Record<string, unknown>) =>
      links.add(body),
    );
    expect(codes(whole.with(1, forged[1] ?? ''))).toEqual(['CHAIN_BROKEN']);
  });

  test('a file written anew as a whole is found by the seal that was kept elsewhere', () => {
    const forged = proof([...cause, { ...plain, entity: 'PO-1', intent: { order: 'PO-1', quantity: 2 } }]);
    expect(codes(forged)).toEqual([]);
    expect(codes(forged, {}, verdict(whole).seal)).toEqual(['SEAL_DIFFERS']);
    expect(codes(whole, {}, verdict(whole).seal)).toEqual([]);
  });
});

describe('the story of an effect', () => {
  const noAnswer: Try = [1, 'no answer'];
  const absent = (second: number): Try => [second, 'read back', { found: false }];
  const lost = { key: `${run}/place#1`, status: 'done' };
  const key = { guarantee: { kind: 'idempotency-key' } };
  const parks = { guarantee: { kind: 'none' } };

  test.each<[string, readonly Try[], object, readonly string[]]>([
    ['sent again after it was seen not to be there, settled', [[0, 'sent'], noAnswer, absent(2), absent(6), [7, 'sent'], [8, 'answered']], lost, []],
    ['found by reading back', [[0, 'sent'], noAnswer, [3, 'read back', { found: true }]], lost, []],
    ['sent again without looking', [[0, 'sent'], noAnswer, [9, 'sent'], [10, 'answered']], lost, ['SENT_WITHOUT_READ_BACK']],
    ['sent again before it had settled', [[0, 'sent'], noAnswer, absent(4), [9, 'sent'], [10, 'answered']], lost, ['SENT_BEFORE_SETTLED']],
    [
      'sent again after a look that came before the second doubt',
      [[0, 'sent'], noAnswer, absent(7), [8, 'recovered'], [15, 'sent'], [16, 'answered']],
      lost,
      ['SENT_WITHOUT_READ_BACK'],
    ],
    [
      'sent while it was under way',
      [
        [0, 'sent'],
        [1, 'sent'],
        [2, 'answered'],
      ],
      lost,
      ['SENT_TWICE'],
    ],
    [
      'sent after its answer',
      [
        [0, 'sent'],
        [1, 'answered'],
        [2, 'sent'],
        [3, 'answered'],
      ],
      lost,
      ['SENT_AFTER_ITS_END'],
    ],
    ['sent again by its key', [[0, 'sent'], noAnswer, [2, 'sent'], [3, 'answered']], key, []],
    ['sent again though it can only park', [[0, 'sent'], noAnswer, [2, 'sent'], [3, 'answered']], parks, ['SENT_IN_DOUBT']],
    ['sent again by its owner', [[0, 'sent'], noAnswer, [2, 'parked'], [9, 'resolved', { note: 'retry' }], [9, 'sent'], [10, 'answered']], parks, []],
    ['done, says its owner', [[0, 'sent'], noAnswer, [2, 'parked'], [9, 'resolved', { note: 'done, says its owner' }]], parks, []],
    [
      'asked first, and sent again when its owner had said yes',
      [
        [0, 'sent'],
        [1, 'asked', { note: 'late' }],
        [1, 'parked'],
        [9, 'resolved', { note: 'accept' }],
        [9, 'accepted', { note: 'late' }],
        [9, 'sent'],
        [10, 'answered'],
      ],
      parks,
      [],
    ],
    [
      'edited by a person after a refusal',
      [
        [0, 'sent'],
        [1, 'refused'],
        [9, 'edited', { note: 'by anna, …', by: 'anna', input: {} }],
        [9, 'sent'],
        [10, 'answered'],
      ],
      lost,
      [],
    ],
    [
      'tried anew by a person after a refusal',
      [
        [0, 'sent'],
        [1, 'refused'],
        [9, 'tried anew', { note: 'by anna' }],
        [9, 'sent'],
        [10, 'answered'],
      ],
      parks,
      [],
    ],
    [
      'retried by a person, and read back first',
      [[0, 'sent'], noAnswer, [2, 'parked'], [9, 'resolved', { note: 'by anna, retry: looked' }], [9, 'read back', { found: false }], [9, 'sent'], [10, 'answered']],
      lost,
      [],
    ],
    ['done, says a person', [[0, 'sent'], noAnswer, [2, 'parked'], [9, 'resolved', { note: 'by anna, done: it hangs there' }]], parks, []],
    ['skipped by a person', [[0, 'sent'], noAnswer, [2, 'parked'], [9, 'skipped', { note: 'by anna: no need' }]], { ...parks, status: 'cancelled' }, []],
    ['withdrawn when it was seen not to be there', [[0, 'sent'], noAnswer, absent(7), [7, 'cancelled']], { status: 'cancelled' }, []],
    ['done without a word', [[0, 'sent'], noAnswer], lost, ['END_UNPROVEN']],
    [
      'answered and not looked after, though its binding confirms',
      [
        [0, 'sent'],
        [1, 'answered'],
      ],
      { guarantee: { kind: 'read-back', settlesWithinMs: 5_000, confirms: true } },
      ['END_UNPROVEN'],
    ],
    ['cancelled while it may have been done', [[0, 'sent'], noAnswer, [9, 'cancelled']], { status: 'cancelled' }, ['ENDED_IN_DOUBT']],
    [
      'cancelled before it was sent',
      [
        [0, 'buffered'],
        [9, 'cancelled'],
      ],
      { status: 'cancelled' },
      [],
    ],
    [
      'tried more often than is told',
      [
        [0, 'sent'],
        [1, 'answered'],
      ],
      { attempts: 2 },
      ['TRIES_MISSING'],
    ],
    ['parked, and nobody owns it', [[0, 'sent'], noAnswer, [2, 'parked']], { ...parks, status: 'parked' }, ['PARKED_WITHOUT_CASE']],
  ])('%s', (_what, tries, over, expected) => {
    expect(codes(proof([...cause, effect('place#1', tries, over)]))).toEqual(expected);
  });

  test('a parked one with an owner holds, and is told as parked', () => {
    const parked = effect('place#1', [[0, 'sent'], noAnswer, [2, 'parked']], { ...parks, status: 'parked' });
    const opened = {
      kind: 'exception',
      id: 'x1',
      type: 'effect-parked',
      severity: 'high',
      status: 'open',
      owners: ['planning'],
      summary: 's',
      keys: {},
      run,
      step: 'place#1',
      opened: at(2),
      due: at(9),
      evidence: none,
      history: [],
    };
    expect(codes(proof([...cause, parked, opened]))).toEqual([]);
    expect(codes(proof([...cause, parked, { ...opened, status: 'resolved' }]))).toEqual(['PARKED_WITHOUT_CASE']);
  });

  test('one without its run, one told twice, and two with one revision are named', () => {
    expect(codes(proof([plain]))).toEqual(['CAUSE_MISSING']);
    expect(codes(proof([...cause, plain, plain]))).toEqual(['EFFECT_TWICE', 'REVISION_TWICE']);
    expect(
      codes(
        proof([
          ...cause,
          plain,
          effect('place#2', [
            [0, 'sent'],
            [1, 'answered'],
          ]),
        ]),
      ),
    ).toEqual(['REVISION_TWICE']);
  });
});

describe("other systems' books", () => {
  const second = effect(
    'place#2',
    [
      [10, 'sent'],
      [11, 'answered'],
    ],
    { revision: 2, order: 2, intended: at(10), entity: 'PO-1' },
  );
  const asked = { order: 'PO-1', quantity: 7, due: at(0), lot: 'L-1', lines: [{ item: 'A', note: 'x' }, { item: 'B' }] };
  const lines = proof([...cause, { ...plain, ended: at(1), intent: asked }, { ...second, ended: at(11), intent: asked }]);
  const entry = (step: string, seconds: number, over: object = {}) => ({ at: at(seconds), entity: 'PO-1', key: `${run}/${step}`, ...over });
  const both = [entry('place#1', 1), entry('place#2', 11)];

  test.each<[string, readonly object[], readonly string[]]>([
    ['one entry for each effect holds', both, []],
    ['a missing entry is named', both.slice(1), ['NOT_BOOKED']],
    ['no entries at all are named', [], ['NOT_BOOKED', 'NOT_BOOKED']],
    ['a double is named', [...both, entry('place#1', 5)], ['BOOKED_TWICE']],
    ['an entry that nothing explains is named', [...both, { at: at(5), entity: 'PO-1' }], ['BOOKED_UNEXPLAINED']],
    ['an entry of one of its runs that nothing explains is named', [...both, entry('place#3', 5)], ['BOOKED_UNEXPLAINED']],
    ['entries about something else are left alone', [...both, { at: at(5), entity: 'PO-2' }], []],
    [
      'entries without a reference are matched by what they are about and when',
      [
        { at: at(1), entity: 'PO-1' },
        { atMs: Date.parse(at(11)), keys: ['PO-1', 'COFFEE'] },
      ],
      [],
    ],
    ['an entry of another capability explains nothing', [{ at: at(1), entity: 'PO-1', capability: 'order.close' }, both[1] ?? {}], ['NOT_BOOKED', 'BOOKED_UNEXPLAINED']],
    ['an entry before the intent explains nothing', [{ at: at(-5), entity: 'PO-1' }, both[1] ?? {}], ['NOT_BOOKED']],
    ['keys can be a list, or by name as in a proof', both.map(({ key, at: when }) => ({ at: when, key, keys: { order: 'PO-1', shipment: null } })), []],
    [
      'what is about a key by its name is matched',
      [
        { at: at(1), keys: { order: 'PO-1' } },
        { at: at(11), keys: { order: 'PO-1' } },
      ],
      [],
    ],
    [
      'what holds what was asked for is as it should be',
      both.map((each) => ({ ...each, input: { order: 'PO-1', quantity: '7.0', due: at(0).replace('.000Z', 'Z'), by: 'us', lot: null } })),
      [],
    ],
    ['an entry with another quantity is named', [{ ...both[0], input: { order: 'PO-1', quantity: 70 } }, both[1] ?? {}], ['BOOKED_OTHERWISE']],
    ['without a reference, too', [{ at: at(1), entity: 'PO-1', input: { lines: [{ item: 'A' }, { item: 'C' }] } }, both[1] ?? {}], ['BOOKED_OTHERWISE']],
    ['what was not asked for is of no concern, whatever its name', [{ ...both[0], input: { constructor: 'x' } }, both[1] ?? {}], []],
    ['an input that is a text is of no concern', [{ ...both[0], input: 'by batch' }, both[1] ?? {}], []],
    ['what was booked before what was done when it was sent is named', [entry('place#1', 12), entry('place#2', 11)], ['BOOKED_OUT_OF_ORDER']],
    ['what is booked at the same time by its clock is in order', [entry('place#1', 11), entry('place#2', 11)], []],
    ['what is no entry is no finding', [...both, { entity: 'PO-1' }, { at: at(3) }], []],
    ['an effect that may be booked in what is no entry is not found missing', [both[0] ?? {}, { entity: 'PO-1' }], []],
    ['beside what is no entry the others are judged', [...both, entry('place#1', 5), { entity: 'PO-1' }], ['BOOKED_TWICE']],
  ])('%s', (_what, entries, expected) => {
    expect(codes(lines, { erp: entries })).toEqual(expected);
  });

  test('books that cannot be read at all are told once, with the place, and nothing is judged by them', () => {
    const unread = both.map((each) => ({ ...each, keys: { order: 4711 } }));
    expect(verdict(lines, { erp: unread })).toMatchObject({
      holds: false,
      outcome: 'not-judged',
      books: {},
      notCompared: ['erp'],
      findingCount: 0,
      findings: [
        {
          severity: 'unjudged',
          code: 'BOOKS_UNREADABLE',
          system: 'erp',
          message: expect.stringMatching(/^entry 1 of erp: it is no entry at \/keys.*; none of the 2 entries can be read: nothing is compared/),
        },
      ],
    });
    expect(verdict(lines, { erp: [both[0] ?? {}, unread[0] ?? {}, both[1] ?? {}] })).toMatchObject({
      books: { erp: 2 },
      notCompared: [],
      findings: [{ code: 'BOOKS_UNREADABLE', message: expect.stringMatching(/^entry 2 of erp: [^;]*$/) }],
    });
  });

  test('of books of which a part cannot be read, what the other part does not have is not judged; what it has too often is found', () => {
    const [first = {}, second = {}] = both;
    const partly = verdict(lines, { erp: [first, { ...second, keys: { order: 4711 } }, 'no entry'] });
    expect(partly).toMatchObject({ holds: false, outcome: 'not-judged', findingCount: 0, books: { erp: 1 }, notCompared: [] });
    expect(partly.findings.map(({ severity, code, effect: of }) => [severity, code, of])).toEqual([
      ['unjudged', 'BOOKS_UNREADABLE', undefined],
      ['unjudged', 'NOT_JUDGED', `${run}/place#2`],
    ]);
    expect(partly.findings[1]?.message).toMatch(/^order\.place \(PO-1\) counts as done; whether erp has booked it is not judged, 2 entries could not be read$/);
    expect(verdict(lines, { erp: [first, first, 'no entry'] })).toMatchObject({ outcome: 'does-not-hold', findingCount: 1 });
    // What lies unread in the books of another system says nothing of this one.
    expect(codes(lines, { erp: [first], wms: [{ at: 'no entry' }] })).toEqual(['NOT_BOOKED']);
  });

  test.each<[string, unknown, 'not-judged' | 'does-not-hold']>([
    ['names none, the effect may be in it', { at: at(11), entity: 'PO-1' }, 'not-judged'],
    ['names the system of the effect, the effect may be in it', { system: 'erp', entity: 'PO-1' }, 'not-judged'],
    ['names another system, the effect is missing', { system: 'wms', entity: 'PO-1' }, 'does-not-hold'],
  ])('of books whose entries name their systems, where one that cannot be read %s', (_what, broken, outcome) => {
    const check = verification({ skewMs: 1_000 });
    for (const line of lines) check.line(line);
    check.close();
    for (const each of [{ ...both[0], system: 'erp' }, broken]) check.book(undefined, each);
    expect(check.verdict().outcome).toBe(outcome);
  });

  test('of books that name their systems themselves each entry keeps its place', () => {
    const check = verification({ skewMs: 1_000 });
    for (const line of lines) check.line(line);
    check.close();
    for (const each of [...both.map((entry) => ({ ...entry, system: 'erp' })), { at: at(3), entity: 'PO-1' }]) check.book(undefined, each);
    expect(check.verdict()).toMatchObject({
      books: { erp: 2 },
      findings: [{ code: 'BOOKS_UNREADABLE', message: expect.stringMatching(/^entry 3 of the books: it names no "system"/) }],
    });
  });

  test('what others did on the same order is noted, and no fault', () => {
    const ours = both.map((each) => ({ ...each, principal: 'lineshaft' }));
    const { holds, findings } = verdict(lines, { erp: [...ours, { at: at(5), entity: 'PO-1', principal: 'planner' }] });
    expect({ holds, codes: findings.map(({ code }) => code) }).toEqual({ holds: true, codes: ['BOOKED_BY_OTHERS'] });
  });

  test('an answer of the other side that names our reference is noted, and no double; a second one of ours is', () => {
    const ours = both.map((each) => ({ ...each, principal: 'lineshaft' }));
    const answered = { ...entry('place#1', 2), principal: 'supplier' };
    expect(codes(lines, { erp: [...ours, answered] })).toEqual([]);
    expect(codes(lines, { erp: [...ours, answered, { ...entry('place#1', 3), principal: 'lineshaft' }] })).toEqual(['BOOKED_TWICE']);
  });

  test('what was refused or cancelled must not be booked', () => {
    const refused = effect(
      'place#1',
      [
        [0, 'sent'],
        [1, 'refused'],
      ],
      { status: 'refused' },
    );
    expect(codes(proof([...cause, refused]), { erp: [entry('place#1', 1)] })).toEqual(['BOOKED_AFTER_ALL']);
    expect(codes(proof([...cause, refused]), { erp: [] })).toEqual([]);
  });

  test('a notification may have come more than once, not never', () => {
    const told = effect(
      'place#1',
      [
        [0, 'sent'],
        [1, 'answered'],
      ],
      { guarantee: { kind: 'at-least-once' } },
    );
    expect(codes(proof([...cause, told]), { erp: [entry('place#1', 1), entry('place#1', 2)] })).toEqual([]);
    expect(codes(proof([...cause, told]), { erp: [] })).toEqual(['NOT_BOOKED']);
  });

  test('one that a person began anew is found under each of its identities, and is there once', () => {
    const anew = effect(
      'place#1',
      [
        [0, 'sent'],
        [1, 'refused'],
        [9, 'edited', { by: 'anna', input: {} }],
        [9, 'sent'],
        [10, 'answered'],
      ],
      { sentAs: [`${run}/place#1`, `${run}/place#1~2`] },
    );
    expect(codes(proof([...cause, anew]), { erp: [entry('place#1~2', 9)] })).toEqual([]);
    expect(codes(proof([...cause, anew]), { erp: [entry('place#1', 1), entry('place#1~2', 9)] })).toEqual(['BOOKED_TWICE']);
  });

  test('of one that a person edited each entry is held against what was sent under its reference', () => {
    const tries: readonly Try[] = [
      [0, 'sent'],
      [1, 'refused'],
      [9, 'edited', { by: 'anna', input: { order: 'PO-1', quantity: 5 } }],
      [9, 'sent'],
      [10, 'answered'],
    ];
    const edited = effect('place#1', tries, { intent: { order: 'PO-1', quantity: 7 }, sentAs: [`${run}/place#1`, `${run}/place#1~2`] });
    expect(codes(proof([...cause, edited]), { erp: [{ ...entry('place#1~2', 9), input: { quantity: 5 } }] })).toEqual([]);
    expect(verdict(proof([...cause, edited]), { erp: [{ ...entry('place#1~2', 9), input: { quantity: 7 } }] }).findings).toMatchObject([
      { code: 'BOOKED_OTHERWISE', effect: `${run}/place#1`, message: 'order.place (PO-1) is booked as quantity 7, asked for 5 (entry 1 of erp)' },
    ]);
  });

  test('what was under way at the same time may be booked in any order', () => {
    const later = { ...plain, ended: at(10.5) };
    expect(codes(proof([...cause, later, { ...second, ended: at(11) }]), { erp: [entry('place#1', 12), entry('place#2', 11)] })).toEqual([]);
  });

  test('one that the hub before a restore had made is found though it was booked before this one intended it', () => {
    const tries: readonly Try[] = [
      [20, 'restored'],
      [20, 'parked'],
      [30, 'resolved', { note: 'done, says its owner' }],
    ];
    const found = effect('place#1', tries, { intended: at(20), guarantee: { kind: 'none' } });
    expect(codes(proof([...cause, found]), { erp: [{ at: at(2), entity: 'PO-1' }] })).toEqual([]);
    expect(codes(proof([...cause, found]), { erp: [{ at: at(-20), entity: 'PO-1' }] })).toEqual(['NOT_BOOKED']);
  });

  test('systems whose books are not given are not judged, and told; so are books that no effect is in', () => {
    expect(codes(lines, { wms: [] })).toEqual([]);
    expect(verdict(lines, { wms: [] })).toMatchObject({ holds: true, notCompared: ['erp'], findings: [{ severity: 'note', code: 'NOT_JUDGED', system: 'wms' }] });
    expect(verdict(lines, { erp: both }).notCompared).toEqual([]);
  });
});
