// `lineshaft demo` as a person starts it: a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface DemoEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface DemoProcess {
  readonly child: ChildProcess;
  /** Resolves when standard output has this text. Rejects when the process ends without it. */
  says(text: string): Promise<string>;
  readonly end: Promise<DemoEnd>;
}

export function startDemo(...args: readonly string[]): DemoProcess {
  const cli = process.env['LINESHAFT_BUILT_COMMAND'] ?? fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', cli, 'demo', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const looks: (() => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const look of looks) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const end = new Promise<DemoEnd>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return {
    child,
    end,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (out.includes(text)) resolve(out);
        };
        looks.push(look);
        look();
        void end.then((ended) => reject(new Error(`"${text}" was never said: ${JSON.stringify(ended)}`)));
      }),
  };
}
