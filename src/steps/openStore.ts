import { ensureDatabase } from '../store/embedded.ts';
import { type KeyEncryptionKey, loadKek } from '../store/sealing.ts';
import { openStore as open, type Store, type StoreOptions } from '../store/store.ts';
import type { Toolbox } from './toolbox.ts';

/** A store with the key under which its tenants' secrets are sealed. Close the store, or the process goes on. */
export type StoreSession = { readonly store: Store; readonly kek: KeyEncryptionKey };

/**
 * The database that DATABASE_URL names, or the project's embedded one, started or adopted.
 * @throws StoreUnavailableError and what else `openStore` of the store throws, KeyEncryptionKeyError
 */
export async function openStore(toolbox: Toolbox, as: StoreOptions['as'] = 'app'): Promise<StoreSession> {
  const { config, onProgress } = toolbox;
  const kek = await loadKek(config.dataDir, process.env);
  const url = process.env.DATABASE_URL;
  if (url !== undefined) return { store: await open({ url, as }), kek };
  const label = 'database';
  onProgress({ label });
  const database = await ensureDatabase(config.dataDir);
  onProgress({ label, finished: true, note: database.note ?? `${database.how}, port ${database.port}` });
  // Nobody else operates this database, so it is brought up to date whoever comes first.
  if (as === 'worker') await open({ url: database.urls.app, as: 'app' }).then((store) => store.close());
  return { store: await open({ url: database.urls[as], as }), kek };
}
