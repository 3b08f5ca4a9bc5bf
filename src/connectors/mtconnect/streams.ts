// Observations as an agent tells them (MTConnectStreams), in the order in which they were made.
import { Fault } from '../../kernel/errors.ts';
import { headerOf, refusals, type Header } from './header.ts';
import { walkXml, type Attributes, type XmlLibrary } from './xml-walk.ts';

export interface Entry {
  readonly key: string;
  readonly text: string;
  readonly isRemoved: boolean;
}

export interface Observation {
  readonly device: string;
  readonly id: string;
  readonly sequence: number;
  /** As it is written. */
  readonly timestamp: string;
  /** `Position`, `Execution`, `Fault`. */
  readonly element: string;
  readonly text: string;
  readonly attributes: Attributes;
  readonly entries: readonly Entry[];
}

export interface Streams {
  readonly header: Header;
  /** By sequence. */
  readonly observations: readonly Observation[];
}

const containers: ReadonlySet<string> = new Set(['Samples', 'Events', 'Condition']);

/** Raises PROTOCOL_VIOLATED where it is no MTConnectStreams document, or an error, of which isOutOfRange may say more. */
export function streamsOf(library: XmlLibrary, bytes: Uint8Array): Streams {
  const refused = refusals();
  const observations: Observation[] = [];
  let header: Header | undefined;
  let device = '';
  let current: { readonly attributes: Attributes; readonly depth: number; readonly entries: Entry[] } | undefined;
  let entry: Attributes = {};
  const openElements: string[] = [];
  walkXml(library, bytes, {
    open(name, attributes) {
      if (openElements.length === 0 && name !== 'MTConnectStreams' && name !== 'MTConnectError') throw new Error(`it is a ${name}, not an MTConnectStreams document`);
      refused.open(name, attributes);
      if (name === 'Header') header = headerOf(attributes);
      if (name === 'DeviceStream') device = attributes['name'] ?? attributes['uuid'] ?? '';
      if (current && name === 'Entry') entry = attributes;
      if (!current && containers.has(openElements.at(-1) ?? '')) current = { attributes, depth: openElements.length, entries: [] };
      openElements.push(name);
    },
    close(name, text) {
      refused.close(name, text);
      openElements.pop();
      if (!current) return;
      if (openElements.length === current.depth) {
        observations.push(observationOf(device, name, text, current.attributes, current.entries));
        current = undefined;
      } else if (name === 'Entry') current.entries.push({ key: entry['key'] ?? '', text: text.trim(), isRemoved: entry['removed'] === 'true' });
    },
  });
  refused.raise();
  if (!header || !(header.nextSequence >= 0)) throw new Fault('PROTOCOL_VIOLATED', 'The answer has no Header with a nextSequence.');
  return { header, observations: observations.toSorted((a, b) => a.sequence - b.sequence) };
}

function observationOf(device: string, element: string, text: string, attributes: Attributes, entries: readonly Entry[]): Observation {
  const { dataItemId: id = '', timestamp = '', sequence = '' } = attributes;
  if (!/^\d{1,16}$/.test(sequence)) throw new Error(`a ${element} has the sequence ${JSON.stringify(sequence)}`);
  return { device, id, sequence: Number(sequence), timestamp, element, text: text.trim(), attributes, entries };
}
