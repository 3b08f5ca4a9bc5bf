import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Booked } from '../books-server.ts';
import { booksStage, type BooksHub, type BooksStage } from '../books-hub.ts';
import { runningCommand } from '../running-command.ts';
import { until } from '../until.ts';

let stage: BooksStage;
let hub: BooksHub;
let seal = '';
let proof: readonly string[] = [];
const systems = ['erp', 'cmms', 'printer'];

/** One order loses the CMMS's answer and the printer's; the latter parks, and its owner knows that it was printed. */
beforeAll(async () => {
  stage = await booksStage();
  hub = await stage.hub('state');
  stage.books.loseAnswers('cmms', 1);
  stage.books.loseAnswers('printer', 1);
  await hub.send('begun', 'PO-1');
  await hub.send('ready', 'PO-1');
  await hub.send('begun', 'PO-2');
  const [parked] = await until('the label is parked', async () => {
    const cases = await hub.get('/api/exceptions');
    return cases.length > 0 && cases;
  });
  const answer = await hub.post(`/api/exceptions/${parked.id}/mark-done`, { version: parked.version, note: 'it hangs there', value: { number: 'L-1' } });
  expect(answer.status).toBe(200);
  await until('the run is done', async () => (await hub.get('/api/orders/PO-1')).runs[0].status === 'done');
  const proved = await stage.lineshaft('prove', 'PO-1', '--data', 'state');
  expect(proved).toMatchObject({ code: 0 });
  seal = /^Seal ([0-9a-f]{64})/.exec(proved.stderr)?.[1] ?? '';
  proof = proved.stdout.trimEnd().split('\n');
}, 240_000);
afterAll(async () => stage[Symbol.asyncDispose]());

/** Writes the lines as a proof and the entries as the systems' books; gives what `verify` says. */
async function verified(lines: readonly string[], books: readonly Booked[] = stage.books.booked, more: readonly string[] = []) {
  await writeFile(join(stage.folder, 'proof.ndjson'), lines.map((line) => `${line}\n`).join(''));
  for (const system of systems) {
    const own = books.filter((entry) => entry.system === system);
    await writeFile(join(stage.folder, `${system}.ndjson`), own.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }
  const { code, stdout, stderr } = await stage.lineshaft('verify', 'proof.ndjson', ...systems.flatMap((system) => ['--ledger', `${system}=${system}.ndjson`]), '--json', ...more);
  const verdict = stdout === '' ? undefined : JSON.parse(stdout);
  const codes: readonly string[] = (verdict?.findings ?? []).flatMap((each: { severity: string; code: string }) => (each.severity === 'finding' ? [each.code] : []));
  return { code, codes, verdict, stderr };
}

describe('lineshaft prove', () => {
  test('gives a file that holds against the books of all systems, with its cause, its case and what its owner did', async () => {
    const { code, codes, verdict } = await verified(proof, stage.books.booked, ['--seal', seal]);
    expect({ code, codes }).toEqual({ code: 0, codes: [] });
    expect(verdict.counts).toMatchObject({ head: 1, event: 2, run: 1, effect: 3, exception: 1, deed: 1 });
    expect(verdict.effects).toEqual({ done: 3 });
    expect(verdict.books).toEqual({ erp: 2, cmms: 1, printer: 1 });
    const told = proof.map((line) => JSON.parse(line));
    expect(told[0]).toMatchObject({ kind: 'head', format: 'lineshaft-proof', version: 1, key: 'PO-1', hub: 'hub', entries: proof.length - 1, complete: true });
    expect(told.find(({ step }) => step === 'work.request#1')).toMatchObject({
      guarantee: { kind: 'read-back', settlesWithinMs: 300 },
      tries: expect.arrayContaining([expect.objectContaining({ what: 'read back', found: true })]),
    });
    expect(told.find(({ kind }) => kind === 'deed')).toMatchObject({ actor: 'admin', action: 'exception.mark-done', details: { note: 'it hangs there' } });
  });

  test('says that nothing is known of a key', async () => {
    const { code, stdout, stderr } = await stage.lineshaft('prove', 'PO-99', '--data', 'state');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('Nothing is known of "PO-99"');
  });
});

describe('lineshaft verify', () => {
  test.each<[string, (lines: readonly string[]) => readonly string[], string]>([
    ['a changed byte', (lines) => lines.with(3, (lines[3] ?? '').replace('handle-order', 'handle-orders')), 'LINE_CHANGED'],
    ['an entry taken out', (lines) => lines.toSpliced(3, 1), 'ENTRY_MISSING'],
    ['two entries swapped', (lines) => lines.with(3, lines[4] ?? '').with(4, lines[3] ?? ''), 'ENTRY_MOVED'],
    ['a truncated file', (lines) => [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, 40)], 'FILE_CUT'],
  ])('finds %s and ends with exit code 1', async (_what, doctored, expected) => {
    const { code, codes } = await verified(doctored(proof));
    expect(code).toBe(1);
    expect(codes).toContain(expected);
  });

  test('finds a double, a missing and an unexplained entry of a ledger, and names the effect', async () => {
    const { booked } = stage.books;
    const requested = booked.filter(({ system }) => system === 'cmms');
    const doubled = await verified(proof, [...booked, ...requested]);
    expect(doubled).toMatchObject({ code: 1, codes: ['BOOKED_TWICE'] });
    expect(doubled.verdict.findings[0]).toMatchObject({ system: 'cmms', effect: requested[0]?.reference });
    const missing = await verified(
      proof,
      booked.filter(({ system, entity }) => !(system === 'erp' && entity === 'PO-1')),
    );
    expect(missing).toMatchObject({ code: 1, codes: ['NOT_BOOKED'] });
    const printedTwice = await verified(proof, [...booked, ...booked.filter(({ system }) => system === 'printer')]);
    expect(printedTwice).toMatchObject({ code: 1, codes: ['BOOKED_UNEXPLAINED'] });
  });

  test('takes books from an address, as one array, and from one file for all systems', async () => {
    await verified(proof);
    expect((await stage.lineshaft('verify', 'proof.ndjson', '--ledger', `cmms=${stage.books.url}/cmms/books`)).stdout).toContain('It holds.');
    await writeFile(join(stage.folder, 'all.json'), JSON.stringify(stage.books.booked, undefined, 2));
    const all = await stage.lineshaft('verify', 'proof.ndjson', '--ledger', 'all.json', '--json');
    expect(JSON.parse(all.stdout)).toMatchObject({ holds: true, books: { erp: 2, cmms: 1, printer: 1 } });
  });

  test('takes books whose keys are by name, and tells of books that it cannot read once', async () => {
    await verified(proof);
    const byName = stage.books.booked.map(({ system, at, entity }) => ({ system, at, keys: { order: entity } }));
    await writeFile(join(stage.folder, 'all.json'), JSON.stringify(byName));
    const all = await stage.lineshaft('verify', 'proof.ndjson', '--ledger', 'all.json');
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/Books of erp: 2 entries compared[^]*It holds\./) });
    await writeFile(join(stage.folder, 'erp.json'), JSON.stringify(byName.map((entry) => ({ ...entry, keys: 'PO-1' }))));
    const { code, stdout } = await stage.lineshaft('verify', 'proof.ndjson', '--ledger', 'erp=erp.json');
    expect(code).toBe(6);
    expect(stdout.match(/NOT SO/g)).toBeNull();
    expect(stdout).toMatch(
      /Not compared, for want of books to read: .*erp[^]*NOT JUDGED {2}BOOKS_UNREADABLE {2}\(erp\)\n {2}entry 1 of erp: [^]*none of the 4 entries can be read[^]*It is not judged in full/,
    );
    expect(stdout).not.toContain('Books of erp');
    await writeFile(
      join(stage.folder, 'erp.json'),
      JSON.stringify(byName.filter(({ system }) => system === 'erp').map((entry, index) => (index === 1 ? entry : { ...entry, keys: 7 }))),
    );
    const partly = await stage.lineshaft('verify', 'proof.ndjson', '--ledger', 'erp=erp.json');
    expect(partly).toMatchObject({
      code: 6,
      stdout: expect.stringMatching(/NOT JUDGED {2}NOT_JUDGED {2}\(erp, [^]*whether erp has booked it is not judged, one entry could not be read/),
    });
  });

  test('says what is wrong use, and what cannot be read', async () => {
    expect((await stage.lineshaft('verify', 'no-such-file')).code).toBe(2);
    for (const [text, why] of [
      ['', 'it is empty'],
      ['{"kind":"head"}\n', 'its line is no entry of one'],
      ['one\ntwo\n\n{"n":0}\n', 'none of its 4 lines is an entry of one'],
    ] as const) {
      await writeFile(join(stage.folder, 'no-proof'), text);
      const { code, stdout, stderr } = await stage.lineshaft('verify', 'no-proof');
      expect({ code, stdout, stderr }).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`no-proof is no proof: ${why}. A proof is what "lineshaft prove KEY" writes: a JSON`),
      });
    }
    expect((await stage.lineshaft('verify', 'proof.ndjson', '--seal', 'x')).code).toBe(2);
    expect((await stage.lineshaft('verify', 'proof.ndjson', '--ledger', 'erp=http://127.0.0.1:1/')).code).toBe(3);
  });

  test('needs no more memory for a large ledger than for a small one', async () => {
    await verified(proof);
    const file = join(stage.folder, 'large.ndjson');
    await writeFile(file, await readFile(join(stage.folder, 'erp.ndjson')));
    const [blocks, each] = [15, 5_000];
    const line = (n: number): string => JSON.stringify({ system: 'erp', at: new Date().toISOString(), entity: `PO-other-${n}`, reference: `other-${n}`, text: 'x'.repeat(900) });
    for (let block = 0; block < blocks; block += 1) await appendFile(file, `${Array.from({ length: each }, (_, n) => line(block * each + n)).join('\n')}\n`);
    // 75 MB go through a heap of half that.
    const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=36' };
    const { stdout, stderr } = await runningCommand(['verify', 'proof.ndjson', '--ledger', 'large.ndjson', '--json'], { cwd: stage.folder, env }).ended;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ holds: true, books: { erp: blocks * each + 2 } });
  });
});
