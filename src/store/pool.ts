/**
 * @module Connections to the database: how many, how long anything may take, and errors of ours instead of the driver's.
 * A connection that failed in a way that leaves its state unknown is closed, never used again.
 */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { type ClientConfig, Pool, type PoolClient, type QueryResult, types } from 'pg';
import { StoreBusyError } from '../errors.ts';
import { isReusable, storeFailure } from './failure.ts';

export type Limits = {
  /** Connections that one process may hold. */
  readonly connectionsMax: number;
  /** Transactions that may wait for a connection; more are refused at once. */
  readonly waitingMax: number;
  /** How long to wait for a connection, be it new or given back by another. */
  readonly connectMs: number;
  /** How long one statement may run. */
  readonly statementMs: number;
  /** What a stalled server, or the way to it, may add to a statement's time before its answer counts as lost. */
  readonly answerMs: number;
  /** How long to wait for a row or table that another transaction holds. */
  readonly lockMs: number;
  /** How long a transaction may stand still. */
  readonly idleMs: number;
};

/** Twenty processes of one project fit into the embedded server's hundred connections. */
export const defaultLimits: Limits = {
  connectionsMax: 5,
  waitingMax: 1_000,
  connectMs: 10_000,
  statementMs: 20_000,
  answerMs: 5_000,
  lockMs: 10_000,
  idleMs: 60_000,
};

/** A connection that nobody uses is closed after this. */
const unusedMs = 30_000;

const oids = { int8: 20, numeric: 1700, numericArray: 1231 } as const;

/** Settings of every connection. */
export function clientConfig(address: ClientConfig, limits: Limits, name: string): ClientConfig {
  return {
    ...address,
    application_name: `tallystick ${name}`,
    connectionTimeoutMillis: limits.connectMs,
    statement_timeout: limits.statementMs,
    query_timeout: limits.statementMs + limits.answerMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleMs,
    keepAlive: true,
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  };
}

/** Opens a pool; nothing is connected yet. */
export function openPool(config: ClientConfig, limits: Limits): PostgresPool {
  const pool = new Pool({ ...config, max: limits.connectionsMax, idleTimeoutMillis: unusedMs });
  // A connection that breaks while nobody uses it is replaced by the pool; one that breaks in use fails its query.
  const ignore = () => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  const guarded = new WeakMap<PoolClient, PostgresPoolClient>();
  const connect = async () => {
    if (pool.waitingCount >= limits.waitingMax) {
      throw new StoreBusyError(`${pool.waitingCount} transactions wait for a connection already`);
    }
    const client = await pool.connect().catch((error) => {
      throw storeFailure(error);
    });
    const known = guarded.get(client) ?? guard(client);
    guarded.set(client, known);
    return known;
  };
  return { connect, end: () => pool.end(), options: pool.options } as PostgresPool;
}

function guard(client: PoolClient): PostgresPoolClient {
  let lost: Error | undefined;
  const query = async (...words: Parameters<PoolClient['query']>) => {
    // After a lost answer nobody waits for a second one, such as that to a rollback.
    if (lost) throw lost;
    try {
      return oneResult((await client.query(...words)) as unknown);
    } catch (error) {
      const failure = storeFailure(error);
      if (!isReusable(failure)) lost = failure;
      throw failure;
    }
  };
  return { query, release: () => client.release(lost !== undefined) } as unknown as PostgresPoolClient;
}

/**
 * Text of several statements, such as the queue's upkeep, has several results, of which kysely would see none. They become
 * one with the rows of all, which must not look like that of a bare commit.
 */
function oneResult(result: unknown): unknown {
  if (!Array.isArray(result)) return result;
  return {
    ...(result.at(-1) as QueryResult),
    command: 'SELECT',
    rows: result.flatMap(({ rows }: QueryResult) => rows),
  };
}

/** Counters and amounts are bigints, as everywhere else; a fraction in a result is a defect of its query. */
function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === oids.int8 || oid === oids.numeric) return BigInt;
  if (oid === oids.numericArray) return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt));
  return types.getTypeParser(oid, format ?? 'text') as (text: string) => unknown;
}
