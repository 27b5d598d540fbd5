/**
 * @module The schema's history, forward only. A migration that was released is never edited: its hash is recorded where
 * it was applied, and a difference is an error there. What it does must let the program before it go on working, so that
 * workers can be replaced one by one; where that is impossible, `worksWith` says from which number on programs work.
 */
import { createHash } from 'node:crypto';
import { m0001 } from './migrations/m0001.ts';
import { m0002 } from './migrations/m0002.ts';
import { m0003 } from './migrations/m0003.ts';

export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** The oldest program, by the number of its last migration, that works with the schema afterwards. */
  readonly worksWith: number;
  /** SHA-256 of the SQL text, in hex. */
  readonly hash: string;
};

/** In order, numbered from 1 without a gap. */
export const migrations: readonly Migration[] = [
  define(1, 'begin', m0001, 1),
  define(2, 'finished-at', m0002, 1),
  define(3, 'outbox', m0003, 1),
];

function define(number: number, name: string, sql: string, worksWith: number): Migration {
  return { number, name, sql, worksWith, hash: createHash('sha256').update(sql).digest('hex') };
}
