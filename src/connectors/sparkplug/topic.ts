// Sparkplug 3.0 §4: spBv1.0/group_id/message_type/edge_node_id[/device_id], and spBv1.0/STATE/host_id.

export const namespace = 'spBv1.0';

export type NodeVerb = 'NBIRTH' | 'NDATA' | 'NDEATH' | 'NCMD';
export type DeviceVerb = 'DBIRTH' | 'DDATA' | 'DDEATH' | 'DCMD';

export type SparkplugTopic =
  | { readonly verb: 'STATE'; readonly host: string }
  | { readonly verb: NodeVerb; readonly group: string; readonly node: string }
  | { readonly verb: DeviceVerb; readonly group: string; readonly node: string; readonly device: string };

const nodeVerbs: ReadonlySet<string> = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'NCMD'] satisfies NodeVerb[]);
const deviceVerbs: ReadonlySet<string> = new Set(['DBIRTH', 'DDATA', 'DDEATH', 'DCMD'] satisfies DeviceVerb[]);

/** The parts of a topic, or undefined where it is none of Sparkplug B. */
export function sparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [first, group, verb, node, device, ...rest] = topic.split('/');
  if (first !== namespace || !group || !verb || rest.length > 0) return undefined;
  if (group === 'STATE') return node === undefined ? { verb: 'STATE', host: verb } : undefined;
  if (!node) return undefined;
  if (isNodeVerb(verb)) return device === undefined ? { verb, group, node } : undefined;
  return isDeviceVerb(verb) && device ? { verb, group, node, device } : undefined;
}

export function ncmdTopic(group: string, node: string): string {
  return `${namespace}/${group}/NCMD/${node}`;
}

export function dcmdTopic(group: string, node: string, device: string): string {
  return `${namespace}/${group}/DCMD/${node}/${device}`;
}

function isNodeVerb(verb: string): verb is NodeVerb {
  return nodeVerbs.has(verb);
}

function isDeviceVerb(verb: string): verb is DeviceVerb {
  return deviceVerbs.has(verb);
}
