// `npm run pictures`: plays the scene, and takes the pictures of the console that the README shows, into docs/pictures.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openVisit } from '../test/browser/console-visit.ts';
import { repository } from './package-binary.ts';

const rooms = [
  { name: 'now', path: '/' },
  { name: 'line', path: '/lines' },
  { name: 'order', path: '/orders/PO-4711' },
  { name: 'exceptions', path: '/exceptions' },
  { name: 'flow', path: '/flows/packaging-bottleneck' },
];
const folder = join(repository, 'docs', 'pictures');
mkdirSync(folder, { recursive: true });

process.stdout.write('Playing the scene …\n');
await using visit = await openVisit();
for (const { name, path } of rooms) {
  for (const dark of name === 'now' ? [false, true] : [false]) {
    const { page } = await visit.visitor({ dark });
    await page.goto(`${visit.url}${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
    await page.getByTestId('verdict').waitFor();
    // Until nothing more is fetched, so that nothing is half there.
    await page.waitForLoadState('load');
    await page.locator('html').evaluate(async () => new Promise((resolve) => setTimeout(resolve, 2_000)));
    const file = join(folder, `${name}${dark ? '-dark' : ''}.png`);
    await page.screenshot({ path: file });
    process.stdout.write(`${file}\n`);
    await page.close();
  }
}
