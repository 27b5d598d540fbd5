import { setTimeout as sleep } from 'node:timers/promises';
import { TallyError } from '../errors.ts';
import { openQueue, type Queue } from '../jobs/queue.ts';
import { Backoff } from '../model/Backoff.ts';
import type { KeyEncryptionKey } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { openStore } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

/** A worker's connection to the store and its queue. */
export type Link = { readonly store: Store; readonly kek: KeyEncryptionKey; readonly queue: Queue };

export type WorkLink = {
  /**
   * Does something with the connection, again and again while the database is away or stalls, on a new connection where
   * the old one is lost. The action must bear being done twice.
   * @throws what the action throws, but nothing of the store that may pass; the last of these once `giveUp` is aborted
   */
  readonly use: <T>(action: (link: Link) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

const backoff = { firstMs: 200, maxMs: 5_000 };

/** @param giveUp from when on a database that is away is no longer waited for */
export async function createWorkLink(toolbox: Toolbox, giveUp: AbortSignal): Promise<WorkLink> {
  let current = connect(toolbox);
  // The first connection is not waited for: an address that is wrong should be told at once.
  await current;
  const renew = async (failed: Promise<Link>) => {
    // Of many that fail at the same time, one makes the new connection.
    if (current !== failed) return;
    current = connect(toolbox);
    current.catch(() => undefined);
    await failed.then(disconnect).catch(() => undefined);
  };
  return {
    use: async (action) => {
      for (let failures = 1; ; failures++) {
        const used = current;
        try {
          return await action(await used);
        } catch (error) {
          if (!(error instanceof TallyError) || !isPassing(error) || giveUp.aborted) throw error;
          toolbox.onProgress({ label: 'database', note: `${error.shortMessage}; trying again` });
          await sleep(Backoff.pauseMs(failures, backoff, Math.random()));
          if (error.code === 'store_unavailable' || error.code === 'services') await renew(used);
        }
      }
    },
    close: () => current.then(disconnect).catch(() => undefined),
  };
}

function isPassing({ code, retryable }: TallyError): boolean {
  return retryable && (code.startsWith('store_') || code === 'services');
}

async function connect(toolbox: Toolbox): Promise<Link> {
  const { store, kek } = await openStore(toolbox, 'worker');
  try {
    return { store, kek, queue: await openQueue(store, { as: 'worker' }) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function disconnect({ store, queue }: Link): Promise<void> {
  await queue.close().catch(() => undefined);
  await store.close().catch(() => undefined);
}
