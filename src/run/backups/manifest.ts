import { Type, type Static } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';

// A backup is one file: the manifest as one line of JSON, then the bytes of the database.

/** Grows when an older program could misunderstand a newer backup. */
export const backupVersion = 1;
export const backupFormat = 'lineshaft-backup';

const source = Type.Object({
  format: Type.Literal(backupFormat),
  version: Type.Integer(),
  hub: Type.String(),
  /** Version of the program, and hash of the release, that it was made under. */
  lineshaft: Type.String(),
  release: Type.String(),
  /** When the copy was made: what the hub did later is not in it. RFC 3339, UTC. */
  at: Type.String({ format: 'date-time' }),
  /** The last event in it. */
  position: Type.Integer({ minimum: 0 }),
  runs: Type.Integer({ minimum: 0 }),
  openEffects: Type.Integer({ minimum: 0 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
const shape = schema(source);

/** What a backup says of itself. */
export type Manifest = Static<typeof source>;

/** The manifest of a backup's first line. Raises BACKUP_BROKEN. */
export function manifestOf(line: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Fault('BACKUP_BROKEN', `${file} is no backup of Lineshaft: it does not begin with a manifest.`, { file }, error);
  }
  if (!shape.check(value)) throw new Fault('BACKUP_BROKEN', `${file} is no backup of Lineshaft: its manifest is not valid at ${shape.difference(value)?.path ?? '/'}.`, { file });
  if (value.version > backupVersion) throw new Fault('BACKUP_BROKEN', `${file} was made by a newer Lineshaft (${value.lineshaft}). Restore it with that one.`, { file });
  return value;
}
