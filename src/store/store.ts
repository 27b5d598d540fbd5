/**
 * @module The store: Postgres behind one door. Every transaction names the tenant whose rows it sees, and the database
 * holds it to that.
 */
import { CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { StoreVersionError } from '../errors.ts';
import { Name } from '../model/Name.ts';
import { parseDatabaseUrl } from './address.ts';
import { storeFailure, whileOpen } from './failure.ts';
import { isCurrent, migrate, refuseOlder } from './migrate.ts';
import { holdNamed, type NamedLock } from './namedLock.ts';
import { clientConfig, defaultLimits, type Limits, openPool } from './pool.ts';
import { type Role, roleName } from './roles.ts';
import type { Schema } from './schema.ts';

/** A transaction: what is done with it happens altogether or not at all. */
export type Tx = Transaction<Schema>;

export type Store = {
  /** Sees no tenant's rows: use `transaction`. For what belongs to nobody, such as the queue's own tables. */
  readonly db: Kysely<Schema>;
  /**
   * Runs an action in one transaction that sees the rows of one tenant. What it throws rolls everything back.
   * @throws StoreUnavailableError, StoreTimeoutError, StoreBusyError, StoreConflictError, all of which may be tried again
   * after a pause, with one caution: when the answer to a commit was lost it may have happened.
   */
  readonly transaction: <T>(tenant: string, action: (tx: Tx) => Promise<T>) => Promise<T>;
  /** The same over all tenants, for who sends, counts or cleans for all. @throws StoreForbiddenError for a worker */
  readonly acrossTenants: <T>(action: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Takes a lock that one process at a time has, on a connection of its own; nothing when another has it. */
  readonly tryLock: (name: string) => Promise<NamedLock | undefined>;
  readonly close: () => Promise<void>;
};

export type StoreOptions = {
  /** Such as `DATABASE_URL`, or one of the embedded database's own. */
  readonly url: string;
  /** An `app` migrates the database when it has to; a `worker` never does. */
  readonly as: 'app' | 'worker';
  readonly limits?: Partial<Limits> | undefined;
};

/** Row-level security, generated columns and JSON of this version are relied upon, and no older one is tested. */
const versionMin = 150_000;
/** A migration of many rows takes its time, and so does waiting for another process that migrates. */
const migrationMs = 10 * 60_000;

/**
 * Connects to a database, brings it to this program's schema where it may, and gives the door to it.
 * @throws ConfigError, StoreUnavailableError, StoreAuthError, StoreTlsError, StoreVersionError, SchemaNewerError,
 * SchemaOlderError, MigrationChangedError, StoreForbiddenError when the login may not act in this role
 */
export async function openStore({ url, as, limits: given }: StoreOptions): Promise<Store> {
  const limits = { ...defaultLimits, ...given };
  const address = await parseDatabaseUrl(url);
  await fitSchema(clientConfig(address, { ...limits, statementMs: migrationMs, lockMs: migrationMs }, 'schema'), as);
  const config = { ...clientConfig(address, limits, as), options: `-c role=${roleName(as)} -c search_path=tally` };
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: openPool(config, limits) }) });
  const store: Store = {
    db,
    transaction: (tenant, action) => whileOpen(db.transaction().execute((tx) => asTenant(tx, tenant, action))),
    acrossTenants: (action) => whileOpen(db.transaction().execute((tx) => asOperator(tx, action))),
    tryLock: (name) => holdNamed(config, name),
    close: () => db.destroy(),
  };
  await requireRole(store);
  return store;
}

/**
 * Runs SQL text in a transaction, for a library that writes its own, such as the queue.
 * @returns the rows as the driver gives them
 */
export async function executeSql(
  db: Kysely<Schema>,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: unknown[] }> {
  const { rows } = await whileOpen(db.executeQuery(CompiledQuery.raw(text, [...values])));
  return { rows };
}

/** @throws StoreVersionError when a server is older than version 15 */
export function checkVersion(version: number): void {
  if (version >= versionMin) return;
  throw new StoreVersionError(`the database is Postgres ${Math.floor(version / 10_000)}`, {
    remedy: `version ${versionMin / 10_000} or later is needed`,
  });
}

async function asTenant<T>(tx: Tx, tenant: string, action: (tx: Tx) => Promise<T>): Promise<T> {
  await sql`SELECT set_config('tally.tenant', ${Name.check(tenant, 'tenant')}, true)`.execute(tx);
  return action(tx);
}

async function asOperator<T>(tx: Tx, action: (tx: Tx) => Promise<T>): Promise<T> {
  await sql.raw(`SET LOCAL ROLE ${roleName('operator' satisfies Role)}`).execute(tx);
  return action(tx);
}

async function fitSchema(config: ClientConfig, as: StoreOptions['as']): Promise<void> {
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    checkVersion(Number(rows[0]?.version));
    if (await isCurrent(client)) return;
    if (as === 'worker') refuseOlder();
    await migrate(client);
  } catch (error) {
    throw storeFailure(error);
  } finally {
    // The answer does not matter, and a lost connection gives none.
    client.end().catch(() => undefined);
  }
}

/** A first query, so that a login without the role is refused here and not in the middle of something. */
async function requireRole(store: Store): Promise<void> {
  try {
    await sql`SELECT 1`.execute(store.db);
  } catch (error) {
    await store.close();
    throw error;
  }
}
