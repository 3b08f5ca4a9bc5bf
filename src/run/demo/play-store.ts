// A play's log on a PostgreSQL database: a schema of its own, reached over a wire that can be cut where the play wants that.
import { randomBytes } from 'node:crypto';
import { openSession, type Session } from '../../store/postgres/session.ts';
import { schemaName } from '../../store/postgres/shard-roll.ts';
import { textOrNone } from '../../store/row.ts';
import type { Environment } from '../environment.ts';
import { openLink, type Link } from './link.ts';

export interface PlayStore extends AsyncDisposable {
  /** What the hub's environment says of it. */
  readonly settings: NonNullable<Environment['store']>;
  /** What that refers to. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The wire between hub and database, where there is one. */
  readonly link: Link | undefined;
  /** The same of the second of two hubs, which share the log. */
  readonly second: { readonly settings: { readonly url: string }; readonly link: Link } | undefined;
  /** Who holds each shard of the log now, by the id of the hub; undefined where nobody does. */
  holders(): Promise<readonly (string | undefined)[]>;
  /** Takes the schema away. */
  drop(): Promise<void>;
}

export interface PlayStoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly play: string;
  readonly canBeCut: boolean;
  /** Two hubs share it. */
  readonly isShared: boolean;
}

const password = 'STORE_PASSWORD';
const usualPort = '5432';
const answerMs = 10_000;
/** Each of two hubs has some, so that a play's business lies in both. */
const shards = 4;
/** Neither hub may be starved for so long on a busy machine. */
const lease = '6s';

export async function openPlayStore({ url, play, canBeCut, isShared }: PlayStoreOptions): Promise<PlayStore> {
  const schema = `play_${play.replaceAll(/[^a-z0-9]/g, '_').slice(0, 40)}_${randomBytes(4).toString('hex')}`;
  const schemas = isShared ? Array.from({ length: shards }, (_, index) => schemaName(schema, index + 1)) : [schema];
  await using opened = new AsyncDisposableStack();
  const wire = async () => {
    const link = opened.use(await openLink());
    const { hostname, port } = new URL(url);
    link.leadTo(`http://${hostname}:${port || usualPort}`);
    return link;
  };
  const link = canBeCut || isShared ? await wire() : undefined;
  const secondLink = isShared ? await wire() : undefined;
  const over = (by: Link | undefined): string => {
    const address = new URL(url);
    address.password = '';
    if (by) address.host = new URL(by.url).host;
    return address.href;
  };
  const asked = async <Result>(work: (session: Session) => Promise<Result>): Promise<Result> => {
    const session = await openSession({ url, schema, answerMs });
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  };
  const running = opened.move();
  return {
    settings: { url: over(link), password: `\${secret:${password}}`, schema, ...(isShared && { shards, lease }) },
    secrets: { [password]: decodeURIComponent(new URL(url).password) },
    link,
    second: secondLink && { settings: { url: over(secondLink) }, link: secondLink },
    holders: () =>
      asked(async (session) => {
        const each = schemas.map((name, index) => `SELECT ${index} AS shard, CASE WHEN expires > clock_timestamp() THEN split_part(hub, '@', 1) END AS hub FROM "${name}".holder`);
        return (await session.ask({ text: `${each.join(' UNION ALL ')} ORDER BY shard` })).rows.map((row) => textOrNone(row, 'hub'));
      }),
    drop: () =>
      asked(async (session) => {
        for (const name of schemas) await session.ask({ text: `DROP SCHEMA IF EXISTS "${name}" CASCADE` });
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
