import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { text } from '../row.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

const versionMin = 150_000;

/** Settings that lose acknowledged commits at a power cut, and what to do about each. */
const needed = [
  ['fsync', 'set fsync = on in postgresql.conf and restart the server'],
  ['full_page_writes', 'set full_page_writes = on in postgresql.conf and reload the server'],
  ['synchronous_commit', 'set synchronous_commit = on for the server, this database and this user'],
] as const;

/** Refuses a server on which an acknowledged commit can be lost, or that is too old. Raises STORE_UNFIT. */
export async function checkFitness(session: Session, place: string): Promise<void> {
  const settings = ['server_version_num', 'server_version', ...needed.map(([name]) => name)];
  const { rows } = await session.ask({ text: `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}` });
  const [found] = rows;
  assert(found !== undefined, 'settings come as one row');
  if (Number(text(found, 'server_version_num')) < versionMin) {
    throw new Fault('STORE_UNFIT', `${place} runs PostgreSQL ${text(found, 'server_version')}; Lineshaft needs 15 or newer: upgrade the server.`, { place });
  }
  for (const [name, remedy] of needed) {
    if (text(found, name) !== 'off') continue;
    throw new Fault('STORE_UNFIT', `${place} runs with ${name} = off, which can lose what was acknowledged when power fails: ${remedy}.`, { place, setting: name });
  }
  // Said for this session, so that nobody turns it off under a hub that runs.
  await session.ask({ text: `SET synchronous_commit = ${text(found, 'synchronous_commit')}` });
}

/** A connection to a server that may be used. Raises STORE_UNFIT; what else goes wrong is the driver's error. */
export async function fitSession(options: SessionOptions, place: string): Promise<Session> {
  const session = await openSession(options);
  try {
    await checkFitness(session, place);
    return session;
  } catch (error) {
    session.drop();
    throw error;
  }
}
