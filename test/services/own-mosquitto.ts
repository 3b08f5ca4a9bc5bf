// A Mosquitto process of the test's own, to be stopped, killed and started again, on a folder of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../src/run/demo/port.ts';
import { until } from '../until.ts';

export interface OwnMosquitto extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  /** SIGTERM lets it write down its sessions, SIGKILL does not. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const program = 'mosquitto';
/** Debian keeps servers in sbin, which is not on everybody's PATH. */
const env = { ...process.env, PATH: [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter) };

/** Whether the program is on this machine, wherever the shared broker is. */
export function hasMosquitto(): boolean {
  return spawnSync(program, ['-h'], { env }).error === undefined;
}

/** Starts a broker on a free port; `lines` go into its configuration, `files` beside it. */
export async function ownMosquitto(lines: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<OwnMosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-mosquitto-'));
  // As root it would give up its rights, and then not read its own files.
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const asRoot = process.getuid?.() === 0 ? ['user root'] : [];
  await writeFile(config, [`listener ${port} 127.0.0.1`, `persistence_location ${folder}/`, ...asRoot, ...lines, ''].join('\n').replaceAll('FOLDER', folder));
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = spawn(program, ['-c', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const own = child;
    let said = '';
    own.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until('mosquitto listens', () => {
      if (own.exitCode !== null) throw new Error(`mosquitto ended with ${own.exitCode}: ${said}`);
      return answers(port);
    });
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
