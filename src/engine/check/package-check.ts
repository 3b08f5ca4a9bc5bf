import { createRequire } from 'node:module';
import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, type Finding } from './finding.ts';

/**
 * Sources and outputs whose connector loads a package that is not installed here. A warning: the edge that needs it may run on another machine.
 * Not part of the landscape's own check, since it looks at this machine.
 */
export function packageFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('source').values(), ...landscape.of('output').values()].flatMap((user) => {
    const missing = (user.connector.packages ?? []).filter((name) => !isInstalled(name, user.connector));
    return missing.length === 0 ? [] : [notInstalled(user, user.connector.name, missing)];
  });
}

function notInstalled(user: Definition<'source' | 'output'>, connector: string, missing: readonly string[]): Finding {
  const [names, is] = [missing.map((name) => `"${name}"`).join(' and '), missing.length === 1 ? 'which is' : 'which are'];
  const lost = user.kind === 'source' ? 'does not listen to it' : 'does not write to it';
  return {
    severity: 'warning',
    code: 'package-missing',
    site: user.site,
    message: `The ${nameOf(user)} speaks ${connector} with the package${missing.length === 1 ? '' : 's'} ${names}, ${is} not installed here: an edge without ${missing.length === 1 ? 'it' : 'them'} ${lost}.`,
    help: `Run npm install ${missing.join(' ')} beside lineshaft, wherever an edge runs this landscape.`,
  };
}

/** As the connector's own file would find it. */
function isInstalled(name: string, connector: Definition): boolean {
  try {
    createRequire(connector.site.file).resolve(name);
    return true;
  } catch (error) {
    // Whatever else keeps it from being resolved, such as having no file for require(): it is there.
    return !(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND');
  }
}
