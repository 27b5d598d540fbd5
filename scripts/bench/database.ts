/** @module The benchmark's own database, gone with it. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dataFolder, stopDatabase } from '../../src/store/embedded.ts';

/** Its data may lie elsewhere, where the account that runs it can reach it. */
export async function removeDatabase(dataDir: string): Promise<void> {
  const data = await dataFolder(dataDir);
  await stopDatabase(dataDir);
  if (!data.startsWith(dataDir)) await rm(dirname(data), { recursive: true, force: true });
}
