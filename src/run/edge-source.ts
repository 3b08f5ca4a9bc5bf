import { fittingOptions } from './connector-options.ts';
import type { LiveValues } from '../engine/edge/commands/live-values.ts';
import type { GapDesk } from '../engine/edge/gap-desk.ts';
import type { Hearing } from '../engine/edge/hearing.ts';
import type { HearingDesk } from '../engine/edge/hearing-desk.ts';
import type { HoldingSource, HoldingSources } from '../engine/edge/holding-source.ts';
import type { FilterCounts, Normaliser } from '../engine/edge/normalise.ts';
import type { NoticeBoard } from '../engine/edge/notice-board.ts';
import { numberFeed, samplesOf } from '../engine/edge/number-feed.ts';
import type { QuarantineDesk } from '../engine/edge/quarantine-desk.ts';
import type { RuleHost } from '../engine/edge/rule-host.ts';
import { sourceMeter, type SourceMeter } from '../engine/edge/source-meter.ts';
import type { Tap } from '../engine/edge/tap.ts';
import type { TrendFeed } from '../engine/edge/trend-feed.ts';
import { unitProblems } from '../engine/edge/unit-watch.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Signal } from '../model/asset.ts';
import type { OpenSource, RawSample, Source, SourceSink } from '../model/source.ts';
import type { OpenOutputs } from './edge-outputs.ts';
import type { Link } from './edge-report.ts';
import { sourceFolder } from './source-folder.ts';

export interface EdgeSourceParts {
  readonly normal: Normaliser;
  readonly tap: Tap;
  readonly counts: FilterCounts;
  readonly host: RuleHost;
  readonly trends: TrendFeed;
  readonly quarantine: QuarantineDesk;
  readonly gaps: GapDesk;
  readonly hearings: HearingDesk;
  readonly notices: NoticeBoard;
  readonly links: Map<string, Link>;
  readonly holding: HoldingSources;
  /** Where commands look; absent where there are none. */
  readonly live: LiveValues | undefined;
  readonly outputs: OpenOutputs | undefined;
  /** What the environment says of a source. */
  readonly optionsOf: (source: string) => unknown;
  readonly folder: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Opens a source of an edge. One whose library is not installed is not heard, and its owner is told; the others are. Raises ENVIRONMENT_INVALID. */
export async function openSource(source: Source, own: readonly Signal[], parts: EdgeSourceParts): Promise<OpenSource> {
  const { name, connector } = source;
  const { clock, random, log, links, notices, folder } = parts;
  const given = fittingOptions(connector.options, parts.optionsOf(name), { kind: 'source', name });
  const meter = sourceMeter(clock);
  const addresses = [...new Set(own.map(({ address }) => address))];
  const held = parts.holding.of(source, given, addresses);
  const hearing = parts.hearings.of({ source: name, addresses, takesUp: connector.takesUp === true, holding: held, meter });
  const sink = sourceSink({ ...parts, name, own, addresses, meter, hearing, held });
  const ports = { clock, random, system: name, log, ...(hearing.earlier && { earlier: hearing.earlier }), ...(folder !== undefined && { folder: sourceFolder(folder, name) }) };
  links.set(name, { name, connected: false, detail: 'not connected yet', sinceMs: clock.now(), meter });
  const id = `source-closed ${name}`.slice(0, 128);
  try {
    const open = await connector.open(given, addresses, sink, ports);
    notices.end(id, clock.now(), `The source ${name} is listened to again`);
    hearing.opened(open.place && (() => open.place?.()));
    return {
      ...(open.control && { control: open.control }),
      async close() {
        hearing.closing();
        await open.close();
      },
    };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'LIBRARY_MISSING') throw error;
    const sinceMs = clock.now();
    const detail = error.message.replace(/\.$/, '');
    links.set(name, { name, connected: false, detail: `${detail}.`, sinceMs, meter });
    notices.put({ id, kind: 'source-closed', sinceMs, text: `The source ${name} is not listened to; the others are: ${detail}`, advice: error.help });
    return { close: async () => undefined };
  }
}

interface SinkParts extends EdgeSourceParts {
  readonly name: string;
  /** Of a source that tells only what changes. */
  readonly held: HoldingSource | undefined;
  readonly own: readonly Signal[];
  readonly addresses: readonly string[];
  readonly meter: SourceMeter;
  readonly hearing: Hearing;
}

function sourceSink({ name, held, own, addresses, meter, hearing, normal, tap, counts, host, trends, quarantine, gaps, links, live, outputs, clock, log }: SinkParts): SourceSink {
  const tell = (news: Partial<Link>): void => {
    const link = links.get(name);
    if (link) links.set(name, { ...link, ...news });
  };
  const numbers = numberFeed({ source: name, addresses, normal, host, trends, counts, clock });

  function samples(batch: readonly RawSample[]): void {
    meter.note(batch);
    hearing.samples(batch);
    held?.samples(batch);
    live?.samples(name, batch);
    const normalised = tap.isOn(name) ? tap.through(name, batch) : normal.normalise(name, batch);
    host.accept(normalised);
    trends.add(normalised);
    outputs?.add(normalised);
  }
  return {
    samples,
    numbers(columns) {
      // Who passes everything on has to be given everything, and who taps sees single values.
      if (outputs || tap.isOn(name)) return samples(samplesOf(columns, addresses));
      meter.noteNumbers(columns);
      hearing.numbers(columns);
      held?.numbers(columns);
      live?.numbers(name, columns, addresses);
      numbers(columns);
    },
    quarantine(address, reason, raw) {
      quarantine.put(address, reason, raw);
      if (tap.isOn(name)) tap.refused(name, address, reason, raw);
    },
    stale(prefix, atMs) {
      live?.stale(name, prefix);
      held?.stale(prefix);
      const gone = own.filter(({ address }) => address.startsWith(prefix));
      host.stale(gone, atMs);
      outputs?.stale(gone, atMs);
    },
    gaps(batch) {
      gaps.put(name, batch);
      hearing.gaps(batch);
    },
    absent: hearing.absent,
    whole: hearing.whole,
    kept: hearing.kept,
    units(told) {
      for (const { address, reason } of unitProblems(own, told)) {
        quarantine.put(address, reason, '');
        log(`${name}: ${reason}.`, { source: name, address });
      }
    },
    skew(aheadMs, withinMs) {
      held?.skew(aheadMs);
      tell({ skewMs: Math.round(aheadMs), skewWithinMs: Math.ceil(withinMs) });
    },
    connected(connected, detail) {
      // What a source said before it was cut off is no word on what is true now.
      if (!connected) live?.stale(name, '');
      held?.connected(connected);
      hearing.connected(connected);
      tell({ connected, detail, sinceMs: clock.now() });
    },
  };
}
