import { Fault } from '../../kernel/errors.ts';

/** Where one value is: a data item of a device, and which of its values where it has several. */
export interface MtconnectAddress {
  /** As the landscape writes it: `device/dataItemId` or `device/dataItemId#part`. */
  readonly text: string;
  readonly device: string;
  readonly id: string;
  /** `message` of a condition, `x`, `y`, `z` of a position in space, else the key of an entry. */
  readonly part?: string;
}

/** Raises LANDSCAPE_INVALID where the text is none. */
export function mtconnectAddress(text: string): MtconnectAddress {
  const [, device, id, part] = /^([^/]+)\/([^#/]+)(?:#(.+))?$/.exec(text) ?? [];
  if (device === undefined || id === undefined) {
    const form = 'the name of a device, "/" and the id of a data item, e.g. "mill-3/Xact"; a part of its value follows behind "#"';
    throw new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is none of MTConnect: ${form}.`, { address: text });
  }
  return { text, device, id, ...(part !== undefined && { part }) };
}
