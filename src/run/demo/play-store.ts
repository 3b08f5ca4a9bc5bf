// A play's log on a PostgreSQL database: a schema of its own, reached over a wire that can be cut where the play wants that.
import { randomBytes } from 'node:crypto';
import { openSession } from '../../store/postgres/session.ts';
import type { Environment } from '../environment.ts';
import { openLink, type Link } from './link.ts';

export interface PlayStore extends AsyncDisposable {
  /** What the hub's environment says of it. */
  readonly settings: NonNullable<Environment['store']>;
  /** What that refers to. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The wire between hub and database, where there is one. */
  readonly link: Link | undefined;
  /** Takes the schema away. */
  drop(): Promise<void>;
}

export interface PlayStoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly play: string;
  readonly canBeCut: boolean;
}

const password = 'STORE_PASSWORD';
const usualPort = '5432';
const dropMs = 10_000;

export async function openPlayStore({ url, play, canBeCut }: PlayStoreOptions): Promise<PlayStore> {
  const schema = `play_${play.replaceAll(/[^a-z0-9]/g, '_').slice(0, 40)}_${randomBytes(4).toString('hex')}`;
  const link = canBeCut ? await openLink() : undefined;
  const address = new URL(url);
  address.password = '';
  if (link) {
    link.leadTo(`http://${address.hostname}:${address.port || usualPort}`);
    address.host = new URL(link.url).host;
  }
  return {
    settings: { url: address.href, password: `\${secret:${password}}`, schema },
    secrets: { [password]: decodeURIComponent(new URL(url).password) },
    link,
    async drop() {
      const session = await openSession({ url, schema, answerMs: dropMs });
      try {
        await session.ask({ text: `DROP SCHEMA IF EXISTS "${schema}" CASCADE` });
      } finally {
        await session.end();
      }
    },
    [Symbol.asyncDispose]: async () => link?.[Symbol.asyncDispose](),
  };
}
