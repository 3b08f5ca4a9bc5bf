// One listener under a flood: what it takes in a second, and in a second of its own CPU. The flood is a process of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Task } from './child-side.ts';
import type { Answer } from './question.ts';

export interface Flood {
  readonly url: string;
  /** Ends it; resolves with the messages that it sent, births apart. */
  stop(): Promise<number>;
}

const settleMaxMs = 30_000;

/** `silent`: who listens says nothing of itself, as a plain client does. */
export async function openFlood(opened: AsyncDisposableStack, kind: 'json' | 'sparkplug', ...how: readonly 'silent'[]): Promise<Flood> {
  const file = fileURLToPath(new URL('mqtt-flood.ts', import.meta.url));
  const child = spawn(process.execPath, [file, kind, ...how], { stdio: ['pipe', 'pipe', 'inherit'] });
  opened.defer(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said = async (): Promise<Record<string, number>> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the flood ended');
    // Written by mqtt-flood.ts.
    return JSON.parse(value) as Record<string, number>;
  };
  const { port } = await said();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      child.stdin.write('stop\n');
      const { sent = 0 } = await said();
      return sent;
    },
  };
}

/** `counted`: units of work done so far; `perMessage` of them in a message. `events`: how often the rule fired; once is right. */
export async function measured(
  { warmMs, measureMs }: Task,
  flood: Flood,
  perMessage: number,
  counted: () => number | Promise<number>,
  events: () => number | Promise<number>,
): Promise<Answer> {
  await until('the first message', async () => (await counted()) > 0);
  await passed(warmMs);
  const [fromMs, from, before] = [performance.now(), await counted(), process.cpuUsage()];
  await passed(measureMs);
  const cpu = process.cpuUsage(before);
  const [seconds, done] = [(performance.now() - fromMs) / 1_000, (await counted()) - from];
  const wanted = (await flood.stop()) * perMessage;
  await until('the last message', async () => (await counted()) >= wanted);
  await until('the event', async () => (await events()) > 0);
  const [taken, fired] = [await counted(), await events()];
  if (taken !== wanted || fired !== 1) throw new Error(`${taken} taken of ${wanted}, ${fired} events; one expected`);
  const cpuMs = (cpu.user + cpu.system) / 1_000;
  return { values: { perSecond: done / seconds, perCore: done / (cpuMs / 1_000) }, cpuMs: (cpuMs * perMessage) / done };
}

async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  for (const untilMs = performance.now() + settleMaxMs; !(await isThere()); await passed(20)) if (performance.now() > untilMs) throw new Error(`${what} did not come`);
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
