import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../../kernel/clock.ts';
import { csvCell } from '../../kernel/csv.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import { defineSourceConnector, type RawSample, type SourceSink } from '../../model/source.ts';
import { rawText } from '../raw-text.ts';
import { fileDropAddress, type FileDropAddress } from './address.ts';
import { DropFolder, type Waiting } from './folder.ts';
import { hashOf, openLedger, type Ledger } from './ledger.ts';
import { fileDropOptions, withUsual, type FileDropOptions } from './options.ts';
import { rowInstant, type RowInstant } from './row-instant.ts';
import { rowValues } from './row-values.ts';
import { tagsIn } from './found-tags.ts';
import { tableIn, type Table } from './table.ts';

/** Rows of one file that are told one by one, and listed; what is beyond is counted. */
const badMax = 1_000;

/**
 * A folder that CSV or JSON files are dropped into. An address is a file's name, with `*` and `?`, and a column: `press-*.csv#OilTemp`. A file is
 * taken when it is whole, once, by its name and content; then it lies in the folder's `archive`, or, where nobody could read it, in `rejected`.
 */
export const fileDrop = defineSourceConnector({
  name: 'file-drop',
  title: 'Folder of CSV or JSON files',
  options: fileDropOptions,
  delivers: 'files',
  checkAddress: (text) => void fileDropAddress(text),
  async open(given, addresses, sink, ports) {
    const options = withUsual(given);
    const root = folderOf(options.url, ports.system);
    const reader: Reader = { options, addresses: addresses.map(fileDropAddress), instant: instantIn(options.timeZone, ports.system), sink, ports };
    const folder = new DropFolder(root, options);
    const told = new Set<string>();
    // Files wait for us, and the ledger knows up to where each was read.
    sink.kept();
    const closing = new AbortController();

    async function look(ledger: Ledger): Promise<void> {
      const isWanted = (name: string): boolean => reader.addresses.some(({ fits }) => fits(name));
      const { taken, unwanted } = await folder.take(isWanted, ports.clock.steady());
      for (const name of unwanted) {
        if (told.has(name) || told.size >= badMax) continue;
        told.add(name);
        sink.quarantine(name, 'No signal names this file; it stays where it is.', '');
      }
      for (const file of taken) {
        if (closing.signal.aborted) return;
        // Taken by an edge whose landscape named it.
        if (!isWanted(file.name)) continue;
        await settle(file, folder, ledger, reader);
      }
    }

    async function run(): Promise<void> {
      let [ledger, isUp]: [Ledger | undefined, boolean | undefined] = [undefined, undefined];
      while (!closing.signal.aborted) {
        try {
          if (!ledger) await folder.prepare();
          ledger ??= await openLedger(join(ports.folder ?? join(root, 'archive'), 'files.ndjson'));
          await look(ledger);
          if (isUp !== true) sink.connected(true, `Looking at ${root}.`);
          isUp = true;
        } catch (error) {
          if (isUp !== false) sink.connected(false, `Cannot work in ${root} (${ports.system}): ${messageOf(error)}; it is tried again.`);
          isUp = false;
        }
        await sleep(ports.clock, options.intervalMs, closing.signal).catch(() => undefined); // closing: the loop ends
      }
    }

    const running = run();
    return {
      /** A file that is being read is read to its end: half of it would be read again. */
      async close() {
        closing.abort(new Error('closing'));
        await running;
      },
    };
  },
  async *discover(given, ports, signal) {
    const options = withUsual(given);
    yield* tagsIn(folderOf(options.url, ports.system), options, signal);
  },
});

interface Reader {
  readonly options: FileDropOptions;
  readonly addresses: readonly FileDropAddress[];
  readonly instant: RowInstant;
  readonly sink: SourceSink;
  readonly ports: ConnectorPorts;
}

function folderOf(url: string, system: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The url of ${system} is ${JSON.stringify(url)}, which is no folder on this machine: ${messageOf(error)}.`, { url }, error);
  }
}

function instantIn(timeZone: string | undefined, system: string): RowInstant {
  try {
    return rowInstant(timeZone);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The timeZone of ${system} is ${JSON.stringify(timeZone)}, which nobody knows.`, { timeZone }, error);
  }
}

/** Reads one file that was taken, once, and puts it away. */
async function settle(file: Waiting, folder: DropFolder, ledger: Ledger, reader: Reader): Promise<void> {
  const { sink, options, ports } = reader;
  const reject = async (hash: string, reason: string, bytes: Uint8Array): Promise<void> => {
    sink.quarantine(file.name, reason, rawText(bytes));
    await folder.reject(file, hash, reason);
  };
  if (file.bytes > options.bytesMax) {
    const nothing = new Uint8Array();
    return reject(hashOf(`${file.name} ${file.bytes} ${file.writtenMs}`, nothing), `The file has ${file.bytes} bytes; at most ${options.bytesMax} are read.`, nothing);
  }
  const content = await readFile(file.path);
  // Whoever had it open while it was moved still writes: it is looked at again.
  const after = await folder.look(file.name);
  if (after?.bytes !== content.length || after.writtenMs !== file.writtenMs) return;
  const hash = hashOf(file.name, content);
  if (ledger.has(hash)) {
    ports.log(`${file.name} was taken before, with the same content; it is put away unread.`);
    return folder.archive(file, hash);
  }
  const table = tableIn(file.name, content, options);
  if (typeof table === 'string') return reject(hash, table, content);
  const { rows, bad, listed } = await deliver(file, table, reader);
  if (bad > 0) await folder.listBad(file, hash, listed);
  await ledger.add({ hash, name: file.name, atMs: ports.clock.now(), rows, bad });
  await folder.archive(file, hash);
}

interface Delivered {
  readonly rows: number;
  /** Reasons why a row, or a value of one, is left out. */
  readonly bad: number;
  /** The first of them, as lines of CSV. */
  readonly listed: readonly string[];
}

/** All its rows to the sink, some at a time; what is wrong with one is told with its line, and spoils no other. */
async function deliver(file: Waiting, table: Table, { options, addresses, instant, sink, ports }: Reader): Promise<Delivered> {
  const own = addresses.filter(({ fits }) => fits(file.name));
  const listed: string[] = [];
  let [rows, bad] = [0, 0];
  if (table.columns && options.tag === undefined) {
    for (const { text, name } of own) if (!table.columns.includes(name)) sink.quarantine(text, `${file.name} has no column ${JSON.stringify(name)}.`, table.columns.join(','));
  }
  const refuse = (line: number, reason: string, raw: string): void => {
    if (++bad > badMax) return;
    listed.push([String(line), reason, raw].map(csvCell).join(','));
    sink.quarantine(`${file.name}:${line}`, reason, raw.slice(0, 2_048));
  };
  for (const chunk of table.rows) {
    const samples: RawSample[] = [];
    for (const row of chunk) {
      rows++;
      if ('reason' in row) {
        refuse(row.line, row.reason, row.raw);
        continue;
      }
      const said = rowValues(row, { options, instant, addresses: own, file, nowMs: ports.clock.now(), isTyped: !table.columns });
      for (const reason of said.reasons) refuse(row.line, reason, row.raw);
      samples.push(...said.samples);
    }
    if (samples.length > 0) sink.samples(samples);
    await sleep(ports.clock, 0);
  }
  if (bad > badMax) sink.quarantine(file.name, `${bad - badMax} more of its rows or values could not be read; ${badMax} of a file are told one by one.`, '');
  return { rows, bad, listed };
}
