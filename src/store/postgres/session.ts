import type { Client, ClientConfig } from 'pg';
import { assert } from '../../kernel/assert.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Row } from '../row.ts';
import { given } from './stored-text.ts';

/** Texts stand for array literals too, bytes for arrays in binary form. */
type Parameter = string | number | Buffer | null;

/** A statement with a name is prepared once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly Parameter[];
}

export interface Answer {
  readonly rows: readonly Row[];
  /** The server's word for what it did: `SELECT`, `COMMIT`, `ROLLBACK` … */
  readonly did: string;
}

/** One connection. Statements asked without waiting go out together and are answered in order. */
export interface Session {
  ask(statement: Statement): Promise<Answer>;
  /** The same for several that go out at once. */
  together(statements: readonly Statement[]): Promise<readonly PromiseSettledResult<Answer>[]>;
  readonly alive: boolean;
  /** Ends the connection after what is under way. */
  end(): Promise<void>;
  /** Breaks the connection, also one that hangs. */
  drop(): void;
}

export interface SessionOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly schema: string;
  /** Set for the session, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long an answer may take before the connection is given up, in milliseconds. */
  readonly answerMs: number;
}

const connectMs = 10_000;

/** Connects; what goes wrong is the driver's error. */
export async function openSession({ url, schema, settings = {}, answerMs }: SessionOptions): Promise<Session> {
  // Loaded here, so that a hub on SQLite does not pay for it.
  const { default: pg } = await import('pg');
  const config: ClientConfig = {
    connectionString: url,
    application_name: 'lineshaft',
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser: (type: number) => (type === int8 ? wholeNumber : (text: string) => text) },
  };
  const client = new pg.Client(config);
  let alive = true;
  // Every statement under way gets the same error; this is for the connection that breaks while none is.
  client.on('error', () => {
    alive = false;
  });
  client.on('end', () => {
    alive = false;
  });
  await client.connect();
  const session = sessionOn(client, () => alive);
  const set = Object.entries({ search_path: quoted(schema), ...settings });
  try {
    await session.ask({ text: set.map(([name, value]) => `SET ${name} = ${value}`).join('; ') });
  } catch (error) {
    session.drop();
    throw error;
  }
  return session;
}

function sessionOn(client: Client, isAlive: () => boolean): Session {
  const ask = async ({ name, text, values }: Statement): Promise<Answer> => {
    // The driver reads the values only; its type says that it may write them.
    const result = await client.query<Record<string, unknown>>({ text, ...(name !== undefined && { name }), ...(values && { values: values as Parameter[] }) });
    // Several statements in one text answer with a list; nobody asks for what they say.
    if (Array.isArray(result)) return { rows: [], did: '' };
    return { rows: result.rows.map(restored), did: result.command };
  };
  return {
    get alive() {
      return isAlive();
    },
    ask,
    async together(statements) {
      const { stream } = client.connection;
      stream.cork();
      const asked = statements.map(ask);
      stream.uncork();
      return Promise.allSettled(asked);
    },
    async end() {
      if (isAlive()) await client.end();
    },
    drop: () => void client.connection.stream.destroy(),
  };
}

/** PostgreSQL's type of 64-bit integers. */
const int8 = 20;

function wholeNumber(text: string): number {
  const number = Number(text);
  assert(Number.isSafeInteger(number), `the store counts no further than a number can, found ${text}`);
  return number;
}

/** A row as it was given to the store. */
function restored(row: Record<string, unknown>): Row {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'string') row[column] = given(value);
  }
  if (typeof row['long'] !== 'string') return row;
  const whole: unknown = JSON.parse(row['long']);
  assert(typeof whole === 'object' && whole !== null, 'long texts lie in an object by column');
  return { ...row, ...whole };
}

/** A name as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `host:port/database` and the schema: what can be said of a database aloud. Raises ENVIRONMENT_INVALID, which does not repeat the text: it may hold a password. */
export function placeOf(url: string, schema: string): string {
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    if (/^postgres(ql)?:$/.test(protocol) && hostname !== '' && pathname.length > 1) return `${hostname}:${port || '5432'}${pathname} (schema ${schema})`;
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The address of the store is no URL (${messageOf(error)}); write postgres://user:password@host:5432/database.`);
  }
  throw new Fault('ENVIRONMENT_INVALID', 'The address of the store names no database; write postgres://user:password@host:5432/database.');
}
