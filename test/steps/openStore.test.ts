import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { StoreAuthError } from '../../src/errors.ts';
import { down } from '../../src/steps/down.ts';
import { openStore } from '../../src/steps/openStore.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { dataFolder, findDatabase } from '../../src/store/embedded.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { addTenant } from '../support/rows.ts';

let folder: string;
let toolbox: Toolbox;
let notes: string[];
beforeEach(async () => {
  delete process.env.DATABASE_URL;
  folder = await mkdtemp(join(tmpdir(), 'tally-open-store-'));
  chmodSync(folder, 0o755);
  notes = [];
  const onProgress: Toolbox['onProgress'] = ({ label, note }) => {
    if (note) notes.push(`${label}: ${note}`);
  };
  toolbox = { config: await loadConfig(folder), onProgress, signal: new AbortController().signal };
});
afterEach(async () => {
  delete process.env.DATABASE_URL;
  await down(toolbox);
  await rm(folder, { recursive: true, force: true });
});

test('opens the embedded database, for a worker too, and `down` stops it', async () => {
  const worker = await openStore(toolbox, 'worker');
  expect(await worker.store.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute())).toEqual([]);
  const app = await openStore(toolbox);
  expect(app.kek.id).toBe(worker.kek.id);
  await addTenant(app.store, 'alpha');
  expect((await dataFolder(toolbox.config.dataDir)).startsWith(folder)).toBe(true);
  await Promise.all([app.store.close(), worker.store.close()]);
  expect(notes.map((note) => note.replace(/\d+/, 'N'))).toEqual([
    'database: started, port N',
    'database: adopted, port N',
  ]);
  expect(await down(toolbox)).toEqual({ chain: false, database: true });
  expect(await down(toolbox)).toEqual({ chain: false, database: false });
});

test('DATABASE_URL goes before the embedded database', async () => {
  const postgres = await startTestPostgres();
  const { app } = await postgres.createDatabase();
  process.env.DATABASE_URL = app;
  const { store } = await openStore(toolbox);
  await addTenant(store, 'alpha');
  await store.close();
  expect(await findDatabase(toolbox.config.dataDir)).toBeUndefined();
  process.env.DATABASE_URL = app.replace(/:[0-9a-f]{48}@/, ':wrong@');
  await expect(openStore(toolbox)).rejects.toThrow(StoreAuthError);
  await postgres.stop();
});
