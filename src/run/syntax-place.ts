import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { Place } from '../engine/releases/load-failure.ts';

/** What Node prints of one error. */
const printedMax = 100_000;

/** Where a file breaks the syntax; undefined where it does not. V8 tells the place only to those who read what Node prints, so another Node compiles the file, without running it. */
export async function syntaxPlace(file: string): Promise<Place | undefined> {
  const text = await readFile(file, 'utf8');
  // Types leave blanks behind, so every place stays what it was.
  const code = /\.m?ts$/.test(file) ? stripTypeScriptTypes(text) : text;
  const child = spawn(process.execPath, ['--check', '--input-type=module', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (printed.length < printedMax) printed += chunk;
  });
  // It may have seen enough before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(code);
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const lines = printed.split('\n');
  const line = /^\[stdin\]:(\d+)$/.exec(lines[0] ?? '')?.[1];
  const mark = lines.find((each) => /^\s*\^+\s*$/.test(each));
  return line === undefined || mark === undefined ? undefined : { line: Number(line), column: mark.indexOf('^') + 1 };
}
