import type { Schema } from '../kernel/schema.ts';
import type { Signal } from './asset.ts';
import type { ConnectorPorts } from './connector.ts';
import { definition, type Definition } from './definition.ts';
import type { Ownership } from './owner.ts';
import type { Quality } from './source.ts';

/** One normalised value on its way out: in the signal's type and unit. */
export interface OutputSample {
  readonly signal: Signal;
  readonly value: number | string | boolean;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  readonly quality: Quality;
  readonly historical: boolean;
}

/** A governed event of a rule, as the edge has stored it. */
export interface OutputEvent {
  readonly id: string;
  /** CloudEvents 1.0, structured JSON text. */
  readonly body: string;
}

/** An open output. No method may throw; they are called in the order of arrival. */
export interface OpenOutput {
  samples(batch: readonly OutputSample[]): void;
  /** Nothing is known of these signals since `atMs`, epoch milliseconds. */
  stale(signals: readonly Signal[], atMs: number): void;
  /** For those that pass events on too; the hub gets them anyhow. */
  events?(batch: readonly OutputEvent[]): void;
  close(): Promise<void>;
}

/** How normalised signals are passed on in one protocol. */
export interface OutputConnector<Options = unknown> extends Definition<'output-connector'> {
  readonly title: string;
  readonly options: Schema<Options>;
  /** Names of the npm packages that `open` loads and that do not come with it in every case; `lineshaft check` tells where one is not installed. */
  readonly packages?: readonly string[];
  open(options: Options, signals: readonly Signal[], ports: ConnectorPorts): Promise<OpenOutput>;
}

/** Declares an output connector. */
export function defineOutputConnector<Options>(spec: {
  readonly name: string;
  readonly title: string;
  readonly options: Schema<Options>;
  readonly packages?: readonly string[];
  readonly open: (options: NoInfer<Options>, signals: readonly Signal[], ports: ConnectorPorts) => Promise<OpenOutput>;
}): OutputConnector<Options> {
  return definition('output-connector', spec);
}

/** Where an edge passes its signals on to, beside its hub: a broker, a historian. */
export interface Output<Options = unknown> extends Definition<'output'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly connector: OutputConnector<Options>;
  /** All of the landscape where absent. */
  readonly signals?: readonly Signal[];
  /** Why it works together in this way, for the one who would do it in another; `lineshaft graph` shows it. */
  readonly why?: string;
}

/** Declares an output of an edge; its address comes from the environment. What passes a signal's deadband is told, and every change of quality. */
export function defineOutput<Options>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly connector: OutputConnector<Options>;
  readonly signals?: readonly Signal[];
  readonly why?: string;
}): Output<Options> {
  return definition('output', spec);
}
