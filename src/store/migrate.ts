/**
 * @module Brings a database to this program's schema, or says why it does not fit. Each migration is one transaction; an
 * advisory lock lets one process at a time migrate, and the others find the work done.
 */
import type { ClientBase } from 'pg';
import { MigrationChangedError, SchemaNewerError, SchemaOlderError } from '../errors.ts';
import { type Migration, migrations as ours } from './migrations.ts';
import { ensureRoles } from './roles.ts';

/** Any number will do as long as nobody else locks with it: the first 8 bytes of SHA-256("tallystick/migrate"). */
export const migrateLock = '3012622934587193159';

type Applied = {
  readonly number: number;
  readonly name: string;
  readonly hash: string;
  readonly worksWith: number;
};

/**
 * Applies what is missing, in order. Safe to call from many processes at once.
 * @param client a connection of who owns the schema, or may create it
 * @param migrations all that this program knows
 * @returns how many were applied
 * @throws MigrationChangedError, SchemaNewerError; what Postgres says as its driver says it
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[] = ours): Promise<number> {
  await ensureRoles(client);
  await client.query('SELECT pg_advisory_lock($1)', [migrateLock]);
  try {
    await client.query(bookkeeping);
    const applied = await readApplied(client);
    checkHistory(applied, migrations);
    const missing = migrations.slice(applied.length);
    for (const migration of missing) await apply(client, migration);
    return missing.length;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrateLock]);
  }
}

/**
 * Whether the schema is this program's, or one that it can work with; says no when migrations are missing.
 * @throws MigrationChangedError, SchemaNewerError
 */
export async function isCurrent(client: ClientBase, migrations: readonly Migration[] = ours): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('tally_migrations.applied') IS NOT NULL AS found`,
  );
  if (!rows[0]?.found) return false;
  const applied = await readApplied(client);
  checkHistory(applied, migrations);
  return applied.length >= migrations.length;
}

/** @throws SchemaOlderError */
export function refuseOlder(): never {
  throw new SchemaOlderError('the database lacks migrations of this program', {
    remedy: 'run a command of the operator first, which migrates it, and then the workers',
  });
}

const bookkeeping = `
CREATE SCHEMA IF NOT EXISTS tally_migrations;
CREATE TABLE IF NOT EXISTS tally_migrations.applied (
  number integer PRIMARY KEY,
  name text NOT NULL,
  hash text NOT NULL,
  works_with integer NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA tally_migrations TO tally_app, tally_operator, tally_worker;
GRANT SELECT ON tally_migrations.applied TO tally_app, tally_operator, tally_worker`;

async function readApplied(client: ClientBase): Promise<readonly Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT number, name, hash, works_with AS "worksWith" FROM tally_migrations.applied ORDER BY number',
  );
  return rows;
}

function checkHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  applied.forEach(({ number, name, hash }, i) => {
    const own = migrations[i];
    if (own === undefined || (own.number === number && own.hash === hash)) return;
    throw new MigrationChangedError(`migration ${number} (${name}) is not the one that this program has`, {
      at: `tally_migrations.applied ${number}`,
      details: [`applied ${hash}`, `program ${own.hash}`],
      remedy: 'use the version of the program that made this database, or a later one',
    });
  });
  const program = migrations.length;
  const needed = Math.max(0, ...applied.map(({ worksWith }) => worksWith));
  if (program >= needed) return;
  throw new SchemaNewerError(
    `the database needs a program with at least migration ${needed}; this one has ${program}`,
    {
      remedy: 'update this program',
    },
  );
}

async function apply(client: ClientBase, { number, name, hash, worksWith, sql }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      'INSERT INTO tally_migrations.applied (number, name, hash, works_with) VALUES ($1, $2, $3, $4)',
      [number, name, hash, worksWith],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
