import { once } from 'node:events';
import type { Command } from 'commander';
import { readLink } from '../../kernel/hash-chain.ts';
import { Fault } from '../../kernel/errors.ts';
import { textLines } from '../text-lines.ts';
import { streamFromHub, withAccess, type AccessOptions } from './hub-access.ts';

export function proveCommand(program: Command): void {
  withAccess(
    program
      .command('prove')
      .argument('<key>', 'a business key: order, shipment, asset, purchase order …')
      .description('export what was intended, tried, answered and read back for a business key, hash-chained, one JSON object a line'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  lineshaft prove PO-4711 > PO-4711.ndjson\n  lineshaft verify PO-4711.ndjson --ledger erp=erp.ndjson\n\nThe seal, which is told on standard error, stands for the whole file: keep it elsewhere, and give it to "verify --seal".',
    )
    .action(async (key: string, options: AccessOptions) => {
      let last = '';
      for await (const line of textLines(await streamFromHub(options, 'GET', `/api/trail/${encodeURIComponent(key)}/proof`), 'the proof')) {
        last = line;
        if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
      }
      const read = readLink(last);
      if (read.kind === 'no link') throw new Fault('REPLY_BROKEN', `The hub's proof broke off: ${read.reason}.`);
      process.stderr.write(`Seal ${read.link.hash} (${read.link.n} entries)\n`);
    });
}
