// START: runs `npm start` on an empty data folder and asks for the hub's health until it answers.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { side } from './child-side.ts';
import { freePort } from './free-port.ts';
import { fileOf } from './landscape-processes.ts';
import { npmCommand } from './cache.ts';

const answerMaxMs = 60_000;
const stopMaxMs = 15_000;

await side(async (task, opened) => {
  const port = await freePort();
  const { command, args, shell } = npmCommand('start', '--silent', '--', '--port', String(port), '--data', join(task.folder, 'demo'));
  const from = performance.now();
  // A group of its own where there are groups: Ctrl-C in a terminal goes to all of it, and so does ours.
  const grouped = process.platform !== 'win32';
  const npm = spawn(command, args, { cwd: fileOf('.'), shell, detached: grouped, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => npm.once('close', () => resolve()));
  const stop = (signal: NodeJS.Signals): void => {
    if (npm.pid === undefined || npm.exitCode !== null || npm.signalCode !== null) return;
    if (grouped) process.kill(-npm.pid, signal);
    else npm.kill(signal);
  };
  opened.defer(async () => {
    stop('SIGINT');
    const hard = setTimeout(() => stop('SIGKILL'), stopMaxMs);
    await ended;
    clearTimeout(hard);
  });
  while (!(await healthy(port))) {
    if (npm.exitCode !== null || performance.now() - from > answerMaxMs) throw new Error(`the hub did not answer: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { values: { seconds: (performance.now() - from) / 1000 } };
});

async function healthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}
