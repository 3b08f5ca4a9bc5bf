import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where Mosquitto is: a broker of the system's own packages. Raises where there is none. */
export async function mosquittoProgram(): Promise<string> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']) {
    const path = join(folder, 'mosquitto');
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new Error('Mosquitto is not installed here (as root: apt-get install mosquitto)');
}
