/** A URL's host as a socket takes it: an IPv6 address without the brackets that it has in a URL (RFC 3986 §3.2.2), and in what people read. */
export function socketHost({ hostname }: Pick<URL, 'hostname'>): string {
  return hostname.replace(/^\[|\]$/g, '');
}
