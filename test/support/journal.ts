/** @module Journals with plausible events, and hands that may change what no role of the program may. */
import { createHash } from 'node:crypto';
import { append } from '../../src/journal/append.ts';
import type { Journal } from '../../src/journal/head.ts';
import type { Hex } from '../../src/model/Hex.ts';
import type { JournalEntry, JournalEvent } from '../../src/model/JournalEntry.ts';
import { NoteKey } from '../../src/model/SignedNote.ts';
import { executeSql, type Store, type Tx } from '../../src/store/store.ts';

export const tenant = 'alpha';
export const origin = 'tallystick.example/alpha';
export const journal: Journal = { tenant, origin };
export const signer = NoteKey.fromSeed(origin, Buffer.alloc(32, 5));

/** 32 bytes that stand for something. */
export const hashOf = (label: string): Hex => `0x${createHash('sha256').update(label).digest('hex')}`;

export const proven = (label: string): JournalEvent => ({
  kind: 'job.proven',
  jobId: hashOf(`job ${label}`),
  programId: hashOf('program'),
  keyId: hashOf('key'),
  statementId: hashOf(`statement ${label}`),
});

export function addTenant(store: Store, name = tenant): Promise<unknown> {
  const row = { tenant_id: name, wrapped_key: Buffer.from(name), kek_id: 'k' };
  return store.transaction(name, (tx) => tx.insertInto('tenants').values(row).execute());
}

/** Appends so many events, each in a transaction with its share. */
export async function grow(
  store: Store,
  labels: readonly string[],
  at: Journal = journal,
): Promise<readonly JournalEntry[]> {
  return store.transaction(at.tenant, (tx) =>
    append(tx, at, { events: labels.map(proven), timeMs: 1_700_000_000_000 }),
  );
}

export const labels = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `${from + i}`);

/** Becomes the owner of the tables for the rest of the transaction, as somebody with the server in hand can. */
export async function asOwner(tx: Tx, ...statements: readonly string[]): Promise<void> {
  await executeSql(tx, 'SET LOCAL ROLE NONE');
  for (const statement of statements) await executeSql(tx, statement);
}

/** Changes something, looks at what comes of it, and undoes the change. */
export async function afterChange<T>(
  store: Store,
  statements: readonly string[],
  look: (tx: Tx) => Promise<T>,
): Promise<T> {
  const undone = { result: undefined as T | undefined, error: undefined as unknown, rollback: new Error('undone') };
  await store
    .transaction(tenant, async (tx) => {
      await asOwner(tx, ...statements);
      try {
        undone.result = await look(tx);
      } catch (error) {
        undone.error = error;
      }
      throw undone.rollback;
    })
    .catch((error) => {
      if (error !== undone.rollback) throw error;
    });
  if (undone.error !== undefined) throw undone.error;
  return undone.result as T;
}
