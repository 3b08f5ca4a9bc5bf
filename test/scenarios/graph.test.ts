// `lineshaft graph` from outside, as a user starts it.
import { expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { runningCommand } from '../running-command.ts';

const graph = (...more: readonly string[]) => runningCommand(['graph', '--landscape', 'examples/packaging-plant', ...more], { cwd: repository }).ended;

test('the interactions of a landscape are listed by pattern, with system, limits and reason, and the same as JSON', async () => {
  const [text, json] = await Promise.all([graph('--by', 'pattern'), graph('--json')]);
  expect([text.code, json.code]).toEqual([0, 0]);
  expect(text.stdout).toMatch(
    /^Asynchronous command: [^\n]*\n(?:.+\n)* {2}capability:shipment-window\.move {2}tms {2}by flow:packaging-bottleneck\n {4}limits: 4 at once; 20 a second; .*\n {4}why: The transport service may be down/m,
  );
  const told: readonly { readonly id: string }[] = JSON.parse(json.stdout);
  for (const { id } of told) expect(text.stdout).toContain(`\n  ${id}`);
});

test('by system, each stands below the system that it is with', async () => {
  const { code, stdout } = await graph('--by', 'system');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^tms \(2\)\n {2}capability:shipment-window\.move {2}command {2}by flow:packaging-bottleneck\n(?:.+\n)* {2}contract:shipment\.appointment\.moved {2}event/m,
  );
});
