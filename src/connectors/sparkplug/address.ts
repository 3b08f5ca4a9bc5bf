import { Fault } from '../../kernel/errors.ts';

/** Where one metric is. `device` is empty for a metric of the node itself. */
export interface SparkplugAddress {
  readonly group: string;
  readonly node: string;
  readonly device: string;
  /** May contain slashes. */
  readonly metric: string;
}

/** Raises LANDSCAPE_INVALID where the text is not `group/node/device/Metric Name` or `group/node//Metric Name`. */
export function sparkplugAddress(text: string): SparkplugAddress {
  const match = /^([^/+#]+)\/([^/+#]+)\/([^/+#]*)\/(.+)$/s.exec(text);
  const [, group, node, device, metric] = match ?? [];
  if (!group || !node || device === undefined || !metric) {
    throw new Fault(
      'LANDSCAPE_INVALID',
      `The address ${JSON.stringify(text)} is not "group/node/device/Metric Name", or "group/node//Metric Name" for a metric of the node itself.`,
      { address: text },
    );
  }
  return { group, node, device, metric };
}

/** What the addresses of a device's metrics begin with; with `''`, those of the node itself. */
export function devicePrefix(group: string, node: string, device: string): string {
  return `${group}/${node}/${device}/`;
}
