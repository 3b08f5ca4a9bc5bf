import { isBuiltin, stripTypeScriptTypes } from 'node:module';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Node } from 'acorn';
import type { Parse } from '../graph/source-module.ts';
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
  return [...contents].flatMap(([path, content]) => {
    if (!/\.m?[tj]s$/.test(path)) return [];
    const file = join(real, path);
    const imports = importsOf(file, content.toString(), parse);
    if (!imports) return [unread(file)];
    return imports.flatMap((each) => foundAbout(each, file, files) ?? []);
  });
}

/** Undefined where the parser knows less than V8, which has loaded the file. */
function importsOf(file: string, text: string, parse: Parse): readonly Import[] | undefined {
  // Types leave blanks behind, so every place stays what it was.
  const code = /\.m?ts$/.test(file) ? stripTypeScriptTypes(text) : text;
  const imports: Import[] = [];
  try {
    visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, allowHashBang: true }), (node) => {
      if (node.type !== 'ImportDeclaration' && node.type !== 'ExportNamedDeclaration' && node.type !== 'ExportAllDeclaration' && node.type !== 'ImportExpression') return;
      const specifier = textLiteral(node.source ?? undefined);
      if (node.source && specifier !== undefined) imports.push({ specifier, at: node.source });
    });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return imports;
}

function unread(file: string): Finding {
  return {
    severity: 'warning',
    code: 'imports-unread',
    site: { file, line: 1 },
    message: 'Its imports cannot be read: it has syntax that is newer than this check.',
    help: 'See for yourself that it imports only lineshaft, Node’s own modules and files of the landscape’s folder.',
  };
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
