// The fast way for messages of JSON whose values are numbers: from the bytes to columns.
import type { NumberColumns } from '../model/source.ts';
import { JsonNumbers, namesMax } from './json-numbers.ts';
import type { MqttAddress } from './mqtt-address.ts';
import { payloadMax } from './mqtt-telemetry.ts';
import { doubtOf } from './source-instant.ts';
import { TopicTable } from './topic-table.ts';

export interface MqttNumbersParts {
  /** As the source's `open` was given them. */
  readonly addresses: readonly string[];
  readonly byTopic: ReadonlyMap<string, readonly MqttAddress[]>;
  /** Where in a message its time is, as the parts of a JSON pointer. */
  readonly time: readonly string[];
}

export interface MqttNumbers {
  /** What was taken and not handed on; `count` is set to 0 by who does. */
  readonly columns: NumberColumns;
  /** Whether the columns should be handed on before the next message. */
  isDue(): boolean;
  /** Adds the values of a message that stands in `bytes`. False where the plain way has to be taken: nothing is added. */
  take(bytes: Uint8Array, topicAt: number, topicEnd: number, payloadAt: number, end: number, nowMs: number): boolean;
}

interface Reading {
  /** The time first. */
  readonly numbers: JsonNumbers;
  readonly series: readonly number[];
}

const rowsMax = 4_096;

export function mqttNumbers({ addresses, byTopic, time }: MqttNumbersParts): MqttNumbers {
  const columns: NumberColumns = { count: 0, series: new Uint32Array(rowsMax), values: new Float64Array(rowsMax), times: new Float64Array(rowsMax) };
  const places = new Map(addresses.map((address, index) => [address, index]));
  const readings = new TopicTable<Reading>(byTopic.size);
  for (const [topic, own] of byTopic) {
    const pointers = [time, ...own.map(({ pointer }) => pointer)];
    if (pointers.length > namesMax || pointers.some(({ length }) => length !== 1)) continue;
    const bytes = Buffer.from(topic);
    readings.set(bytes, 0, bytes.length, { numbers: new JsonNumbers(pointers.flat()), series: own.map(({ text }) => places.get(text) ?? 0) });
  }
  return {
    columns,
    isDue: () => columns.count >= rowsMax - namesMax,
    take(bytes, topicAt, topicEnd, payloadAt, end, nowMs) {
      const reading = end - payloadAt > payloadMax ? undefined : readings.find(bytes, topicAt, topicEnd);
      if (!reading || !reading.numbers.read(bytes, payloadAt, end)) return false;
      const { values } = reading.numbers;
      const atMs = values[0] ?? Number.NaN;
      if (doubtOf(atMs, nowMs) !== undefined) return false;
      for (let index = 0; index < reading.series.length; index++) {
        const row = columns.count++;
        columns.series[row] = reading.series[index] ?? 0;
        columns.values[row] = values[index + 1] ?? 0;
        columns.times[row] = Math.floor(atMs);
      }
      return true;
    },
  };
}
