// Writes the pages of docs/reference/ that are made from the sources; a test compares them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitReference } from './exit-reference.ts';
import { faultReference } from './fault-reference.ts';
import { repository } from './package-binary.ts';

const folder = join(repository, 'docs', 'reference');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'faults.md'), faultReference());
writeFileSync(join(folder, 'exit-codes.md'), exitReference());
