// A counterpart as a process: options in, one ready line out, and a clean end.
import { parseArgs } from 'node:util';
import { demoTokens } from './server.ts';

export interface ProcessOptions {
  readonly port: number;
  readonly seed: number;
  readonly epochMs: number;
  readonly tokens: ReadonlyMap<string, string>;
  /** Values of the extra options that this counterpart takes. */
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

export interface Running extends AsyncDisposable {
  /** What the ready line says beside `ready` and `name`. */
  readonly ready: { readonly url: string } & Readonly<Record<string, unknown>>;
}

/** Starts it and stays until SIGTERM, SIGINT or, with `--die-with-parent`, the end of stdin. */
export async function runProcess(name: string, extraNames: readonly string[], start: (options: ProcessOptions) => Promise<Running>): Promise<void> {
  const { options, dieWithParent } = optionsFrom(name, extraNames, process.argv.slice(2));
  const running = await start(options);
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    running[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (dieWithParent) process.stdin.once('end', end).once('close', end).once('error', end).resume();
  // Whoever started us may have gone: that is no reason to crash.
  process.stdout.on('error', () => {});
  process.stdout.write(`${JSON.stringify({ ready: true, name, ...running.ready })}\n`);
}

function optionsFrom(name: string, extraNames: readonly string[], args: string[]): { options: ProcessOptions; dieWithParent: boolean } {
  try {
    const extras = Object.fromEntries(extraNames.map((extra) => [extra, { type: 'string', multiple: true } as const]));
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '0' },
        seed: { type: 'string', default: '7' },
        epoch: { type: 'string', default: String(Date.now()) },
        token: { type: 'string', multiple: true },
        'die-with-parent': { type: 'boolean', default: false },
        ...extras,
      },
    });
    const lists = new Map(Object.entries(values).flatMap(([key, value]) => (Array.isArray(value) ? [[key, value.map(String)] as const] : [])));
    const options = {
      port: wholeNumber('port', values.port, 65_535),
      seed: wholeNumber('seed', values.seed, 4_294_967_295),
      epochMs: wholeNumber('epoch', values.epoch, 8_000_000_000_000),
      tokens: values.token === undefined ? demoTokens : new Map(values.token.map((pair) => pairFrom('token', pair)).map(([principal, secret]) => [secret, principal])),
      extra: lists,
    };
    return { options, dieWithParent: values['die-with-parent'] };
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

export function wholeNumber(option: string, text: string, max: number): number {
  if (/^\d{1,15}$/.test(text) && Number(text) <= max) return Number(text);
  throw new Error(`--${option} is ${text}; allowed: a whole number from 0 to ${max}`);
}

/** `left=right`, both there. */
export function pairFrom(option: string, text: string): readonly [string, string] {
  const cut = text.indexOf('=');
  if (cut > 0 && cut < text.length - 1) return [text.slice(0, cut), text.slice(cut + 1)];
  throw new Error(`--${option} is ${text}; allowed: name=secret`);
}
