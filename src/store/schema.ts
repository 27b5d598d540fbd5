/**
 * @module The tables as TypeScript sees them; `migrations/` is what makes them. Ids are `Hex`, amounts and counters are
 * bigints, instants are Dates, bytes are Buffers.
 */
import type { ColumnType, Generated, Insertable, Selectable, Updateable } from 'kysely';
import type { Hex } from '../model/Hex.ts';
import type { JsonValue } from '../model/Json.ts';

/** Bytes come as a Buffer; any bytes may be written. */
type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>;
type Instant = ColumnType<Date, Date, Date>;
type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** Set by the database when the row is made. */
type Stamp = ColumnType<Date, Date | undefined, Date>;
type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>;

export type TenantsTable = {
  readonly tenant_id: string;
  wrapped_key: Bytes;
  kek_id: string;
  readonly created_at: Stamp;
};

export type RunsTable = {
  readonly tenant_id: string;
  readonly run_id: string;
  program_id: Hex;
  key_id: Hex;
  state: Generated<'open' | 'done' | 'failed' | 'cancelled'>;
  options: ColumnType<JsonValue, string | undefined, string>;
  deadline_at: OptionalInstant;
  readonly created_at: Stamp;
  ended_at: OptionalInstant;
};

export type JobsTable = {
  readonly tenant_id: string;
  readonly job_id: string;
  program_id: Hex;
  key_id: Hex;
  statement_id: Optional<Hex>;
  state: Generated<'pending' | 'leased' | 'done' | 'dead' | 'cancelled'>;
  priority: Generated<number>;
  attempt: Generated<number>;
  attempts_max: Generated<number>;
  deadline_at: OptionalInstant;
  leased_by: Optional<string>;
  beat_at: OptionalInstant;
  sealed_input: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  error_code: Optional<string>;
  readonly created_at: Stamp;
  updated_at: Stamp;
  /** Set by the database when the state becomes one that ends the job. */
  readonly finished_at: ColumnType<Date | null, never, never>;
};

export type RunJobsTable = {
  readonly tenant_id: string;
  readonly run_id: string;
  readonly caller_key: string;
  job_id: string;
  line: Optional<number>;
};

export type AttemptsTable = {
  readonly tenant_id: string;
  readonly job_id: string;
  readonly attempt: number;
  worker: string;
  engine: Optional<string>;
  state: Generated<'running' | 'done' | 'failed' | 'lost' | 'cancelled'>;
  readonly started_at: Stamp;
  ended_at: OptionalInstant;
  cpu_ms: Optional<bigint>;
  wall_ms: Optional<bigint>;
  rss_peak: Optional<bigint>;
  error_code: Optional<string>;
};

export type ResultsTable = {
  readonly tenant_id: string;
  readonly statement_id: Hex;
  job_id: string;
  attempt: number;
  program_id: Hex;
  key_id: Hex;
  signals: ColumnType<readonly bigint[], readonly bigint[], never>;
  proof: Bytes;
  readonly accepted_at: Stamp;
};

export type SaltsTable = {
  readonly tenant_id: string;
  readonly salt_id: string;
  sealed: Bytes;
  readonly created_at: Stamp;
};

export type OutboxTable = {
  readonly tenant_id: string;
  readonly intent_id: Hex;
  readonly chain_id: bigint;
  /** Hash of block 0: tells two chains with one id apart. */
  readonly genesis: Generated<Hex>;
  readonly address: Hex;
  what: string;
  intent: Bytes;
  priority: Generated<number>;
  state: Generated<'intent' | 'signed' | 'sent' | 'included' | 'final' | 'replaced' | 'failed'>;
  nonce: Optional<bigint>;
  tx_hash: Optional<Hex>;
  block: Optional<bigint>;
  block_hash: Optional<Hex>;
  tx_index: Optional<number>;
  gas_used: Optional<bigint>;
  effective_gas_price: Optional<bigint>;
  contract: Optional<Hex>;
  reason: ColumnType<JsonValue | null, string | null | undefined, string | null>;
  /** What an operator wants from whoever owns the nonces. */
  wish: Optional<'bump' | 'cancel'>;
  readonly created_at: Stamp;
  updated_at: Stamp;
};

export type TransactionsTable = {
  readonly tenant_id: string;
  readonly tx_hash: Hex;
  readonly intent_id: Hex;
  readonly nonce: bigint;
  readonly raw: Bytes;
  readonly gas_limit: bigint;
  readonly max_fee_per_gas: bigint;
  readonly max_priority_fee_per_gas: bigint;
  readonly is_cancel: Generated<boolean>;
  readonly signed_at: Stamp;
  sent_at: OptionalInstant;
  /** Set while it is in a block: where, and what it cost. */
  block: Optional<bigint>;
  block_hash: Optional<Hex>;
  gas_used: Optional<bigint>;
  effective_gas_price: Optional<bigint>;
  succeeded: Optional<boolean>;
};

export type SubmissionsTable = {
  readonly tenant_id: string;
  readonly statement_id: Hex;
  readonly chain_id: bigint;
  readonly contract: Hex;
  intent_id: Hex;
  position: number;
};

export type BudgetsTable = {
  readonly tenant_id: string;
  readonly kind: string;
  readonly scope: Generated<string>;
  readonly starts_at: Instant;
  ends_at: Instant;
  allowed: bigint;
  used: Generated<bigint>;
};

export type JournalsTable = {
  readonly tenant_id: string;
  readonly origin: string;
  size: Generated<bigint>;
  frontier: ColumnType<Buffer, Uint8Array | undefined, Uint8Array>;
  readonly created_at: Stamp;
};

export type EntriesTable = {
  readonly tenant_id: string;
  readonly origin: string;
  readonly idx: bigint;
  readonly entry: Bytes;
  readonly leaf_hash: Bytes;
  readonly kind: string;
  readonly subject: string;
};

export type NodesTable = {
  readonly tenant_id: string;
  readonly origin: string;
  readonly level: number;
  readonly idx: bigint;
  readonly hash: Bytes;
};

export type CheckpointsTable = {
  readonly tenant_id: string;
  readonly origin: string;
  readonly size: bigint;
  readonly root: Bytes;
  readonly note: string;
  readonly created_at: Stamp;
};

export type Schema = {
  readonly tenants: TenantsTable;
  readonly runs: RunsTable;
  readonly jobs: JobsTable;
  readonly run_jobs: RunJobsTable;
  readonly attempts: AttemptsTable;
  readonly results: ResultsTable;
  readonly salts: SaltsTable;
  readonly outbox: OutboxTable;
  readonly transactions: TransactionsTable;
  readonly submissions: SubmissionsTable;
  readonly budgets: BudgetsTable;
  readonly journals: JournalsTable;
  readonly entries: EntriesTable;
  readonly nodes: NodesTable;
  readonly checkpoints: CheckpointsTable;
};

/** A row as it is read, such as `Row<'jobs'>`. */
export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;
/** A row as it is written. */
export type NewRow<Table extends keyof Schema> = Insertable<Schema[Table]>;
/** What changes in a row. */
export type RowChange<Table extends keyof Schema> = Updateable<Schema[Table]>;
