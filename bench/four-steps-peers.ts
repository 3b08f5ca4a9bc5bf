import { installPeer } from './cache.ts';
import { runSide } from './child-side.ts';
import { installPostgres } from './postgres.ts';
import type { Peer } from './question.ts';

/** The peers of F1 and F2, with how much better ours must be. */
export function fourStepsPeers(inFlight: number, ratios: { readonly Restate?: number; readonly DBOS?: number }): readonly Peer[] {
  return [
    {
      name: 'Restate',
      ...(ratios.Restate !== undefined && { ratio: ratios.Restate }),
      install: () => installPeer('restate', { '@restatedev/restate-server': '1.7.12', '@restatedev/restate-sdk': '1.17.2' }),
      run: (effort) => runSide('four-steps-restate.ts', effort, inFlight),
    },
    {
      name: 'DBOS',
      ...(ratios.DBOS !== undefined && { ratio: ratios.DBOS }),
      async install() {
        await installPeer('dbos', { '@dbos-inc/dbos-sdk': '5.3.0' });
        await installPostgres();
      },
      run: (effort) => runSide('four-steps-dbos.ts', effort, inFlight),
    },
  ];
}
