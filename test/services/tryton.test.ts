import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trytondMissing } from './own-trytond.ts';
import { trytonTheatre, type TrytonTheatre } from './tryton-theatre.ts';

const { LINESHAFT_TRYTON: address, LINESHAFT_POSTGRES: postgres } = process.env;
const missing = trytondMissing(address, postgres);
const playMs = 120_000;

describe.skipIf(missing !== undefined)(`the scene with Tryton as its ERP${missing === undefined ? '' : ` (${missing})`}`, () => {
  let theatre: TrytonTheatre;
  beforeAll(async () => {
    theatre = await trytonTheatre(postgres ?? '', decodeURIComponent(new URL(address ?? '').password));
  }, playMs);
  afterAll(() => theatre[Symbol.asyncDispose](), playMs);

  test.each(['main', 'recover-late', 'release', 'release-refused'] as const)(
    'the play "%s" leaves Tryton and every other system as the world demands',
    { timeout: playMs },
    async (play) => {
      expect(await theatre.wrongIn(play)).toEqual([]);
    },
  );
});
