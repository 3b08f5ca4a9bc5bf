import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import type { AuditRecord } from '../store/store.ts';
import { auditCursor, type ChainedStore } from '../engine/audit/audit-chain.ts';
import { limit, name } from './field.ts';
import { ok, route, type Route } from './route.ts';

const auditQuery = schema(
  Type.Object({ subject: Type.Optional(name), before: Type.Optional(Type.Integer({ minimum: 1 })), limit: Type.Optional(limit) }, { additionalProperties: false }),
);

/** A part of the audit, newest first. */
export interface AuditView {
  /** Entries that the hub has counted since the audit is a chain. */
  readonly counted: number;
  /** As they are stored, with their links among the details: what is checked must not be altered on the way. */
  readonly entries: readonly AuditRecord[];
}

/** What people and the hub did, as it is recorded. */
export function auditRoutes(store: ChainedStore): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/audit',
      group: 'audit',
      summary: 'The audit, newest first; "before" an id gives the older ones. Each entry is bound to the one before by its hash.',
      right: 'act',
      query: auditQuery,
      async serve({ query: { limit: max = 100, ...filter } }) {
        const counted = await store.cursor(auditCursor);
        return ok({ counted, entries: await store.auditChain({ ...filter, limit: max }) } satisfies AuditView);
      },
    }),
  ];
}
