import type { Connection } from '../../model/connector.ts';
import type { System } from '../../model/system.ts';

type Open = Connection<unknown, unknown>;

/** The open connections, one per system as a release declares it, opened when first needed. */
export interface Connections {
  to(system: System): Promise<Open>;
  close(): Promise<void>;
}

export function connections(connect: (system: System) => Promise<Open>): Connections {
  const all = new Map<System, Promise<Open>>();
  return {
    to(system) {
      const known = all.get(system);
      if (known) return known;
      const opening = connect(system);
      all.set(system, opening);
      // One that could not be opened is tried again at the next call, whose caller learns why.
      opening.catch(() => all.delete(system));
      return opening;
    },
    async close() {
      for (const opening of all.values()) {
        const open = await opening.catch(() => undefined);
        await open?.close();
      }
    },
  };
}
