/** Headers that are about one connection and go no further (RFC 9110 §7.6.1), and the wish for an interim answer that was granted already. */
const hopNames = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);

/** The headers of a message, names and values in turn as they came, without those that are about one connection. */
export function endToEnd(raw: readonly string[]): string[] {
  const pairs = raw.flatMap((name, index): (readonly [string, string])[] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
  const named = new Set(pairs.flatMap(([name, value]) => (name.toLowerCase() === 'connection' ? value.split(',').map((one) => one.trim().toLowerCase()) : [])));
  return pairs.flatMap(([name, value]) => (hopNames.has(name.toLowerCase()) || named.has(name.toLowerCase()) ? [] : [name, value]));
}
