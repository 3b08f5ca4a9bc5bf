import { isBuiltin, stripTypeScriptTypes } from 'node:module';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Node } from 'acorn';
import { textLiteral, visit } from '../graph/syntax.ts';
import { releaseFiles } from '../releases/release-files.ts';
import type { Finding } from './finding.ts';

interface Import {
  readonly specifier: string;
  readonly at: Node;
}

/** `lineshaft` itself is held to what it promised: it replays an old protocol, or refuses it. */
const own = /^lineshaft(\/|$)/;

/**
 * Imports of a landscape's files, loaded without error, that are no part of its release: a package that is updated, or a file outside of the
 * folder that is changed, would change runs that began before. Raises COMMAND_INVALID where the folder is no landscape's.
 */
export async function importFindings(folder: string): Promise<readonly Finding[]> {
  const [{ parse }, { contents }, real] = await Promise.all([import('acorn'), releaseFiles(folder), realpath(folder)]);
  const files = new Set([...contents.keys()].map((path) => join(real, path)));
  const findings: Finding[] = [];
  for (const [path, content] of contents) {
    if (!/\.m?[tj]s$/.test(path)) continue;
    const file = join(real, path);
    const text = content.toString();
    // Types leave blanks behind, so every place stays what it was.
    const code = /\.m?ts$/.test(path) ? stripTypeScriptTypes(text) : text;
    const imports: Import[] = [];
    visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, allowHashBang: true }), (node) => {
      const isImport = node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration' || node.type === 'ImportExpression';
      const specifier = isImport && node.source ? textLiteral(node.source) : undefined;
      if (isImport && node.source && specifier !== undefined) imports.push({ specifier, at: node.source });
    });
    for (const each of imports) {
      const found = foundAbout(each, file, files);
      if (found) findings.push(found);
    }
  }
  return findings;
}

function foundAbout({ specifier, at }: Import, file: string, files: ReadonlySet<string>): Finding | undefined {
  if (isBuiltin(specifier) || own.test(specifier)) return undefined;
  const site = { file, line: at.loc?.start.line ?? 1, column: (at.loc?.start.column ?? 0) + 1 };
  if (specifier.startsWith('.'))
    return files.has(resolve(dirname(file), specifier))
      ? undefined
      : {
          severity: 'error',
          code: 'import-outside',
          site,
          message: `"${specifier}" is no file of the release: a change of it would change runs that began before.`,
          help: 'Put the file into the landscape’s folder, neither below environments/ nor as a test.',
        };
  return {
    severity: 'error',
    code: 'import-package',
    site,
    message: `The package "${specifier}" is no part of the release: an update of it would change runs that began before.`,
    help: 'Import lineshaft and Node’s own modules only; bundle what you need of the package into one file of the landscape’s folder, and import that.',
  };
}
