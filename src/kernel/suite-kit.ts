/** What a port's suite needs of a test runner: the words of vitest, jest and node:test alike, so that the product depends on none. */
export interface SuiteKit {
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: () => Promise<void>) => void;
  readonly expect: (found: unknown) => { toBe(wanted: unknown): void; toEqual(wanted: unknown): void; toMatchObject(wanted: object): void };
}

/** What `promise` rejects with; undefined where it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}
