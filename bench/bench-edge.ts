// An edge of this process, as the command starts one, without a hub; and the rule that its machines are judged by.
import { join } from 'node:path';
import { Type } from 'typebox';
import { schema } from '../src/kernel/schema.ts';
import { defineAsset, type Asset, type Signal } from '../src/model/asset.ts';
import { below } from '../src/model/condition.ts';
import { defineContract } from '../src/model/contract.ts';
import { defineOwner } from '../src/model/owner.ts';
import { defineRule, type Rule } from '../src/model/rule.ts';
import type { Source } from '../src/model/source.ts';
import { average } from '../src/model/window.ts';
import { startEdge, type Edge } from '../src/run/edge.ts';
import { boundHeapGrowth } from '../src/run/heap-growth.ts';
import { openTelemetryShelf } from '../src/run/telemetry-shelf.ts';
import { openSqliteEdgeStore } from '../src/store/sqlite/sqlite-edge-store.ts';

export const owner = defineOwner({ name: 'plant', title: 'Plant', mail: 'plant@acme.example', side: 'ot' });
export const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', owner });
const data = schema(Type.Object({ asset: Type.String() }));
const slow = defineContract({ name: 'machine.slow', version: 1, title: 'A machine is slow', owner, schema: data, keys: { asset: 'asset' }, examples: [] });

export function machineAsset(number: number): Asset {
  return defineAsset({ name: `machine-${number}`, title: `Machine ${number}`, level: 'cell', within: line, owner });
}

/** An event once the average of ten seconds has been below 80 for five. */
export function slowRule(rate: Signal<number>): Rule {
  return defineRule({
    name: `${rate.asset.name}.slow`,
    title: 'Slow',
    owner,
    on: rate,
    with: {},
    when: below(average('10s'), { limit: 80 }),
    sustained: '5s',
    clear: { limit: 90, for: '5s' },
    emit: slow,
    event: ({ asset: name }) => ({ asset: name }),
  });
}

export interface BenchFloor {
  readonly source: Source;
  readonly options: unknown;
  readonly signals: readonly Signal[];
  readonly rules: readonly Rule[];
  /** Keeps no telemetry, as a peer does not that has no such thing. */
  readonly isUnrecorded?: boolean;
}

export async function openBenchEdge(opened: AsyncDisposableStack, folder: string, { source, options, signals, rules, isUnrecorded = false }: BenchFloor): Promise<Edge> {
  const edge = await startEdge({
    landscape: { signals, rules, sources: [source], limits: {}, optionsOf: () => options },
    openStore: async () => openSqliteEdgeStore(join(folder, 'edge.db')),
    ...(!isUnrecorded && { openTelemetry: async () => openTelemetryShelf(join(folder, 'telemetry'), 64e6) }),
    edgeName: 'edge-1',
    hubUrls: ['http://127.0.0.1:9'],
    key: 'none',
    log: () => undefined,
  });
  opened.defer(edge.close);
  boundHeapGrowth();
  return edge;
}
