// kill -9 in the midst of dropping what is over, with the log on SQLite.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'vitest';
import { droppedUnderFire } from '../crate-plant.ts';

test('a hub that is killed while it drops what is over loses nothing that is open, and goes on dropping', { timeout: 240_000 }, () =>
  droppedUnderFire({
    env: {},
    more: [],
    async age(folder, statements) {
      const database = new DatabaseSync(join(folder, 'state', 'hub', 'hub.db'));
      for (const each of statements) database.exec(each);
      database.close();
    },
  }),
);
