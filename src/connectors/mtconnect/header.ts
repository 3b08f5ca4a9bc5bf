// What every document of an agent begins with, and what it says where it refuses (MTConnect Part 1, Header and MTConnectError).
import { Fault } from '../../kernel/errors.ts';
import type { Attributes } from './xml-walk.ts';

export interface Header {
  /** Another one: the agent began anew, and its sequence numbers too. */
  readonly instanceId: string;
  /** When the document was made, epoch milliseconds; NaN where it does not say. */
  readonly createdMs: number;
  /** When the agent's devices last changed; as it is written. */
  readonly modelChanged: string;
  readonly nextSequence: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Observations that the agent keeps, and gives at once at most; NaN where it does not say. */
  readonly bufferSize: number;
}

export function headerOf(attributes: Attributes): Header {
  const sequence = (name: string): number => {
    const value = attributes[name];
    if (value === undefined) return Number.NaN;
    if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) throw new Error(`its ${name} is ${JSON.stringify(value)}`);
    return Number(value);
  };
  const { instanceId = '', creationTime = '', deviceModelChangeTime = '' } = attributes;
  return {
    instanceId,
    createdMs: instantMs(creationTime),
    modelChanged: deviceModelChangeTime,
    nextSequence: sequence('nextSequence'),
    firstSequence: sequence('firstSequence'),
    lastSequence: sequence('lastSequence'),
    bufferSize: sequence('bufferSize'),
  };
}

const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?)(Z|[+-]\d\d:?\d\d)?$/;

/** Epoch milliseconds; NaN where it is no date. An agent counts in UTC, also where an old one leaves out its Z. */
export function instantMs(text: string): number {
  const [, time, zone = 'Z'] = instant.exec(text) ?? [];
  return time === undefined ? Number.NaN : Date.parse(time.replace(',', '.') + (/^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone));
}

const outOfRange = 'OUT_OF_RANGE';

/** Collects what an MTConnectError document says while it is walked. */
export function refusals(): { open(name: string, attributes: Attributes): void; close(name: string, text: string): void; raise(): void } {
  const said: { readonly code: string; text: string }[] = [];
  let isError = false;
  return {
    open(name, attributes) {
      if (name === 'MTConnectError') isError = true;
      const code = isError ? attributes['errorCode'] : undefined;
      if (code !== undefined) said.push({ code, text: '' });
    },
    close(name, text) {
      const last = said.at(-1);
      // Since 2.6 the error has its words in an element of their own.
      if (last && (name === 'Error' || name === 'ErrorMessage') && text.trim() !== '') last.text = text.trim();
    },
    raise() {
      if (!isError) return;
      const words = said.map(({ code, text }) => (text === '' ? code : `${code} (${text})`)).join(', ') || 'an error that it does not name';
      throw new Fault('PROTOCOL_VIOLATED', `The agent answered ${words}.`, { outOfRange: said.some(({ code }) => code === outOfRange) });
    },
  };
}

/** Whether an agent refused because its buffer does not have what was asked for. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Fault && error.details['outOfRange'] === true;
}
