import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { roles } from '../engine/policy/role.ts';
import type { SessionRecord, SessionShelf } from '../engine/policy/session-shelf.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { parse, schema } from '../kernel/schema.ts';
import { replaceWhole } from './whole-file.ts';

const sessionsMax = 10_000;
const fileShape = schema(
  Type.Object(
    {
      sessions: Type.Array(
        Type.Object(
          {
            hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
            name: Type.String({ minLength: 1, maxLength: 64 }),
            role: Type.Union(roles.map((role) => Type.Literal(role))),
            system: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            expiresMs: Type.Number(),
          },
          { additionalProperties: false },
        ),
        { maxItems: sessionsMax },
      ),
    },
    { additionalProperties: false },
  ),
);

/**
 * Sessions in one file that only its owner can read, by the hashes of their secrets, written whole or not at all. What is no
 * such file is logged and counts as empty: people sign in again.
 */
export function sessionFile(file: string, log: (message: string, details?: Readonly<Record<string, unknown>>) => void): SessionShelf {
  let last: Promise<void> = Promise.resolve();
  return {
    async kept() {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw unavailable(file, 'read', error);
      });
      if (text === undefined) return [];
      try {
        return parse(fileShape, JSON.parse(text), `The session file ${file}`).sessions.map(({ hash, name, role, system, expiresMs }) => ({
          hash,
          principal: { name, role, system },
          expiresMs,
        }));
      } catch (error) {
        log('the session file cannot be used: everybody signs in again', { file, error: messageOf(error) });
        return [];
      }
    },
    keep(sessions) {
      // One after the other: a later state never loses against an earlier one.
      const next = last.then(() => write(file, sessions));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

async function write(file: string, sessions: readonly SessionRecord[]): Promise<void> {
  const text = `${JSON.stringify({ sessions: sessions.map(({ hash, principal, expiresMs }) => ({ hash, ...principal, expiresMs })) }, undefined, 2)}\n`;
  try {
    await replaceWhole(file, text);
  } catch (error) {
    throw unavailable(file, 'written', error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unavailable(file: string, how: 'read' | 'written', error: unknown): Fault {
  return new Fault('STORE_UNAVAILABLE', `The session file ${file} cannot be ${how}: ${messageOf(error)}`, { file }, error);
}
