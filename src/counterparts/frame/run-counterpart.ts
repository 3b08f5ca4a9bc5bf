// The whole of a `main.ts` for a system that speaks HTTP only.
import { runProcess } from './process.ts';
import type { ProcessOptions } from './process.ts';
import { counterpart } from './server.ts';
import type { System } from './server.ts';
import type { Frame } from './frame.ts';

/** `build` also gets the options, so that a system can read those that only it takes. */
export function runCounterpart(name: string, build: (frame: Frame, options: ProcessOptions) => System, extraOptions: readonly string[] = []): Promise<void> {
  return runProcess(name, extraOptions, async (options) => {
    const { port, seed, epochMs, tokens } = options;
    const running = counterpart({ name, seed, epochMs, tokens, build: (frame) => build(frame, options) });
    const url = await running.listen(port);
    return { ready: { url }, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
  });
}
