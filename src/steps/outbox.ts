import {
  type ChainCost,
  findLine,
  listOutbox as list,
  type OutboxLine,
  outboxStates,
  putWish,
  sumOutbox,
} from '../chain/listOutbox.ts';
import type { OutboxState } from '../chain/outboxRows.ts';
import { OutboxLockedError, UsageError } from '../errors.ts';
import { openChain } from './openChain.ts';
import { openStore } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

/** The newest intents with what became of them. @throws UsageError for a state that there is not, what `openStore` throws */
export async function listOutbox(toolbox: Toolbox, state?: string): Promise<readonly OutboxLine[]> {
  if (state !== undefined && !outboxStates.includes(state as OutboxState)) {
    throw new UsageError(`there is no state "${state}"`, { remedy: `there are: ${outboxStates.join(', ')}` });
  }
  const { store } = await openStore(toolbox);
  try {
    return await store.acrossTenants((tx) => list(tx, { state: state as OutboxState | undefined }));
  } finally {
    await store.close();
  }
}

/** What everything that was ever included has cost, by chain. @throws what `openStore` throws */
export async function chainCosts(toolbox: Toolbox): Promise<readonly ChainCost[]> {
  const { store } = await openStore(toolbox);
  try {
    return await store.acrossTenants(sumOutbox);
  } finally {
    await store.close();
  }
}

export type ChangedIntent = {
  readonly line: OutboxLine;
  /** Whether another process owns the nonces and does it at its next look. */
  readonly left: boolean;
};

/**
 * Lets a transaction offer more, or takes its nonce away from it. The process that owns the account's nonces does it; when
 * there is none, this one takes them and sees through what is under way.
 * @throws OutboxEntryError, and what `openChain` throws except for the nonces being taken
 */
export async function changeIntent(
  toolbox: Toolbox,
  { id, wish }: { readonly id: string; readonly wish: 'bump' | 'cancel' },
): Promise<ChangedIntent> {
  const { store } = await openStore(toolbox);
  const look = () => store.acrossTenants((tx) => findLine(tx, id));
  try {
    await store.acrossTenants(async (tx) => putWish(tx, await findLine(tx, id), wish));
    const left = await openChain(toolbox).then(
      (session) => session.close().then(() => false),
      (error) => {
        if (error instanceof OutboxLockedError) return true;
        throw error;
      },
    );
    return { line: await look(), left };
  } finally {
    await store.close();
  }
}
