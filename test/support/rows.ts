/** @module Rows that the store's schema accepts, for tests that need some and care little which. */
import type { Hex } from '../../src/model/Hex.ts';
import type { Store, Tx } from '../../src/store/store.ts';

export const hashOf = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;
export const addressOf = (number: number): Hex => `0x${number.toString(16).padStart(40, '0')}`;
export const jobIdOf = (number: number) => number.toString(16).padStart(64, '0');

export function addTenant(store: Store, tenant: string): Promise<void> {
  return store.transaction(tenant, async (tx) => {
    await tx
      .insertInto('tenants')
      .values({ tenant_id: tenant, wrapped_key: Buffer.from('wrapped'), kek_id: 'test' })
      .execute();
  });
}

export async function addJob(tx: Tx, tenant: string, number: number): Promise<void> {
  const ids = { program_id: hashOf(1), key_id: hashOf(2) };
  const row = { tenant_id: tenant, job_id: jobIdOf(number), sealed_input: Buffer.from('sealed'), ...ids };
  await tx.insertInto('jobs').values(row).execute();
}

/** One row in every table, so that a test can see which of them someone else sees. */
export async function fillTables(tx: Tx, tenant: string, number: number): Promise<void> {
  await addJob(tx, tenant, number);
  const [job_id, statement_id, intent_id] = [jobIdOf(number), hashOf(number), hashOf(number)];
  const [program_id, key_id, run_id] = [hashOf(1), hashOf(2), `run-${number}`];
  const of = { tenant_id: tenant };
  const ledger = { chain_id: 31337n, contract: addressOf(7) };
  await tx
    .insertInto('runs')
    .values({ ...of, run_id, program_id, key_id })
    .execute();
  await tx
    .insertInto('run_jobs')
    .values({ ...of, run_id, caller_key: 'first', job_id })
    .execute();
  await tx
    .insertInto('attempts')
    .values({ ...of, job_id, attempt: 1, worker: 'w' })
    .execute();
  const result = { statement_id, job_id, attempt: 1, program_id, key_id, signals: [1n, 2n ** 253n] };
  await tx
    .insertInto('results')
    .values({ ...of, ...result, proof: new Uint8Array(256) })
    .execute();
  await tx
    .insertInto('salts')
    .values({ ...of, salt_id: 'window-0', sealed: Buffer.from('sealed') })
    .execute();
  const intent = { intent_id, chain_id: 31337n, address: addressOf(number), what: 'record', intent: Buffer.from('do') };
  await tx
    .insertInto('outbox')
    .values({ ...of, ...intent })
    .execute();
  const fees = { gas_limit: 21_000n, max_fee_per_gas: 2n ** 70n, max_priority_fee_per_gas: 1n };
  const signed = { tx_hash: hashOf(number), intent_id, nonce: 0n, raw: Buffer.from('raw'), ...fees };
  await tx
    .insertInto('transactions')
    .values({ ...of, ...signed })
    .execute();
  await tx
    .insertInto('submissions')
    .values({ ...of, ...ledger, statement_id, intent_id, position: 0 })
    .execute();
  const day = { starts_at: new Date(0), ends_at: new Date(86_400_000), allowed: 10n ** 18n };
  await tx
    .insertInto('budgets')
    .values({ ...of, kind: 'gas_wei', ...day })
    .execute();
  const origin = `tally.example/${tenant}`;
  await tx
    .insertInto('journals')
    .values({ ...of, origin })
    .execute();
  const hash = Buffer.alloc(32, number);
  const entry = { idx: 0n, entry: Buffer.from('{}'), leaf_hash: hash, kind: 'job', subject: 'x' };
  await tx
    .insertInto('entries')
    .values({ ...of, origin, ...entry })
    .execute();
  await tx
    .insertInto('nodes')
    .values({ ...of, origin, level: 1, idx: 0n, hash })
    .execute();
  await tx
    .insertInto('checkpoints')
    .values({ ...of, origin, size: 1n, root: hash, note: 'note' })
    .execute();
}
