import { Fault } from '../../kernel/errors.ts';

/** What is used of the package nodes7, which comes without types. */
export interface S7Client {
  initiateConnection(parameters: { host: string; port: number; rack: number; slot: number; timeout: number }, done: (error?: unknown) => void): void;
  addItems(addresses: string[]): void;
  removeItems(): void;
  setTranslationCB(addressOf: (tag: string) => string): void;
  /** Of an item that could not be read the value is a text that says so. */
  readAllItems(done: (isAnyBad: boolean, values: Readonly<Record<string, unknown>>) => void): void;
  /** 1 where it was not taken, because another is under way. */
  writeItems(address: string, value: number | string | boolean, done: (isAnyBad: boolean) => void): 0 | 1;
  findItem(address: string): { readonly value: unknown; readonly quality: unknown } | undefined;
  dropConnection(done: () => void): void;
  /** Whether neighbours are not read together. */
  doNotOptimize: boolean;
}

export type S7Library = new (options: { silent: boolean }) => S7Client;

/** Not a literal: whoever has no S7 need not have it, and its types do not exist. */
const name: string = 'nodes7';

/** Loaded by who opens a source of S7. Raises LIBRARY_MISSING where it is not installed. */
export async function s7Library(load = (): Promise<unknown> => import(name)): Promise<S7Library> {
  try {
    const loaded: unknown = await load();
    const library: unknown = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
    if (typeof library === 'function') return library as S7Library; // a constructor in every version of it; its methods are those of the interface above, which a test calls
    throw new Fault('LIBRARY_MISSING', 'The package "nodes7" that is installed here is not the one that speaks S7: npm install nodes7', {});
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new Fault('LIBRARY_MISSING', 'S7 is spoken with the package "nodes7", which is not installed here: npm install nodes7', {}, error);
  }
}
