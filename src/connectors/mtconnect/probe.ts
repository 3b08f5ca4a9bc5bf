// What an agent has to offer (MTConnectDevices): its devices' data items, each with where it lies.
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Attributes } from './xml-walk.ts';
import { walkXml, type XmlLibrary } from './xml-walk.ts';
import { headerOf, refusals, type Header } from './header.ts';

export type Category = 'SAMPLE' | 'EVENT' | 'CONDITION';

export interface DataItem {
  readonly device: string;
  /** The innermost component that has a name; undefined where it belongs to the device itself. */
  readonly component?: string;
  readonly id: string;
  readonly category: Category;
  readonly type: string;
  readonly subType?: string;
  readonly name?: string;
  /** As MTConnect calls it. */
  readonly units?: string;
  readonly representation: string;
  /** Values a second of a time series that does not say so itself. */
  readonly sampleRate?: number;
}

export interface Probe {
  readonly header: Header;
  readonly items: readonly DataItem[];
}

const itemsMax = 200_000;

/** Raises PROTOCOL_VIOLATED where it is no MTConnectDevices document. */
export function probeOf(library: XmlLibrary, bytes: Uint8Array): Probe {
  const refused = refusals();
  const items: DataItem[] = [];
  let header: Header | undefined;
  let device: string | undefined;
  // What an element calls itself, from the device inward; containers such as Axes have no name.
  const names: (string | undefined)[] = [];
  const openElements: string[] = [];
  walkXml(library, bytes, {
    open(name, attributes) {
      if (openElements.length === 0 && name !== 'MTConnectDevices' && name !== 'MTConnectError') throw new Error(`it is a ${name}, not an MTConnectDevices document`);
      refused.open(name, attributes);
      if (name === 'Header') header = headerOf(attributes);
      const parent = openElements.at(-1);
      if (parent === 'Devices') device = attributes['name'] ?? attributes['uuid'] ?? attributes['id'];
      if (name === 'DataItem' && device !== undefined) {
        if (items.length >= itemsMax) throw new Error(`it has more than ${itemsMax} data items`);
        const item = itemOf(
          device,
          names.findLast((each) => each !== undefined),
          attributes,
        );
        if (item) items.push(item);
      }
      openElements.push(name);
      names.push(parent === 'Components' ? attributes['name'] : undefined);
    },
    close(name, text) {
      refused.close(name, text);
      openElements.pop();
      names.pop();
    },
  });
  refused.raise();
  if (!header) throw new Fault('PROTOCOL_VIOLATED', 'The answer to probe has no Header.');
  assert(openElements.length === 0, 'a walk that ends has closed every element');
  return { header, items };
}

const categories: readonly Category[] = ['SAMPLE', 'EVENT', 'CONDITION'];

function itemOf(device: string, component: string | undefined, attributes: Attributes): DataItem | undefined {
  const { id, type, subType, name, units, representation = 'VALUE', sampleRate } = attributes;
  const category = categories.find((each) => each === attributes['category']);
  if (id === undefined || type === undefined || category === undefined) return undefined;
  const rate = Number(sampleRate);
  return {
    device,
    id,
    category,
    // An extension's type has a prefix, e.g. `x:FLOW`.
    type: type.slice(type.indexOf(':') + 1),
    representation,
    ...(component !== undefined && { component }),
    ...(subType !== undefined && { subType }),
    ...(name !== undefined && { name }),
    ...(units !== undefined && { units }),
    ...(rate > 0 && { sampleRate: rate }),
  };
}
