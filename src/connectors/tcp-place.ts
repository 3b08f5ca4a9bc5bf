import { Fault } from '../kernel/errors.ts';

import { socketHost } from '../kernel/socket-host.ts';

export interface TcpPlace {
  /** As a socket takes it. */
  readonly hostname: string;
  readonly port: number;
  /** As people read it, e.g. `10.0.0.7:102` or `[fd00::7]:102`. */
  readonly text: string;
}

/** Where a URL of a scheme of ours leads, e.g. `s7://HOST:PORT`, whose port may be left out. Raises ENVIRONMENT_INVALID. */
export function tcpPlace(url: string, form: string, usualPort: number, system: string): TcpPlace {
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: '', port: '' };
  if (hostname === '') throw new Fault('ENVIRONMENT_INVALID', `The url of ${system} is ${JSON.stringify(url)}, not ${form}.`, { url });
  return { hostname: socketHost({ hostname }), port: Number(port || usualPort), text: `${hostname}:${port || usualPort}` };
}
