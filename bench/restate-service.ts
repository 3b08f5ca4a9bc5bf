// The service that Restate calls: four named durable steps. Started by four-steps-restate.ts with its port.
import { peerRequire } from './cache.ts';

/** As much of @restatedev/restate-sdk as is used here. */
interface Context {
  run<Out>(name: string, step: () => Promise<Out>): Promise<Out>;
}
interface RestateSdk {
  service(definition: { readonly name: string; readonly handlers: object }): unknown;
  serve(options: { readonly services: readonly unknown[]; readonly port: number; readonly logger: () => void }): Promise<number>;
}

// A package of a fixed version with these exports.
const restate = peerRequire('restate')('@restatedev/restate-sdk') as RestateSdk;
const service = restate.service({
  name: 'four-steps',
  handlers: {
    async run(context: Context, start: number) {
      let value = start;
      for (let step = 0; step < 4; step += 1) {
        const before = value;
        value = await context.run(`add-${step}`, async () => before + 1);
      }
      return value;
    },
  },
});
await restate.serve({ services: [service], port: Number(process.argv[2]), logger: () => undefined });
// Whoever forked us may be gone: then so are we.
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
