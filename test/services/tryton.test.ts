import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryton, trytonDate, type TrytonChange } from 'lineshaft';
import { at } from '../../src/counterparts/verdict/testimony.ts';
import type { Act } from '../../src/run/demo/scene.ts';
import type { Stage } from '../../src/run/demo/stage.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { until } from '../until.ts';
import { trytondMissing } from './own-trytond.ts';
import { trytonTheatre, type TrytonTheatre } from './tryton-theatre.ts';

// Tryton is the ERP of the scene; the verdict is read from its tables, and from the books of the other systems.

const { LINESHAFT_TRYTON: address, LINESHAFT_POSTGRES: postgres } = process.env;
const missing = trytondMissing(address, postgres);
const secret = address === undefined ? '' : decodeURIComponent(new URL(address).password);
const playMs = 180_000;
/** As many calls as the landscape lets Tryton have at once. */
const concurrencyMax = 4;

const releaseType = 'production.release.requested.v1';
const releaseOrder = { order: 'PO-4712', revision: 1 };
const released = 'production-order.released';
/** As much of the scene as a case takes that ends it. */
const slowLine: readonly Act[] = [
  { do: 'pause', for: 'calm' },
  { do: 'pace', factor: 0.55 },
];

test('Tryton is there', ({ skip }) => {
  if (process.env['CI'] === 'true') expect(missing).toBeUndefined();
  skip(missing !== undefined, missing);
});

describe.skipIf(missing !== undefined)('the scene with Tryton as its ERP (skipped without Tryton)', () => {
  let theatre: TrytonTheatre;
  beforeAll(async () => {
    theatre = await trytonTheatre(postgres ?? '', secret);
  }, playMs);
  afterAll(() => theatre[Symbol.asyncDispose](), playMs);

  test.each(['main', 'recover-late', 'release', 'release-refused'] as const)(
    'the play "%s" leaves Tryton and every other system as the world demands',
    { timeout: playMs },
    async (play) => {
      expect(await theatre.wrongIn(play)).toEqual([]);
    },
  );

  describe('where the hub is killed', () => {
    test.each([
      ['main', 'before-send:production-order.revise#1'],
      ['main', 'after-answer:production-order.revise#1'],
      ['main', 'before-commit:done.production-order.revise#2'],
      ['recover-late', 'after-answer:undo:production-order.revise#1'],
      ['release', 'before-send:production-order.release#1'],
      ['release-refused', 'after-answer:undo:production-order.release#1'],
    ] as const)('in the play "%s" at %s, nothing is lost and nothing doubled', { timeout: playMs }, async (play, point) => {
      expect(await theatre.wrongIn(play, { killAt: { process: 'hub', point } })).toEqual([]);
    });

    test.each([
      ['main', 'write'],
      ['release', 'run'],
      ['release-refused', 'wait'],
    ] as const)('in the play "%s" after its "%s" is committed and before it knows, nothing is lost and nothing doubled', { timeout: playMs }, async (play, method) => {
      const wrong = await theatre.wrongIn(play, {}, (stage) => {
        theatre.erp.meddle(method, {
          when: 'committed',
          async act() {
            stage.kill('hub');
            await stage.exited('hub');
            void stage.revive('hub');
            return 'lose the answer';
          },
        });
      });
      expect(wrong).toEqual([]);
    });
  });

  describe('where Tryton is killed and started again', () => {
    test('before a change has reached it, nothing is lost and nothing doubled', { timeout: playMs }, async () => {
      const wrong = await theatre.wrongIn('main', {}, () => {
        theatre.erp.meddle('write', {
          when: 'before',
          async act() {
            await theatre.trytond.kill();
            void theatre.trytond.start();
          },
        });
      });
      expect(wrong).toEqual([]);
    });

    test.each(['write', 'run'] as const)('in the middle of a "%s", nothing is lost and nothing doubled', { timeout: playMs }, async (method) => {
      const wrong = await theatre.wrongIn(method === 'write' ? 'main' : 'release', {}, () => {
        theatre.erp.meddle(method, {
          when: 'before',
          async act() {
            // It dies while it works on what is passed on now, or just after: what it has committed is for its tables to say.
            setTimeout(() => void theatre.trytond.kill().then(() => theatre.trytond.start()), 15);
          },
        });
      });
      expect(wrong).toEqual([]);
    });

    test('after it has committed and before it has answered, nothing is lost and nothing doubled', { timeout: playMs }, async () => {
      const wrong = await theatre.wrongIn('main', {}, () => {
        theatre.erp.meddle('write', {
          when: 'committed',
          async act() {
            await theatre.trytond.kill();
            void theatre.trytond.start();
            return 'lose the answer';
          },
        });
      });
      expect(wrong).toEqual([]);
    });
  });

  describe('where a planner writes the order', () => {
    const planned = '2031-05-06';
    const plannerWrites = async (): Promise<void> => {
      const ask = await theatre.user('planner');
      const [order] = [await ask('model.production.search', [['number', '=', 'PO-4711']], 0, null, null)].flat();
      await ask('model.production.write', [order], { planned_date: trytonDate(planned) });
    };

    test("between our look and our change, the planner's word stands, and planning is told", { timeout: playMs }, async () => {
      await theatre.play(
        'main',
        { acts: slowLine },
        () => theatre.erp.meddle('write', { when: 'before', act: plannerWrites }),
        async (stage) => {
          const [found] = await casesOf(stage, 'order-not-revisable');
          expect(JSON.stringify(found)).toContain('STALE_VERSION');
          expect(await theatre.erp.changes('PO-4711')).toMatchObject([{ by: 'planner', plannedDate: planned }]);
        },
      );
    });

    test("between our change and our knowing of it, ours was done once and the planner's word stands", { timeout: playMs }, async () => {
      await theatre.play(
        'main',
        { acts: slowLine, limits: { 'bottleneck.supplier-answers': '60s' } },
        () =>
          theatre.erp.meddle('write', {
            when: 'committed',
            async act() {
              await plannerWrites();
              return 'lose the answer';
            },
          }),
        async (stage) => {
          // The supplier is late: the second plan meets the planner's.
          const [found] = await casesOf(stage, 'order-not-revisable');
          expect(JSON.stringify(found)).toContain('STALE_VERSION');
          expect(await theatre.erp.changes('PO-4711')).toMatchObject([{ by: 'lineshaft' }, { by: 'planner', plannedDate: planned }]);
        },
      );
    });
  });

  test('a warning of Tryton waits for a person, whose yes goes on', { timeout: playMs }, async () => {
    let said = '';
    const wrong = await theatre.wrongIn('release', {}, (stage) => {
      void (async () => {
        const [found] = await casesOf(stage, 'effect-parked');
        said = String(at(found, 'summary'));
        await stage.ask('POST', `/api/exceptions/${String(at(found, 'id'))}/accept`, { version: at(found, 'version'), note: 'the shift begins early' });
      })();
      // Somebody planned the material to move in three days.
      void theatre.erp.found('PO-4712', 'effective_start_date', 'CURRENT_DATE + 3');
    });
    expect(said).toContain('effective dates in the future');
    // Whoever has to say yes gets mail; the rest is as if Tryton had not asked.
    expect(wrong.filter((row) => !row.startsWith('mailbox.'))).toEqual([]);
    expect(await theatre.erp.changes('PO-4712')).toMatchObject([{ by: 'lineshaft', type: released }]);
  });

  test("a change that breaks a rule of Tryton's becomes planning's case, in Tryton's words, and changes nothing", { timeout: playMs }, async () => {
    await theatre.play(
      'main',
      { acts: slowLine },
      () => void theatre.erp.found('PO-4711', 'planned_start_date', 'NULL'),
      async (stage) => {
        const [found] = await casesOf(stage, 'order-not-revisable');
        expect(at(found, 'context', 'refusal')).toEqual({ code: 'ERP_RULE', message: 'A value is required for field "Planned Start Date" in "Production".' });
        expect(await theatre.erp.changes('PO-4711')).toEqual([]);
      },
    );
  });

  test('a yes of Tryton that did nothing is noticed, and done', { timeout: playMs }, async () => {
    const wrong = await theatre.wrongIn('main', {}, () => theatre.erp.meddle('write', { when: 'never' }));
    expect(wrong).toEqual([]);
  });

  test('a Tryton that says yes and never does it is somebody’s case', { timeout: playMs }, async () => {
    await theatre.play(
      'release',
      { acts: [{ do: 'tell', type: releaseType, data: releaseOrder }] },
      () => theatre.erp.meddle('run', { when: 'never' }, 10),
      async (stage) => {
        const [found] = await casesOf(stage, 'effect-parked');
        expect(at(found, 'summary')).toContain('said yes 3 times and did nothing');
        expect(await theatre.erp.changes('PO-4712')).toEqual([]);
      },
    );
  });

  test('of six who release one order at once, one does it', { timeout: playMs }, async () => {
    const event = (id: number) => ({ specversion: '1.0', id: `release-${id}`, source: '/planning', type: releaseType, datacontenttype: 'application/json', data: releaseOrder });
    await theatre.play(
      'release',
      { acts: [] },
      (stage) => void Promise.all(Array.from({ length: 6 }, (_, id) => stage.ask('POST', '/api/events', event(id)))),
      async (stage) => {
        await until('all six runs have ended', async () => {
          const runs = await stage.ask('GET', '/api/runs');
          return Array.isArray(runs) && runs.length === 6 && runs.every((run: unknown) => at(run, 'ended') !== undefined);
        });
        expect(await theatre.erp.changes('PO-4712')).toMatchObject([{ by: 'lineshaft', type: released }]);
        // The others were refused before Tryton could say yes to them; the one may be asked again where Tryton takes longer than an answer may.
        const writes = theatre.erp.writes();
        expect([...new Set(writes.map(({ method, effect }) => `${method} ${effect}`))]).toEqual([`run ${writes[0]?.effect}`]);
      },
    );
  });

  test('of six who run one order at once without a hub, one does it, although Tryton lets each believe that it did', { timeout: playMs }, async () => {
    await theatre.play(
      'release',
      { acts: [] },
      () => undefined,
      async () => {
        const run: TrytonChange = { model: 'production', where: [['number', '=', 'PO-4712']], fields: ['state'], when: { state: ['assigned'] }, method: 'run' };
        const options = { url: `${theatre.trytond.url}/${theatre.erp.database()}`, credentials: { kind: 'password' as const, username: 'lineshaft', password: secret } };
        const six = await Promise.all(Array.from({ length: 6 }, () => tryton.open(options, { clock: realClock, random: () => 0.5, system: 'erp', log: () => undefined })));
        const context = { signal: new AbortController().signal, timeoutMs: 30_000, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
        await Promise.all(six.map((each) => each.send({ change: run }, context)));
        expect(await theatre.erp.changes('PO-4712')).toMatchObject([{ type: released }]);
        // The verdict compares times of Tryton's book with others': to the millisecond.
        const [entry] = [await (await fetch(`${theatre.erp.url}/_ledger`)).json()].flat();
        const [committed] = await theatre.erp.sql('SELECT floor(extract(epoch FROM at) * 1000)::float8 AS ms FROM lineshaft_audit ORDER BY seq DESC LIMIT 1');
        expect(at(entry, 'atMs')).toBe(committed?.['ms']);
        // Whoever comes later sees that it is done; Tryton would say yes to them, too.
        const [ours] = six;
        expect(await ours?.send({ change: run }, context)).toMatchObject({ kind: 'refused', reason: 'not-now' });
        const raw = await theatre.user('lineshaft');
        const [order] = [await raw('model.production.search', [['number', '=', 'PO-4712']], 0, null, null)].flat();
        expect(await raw('model.production.run', [order])).toBeNull();
        await Promise.all(six.map((each) => each.close()));
      },
    );
  });

  test('in all of this Tryton never had more calls at once than the landscape allows', () => {
    expect(theatre.erp.inFlightMax()).toBeGreaterThan(0);
    expect(theatre.erp.inFlightMax()).toBeLessThanOrEqual(concurrencyMax);
  });
});

/** The open cases of a type, once there is one. */
function casesOf(stage: Stage, type: string): Promise<readonly unknown[]> {
  return until(`a case of type ${type}`, async () => {
    // The hub may not be up yet.
    const all = await stage.ask('GET', '/api/exceptions').catch(() => []);
    const found = Array.isArray(all) ? all.filter((each: unknown) => at(each, 'type') === type) : [];
    return found.length > 0 && found;
  });
}
