import { Fault, messageOf } from '../../kernel/errors.ts';

/**
 * What an error of the database means for whoever asked: `lost`: the connection is gone, and with it the answer; `again`: the server
 * took everything back and asks to repeat it; `unfit`: it took everything back and cannot now; `taken`: another hub holds the database;
 * `bug`: ours.
 */
export type Trouble = 'lost' | 'again' | 'unfit' | 'taken' | 'bug';

// PostgreSQL documentation, appendix A. Classes by their first two characters.
const again: ReadonlySet<string> = new Set(['40001', '40P01']);
const lostCodes: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04']);
const unfitClasses: ReadonlySet<string> = new Set(['53', '58']);
/** Read-only server, cancelled statement, lock timeout, password and database that were right when the hub started. */
const unfitCodes: ReadonlySet<string> = new Set(['25006', '57014', '55P03', '28P01', '28000', '3D000', '42501']);

/** What `fence` of the layout raises where another hub holds the database. */
const fenceCode = 'LS001';

export function troubleOf(error: unknown): Trouble {
  const code = sqlState(error);
  if (code === undefined) return isBroken(error) ? 'lost' : 'bug';
  if (code === fenceCode) return 'taken';
  if (again.has(code)) return 'again';
  if (lostCodes.has(code) || code.startsWith('08')) return 'lost';
  return unfitClasses.has(code.slice(0, 2)) || unfitCodes.has(code) ? 'unfit' : 'bug';
}

/** An error of the database as the Fault that the port promises; a bug of ours stays what it is. `place` is named without credentials. */
export function storeFault(error: unknown, place: string): unknown {
  if (error instanceof Fault) return error;
  const trouble = troubleOf(error);
  if (trouble === 'bug') return error;
  if (trouble === 'taken') return new Fault('STORE_TAKEN_OVER', `Another hub has taken over ${place}.`, { place }, error);
  return new Fault('STORE_UNAVAILABLE', `Cannot use ${place}: ${messageOf(error)}.`, { place, sqlState: sqlState(error) }, error);
}

/** The five characters that name an error that the server itself answered with. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error ? error.code : undefined;
}

/** An error of the socket, or of a driver whose socket is gone; it has no codes of its own for the latter. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('syscall' in error || ('code' in error && typeof error.code === 'string' && /^(E[A-Z]+|ERR_(SSL|TLS|SOCKET|STREAM).*|.*CERT.*)$/.test(error.code))) return true;
  if (error instanceof AggregateError) return error.errors.some(isBroken);
  return /^Connection terminated|not queryable|timeout|^Client was closed|does not support SSL|socket disconnected/i.test(error.message);
}
