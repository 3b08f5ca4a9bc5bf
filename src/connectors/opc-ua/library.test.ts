import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Both packages may be there where this runs. */
const without = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(name, context, next) {
      if (name.startsWith('node-opcua')) throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    },
  });
  const told = (error) => console.log(error.code, error.message);
  await (await import('./src/connectors/opc-ua/library.ts')).opcUaLibrary().catch(told);
  await (await import('./src/connectors/opc-ua/trust.ts')).certificateFolder('nowhere').catch(told);
`;

test('a package of OPC UA that is not installed is named with the command that installs it, also the one for certificates', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', without], { encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual(
    ['node-opcua-client', 'node-opcua-certificate-manager'].map(
      (name) => `LIBRARY_MISSING OPC UA is spoken with the package "${name}", which is not installed here: npm install ${name}`,
    ),
  );
});
