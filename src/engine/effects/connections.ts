import type { Connection } from '../../model/connector.ts';
import type { System } from '../../model/system.ts';

type Open = Connection<unknown, unknown>;

/** The open connections, one per system as a release declares it, opened when first needed. */
export interface Connections {
  /** At once where it is open. */
  to(system: System): Open | Promise<Open>;
  close(): Promise<void>;
}

export function connections(connect: (system: System) => Promise<Open>): Connections {
  const all = new Map<System, Open | Promise<Open>>();
  return {
    to(system) {
      const known = all.get(system);
      if (known) return known;
      const opening = connect(system);
      all.set(system, opening);
      opening.then(
        (open) => all.set(system, open),
        // One that could not be opened is tried again at the next call, whose caller learns why.
        () => all.delete(system),
      );
      return opening;
    },
    async close() {
      for (const one of all.values()) {
        const open = await Promise.resolve(one).catch(() => undefined);
        await open?.close();
      }
    },
  };
}
