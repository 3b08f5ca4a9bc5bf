import { Fault } from '../../kernel/errors.ts';

/** Where a node is: its namespace by URI, which stays, or by index, which a server may change when it is started again. */
export interface OpcUaAddress {
  readonly text: string;
  readonly namespace: string | number;
  /** `i=…`, `s=…`, `g=…` or `b=…`. */
  readonly identifier: string;
}

/** Raises LANDSCAPE_INVALID where the text is no NodeId in the notation of OPC 10000-6 §5.3.1.10. */
export function opcUaAddress(text: string): OpcUaAddress {
  const [, uri, index, identifier] = /^(?:nsu=([^;]+);|ns=(\d{1,5});)?(i=\d{1,10}|[sgb]=.+)$/s.exec(text) ?? [];
  if (identifier === undefined)
    throw new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is no node: "nsu=<namespace URI>;s=Packer3.Rate", or "ns=2;i=1234".`, { address: text });
  return { text, namespace: uri === undefined ? Number(index ?? 0) : uri.replaceAll('%3B', ';').replaceAll('%25', '%'), identifier };
}

/** The address of a node, to be written into a landscape. */
export function addressOf(namespaceUri: string, identifier: string): string {
  return `nsu=${namespaceUri.replaceAll('%', '%25').replaceAll(';', '%3B')};${identifier}`;
}

/** The NodeId as this server counts its namespaces; undefined where it has none of that URI. */
export function nodeIdOf({ namespace, identifier }: OpcUaAddress, namespaces: readonly string[]): string | undefined {
  const index = typeof namespace === 'number' ? namespace : namespaces.indexOf(namespace);
  return index < 0 ? undefined : `ns=${index};${identifier}`;
}
