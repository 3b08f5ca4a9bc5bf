import { readFile } from 'node:fs/promises';
import { Fault } from '../../kernel/errors.ts';
import { keyFileIn } from './landscape-options.ts';

/** The edge's key: given, from the process environment, or from the hub's key file where both run on one machine; empty where a certificate stands for it. */
export async function edgeKey(options: { readonly key: string | undefined; readonly data: string }, isCertified: boolean): Promise<string> {
  const given = options.key ?? process.env['LINESHAFT_EDGE_KEY'];
  if (given !== undefined || isCertified) return given ?? '';
  const file = keyFileIn(options.data);
  const parsed: unknown = JSON.parse(
    await readFile(file, 'utf8').catch(() => {
      throw new Fault('COMMAND_INVALID', `This edge has no key. Give it with --key or LINESHAFT_EDGE_KEY (no key file at ${file}).`, { file });
    }),
  );
  if (typeof parsed === 'object' && parsed !== null && 'edge' in parsed && typeof parsed.edge === 'string') return parsed.edge;
  throw new Fault('COMMAND_INVALID', `The key file ${file} names no "edge" key.`, { file });
}
