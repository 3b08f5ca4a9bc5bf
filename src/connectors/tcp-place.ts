import { Fault } from '../kernel/errors.ts';

/** Where a URL of a scheme of ours leads, e.g. `s7://HOST:PORT`, whose port may be left out. Raises ENVIRONMENT_INVALID. */
export function tcpPlace(url: string, form: string, usualPort: number, system: string): { readonly hostname: string; readonly port: number } {
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: '', port: '' };
  if (hostname === '') throw new Fault('ENVIRONMENT_INVALID', `The url of ${system} is ${JSON.stringify(url)}, not ${form}.`, { url });
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port || usualPort) };
}
