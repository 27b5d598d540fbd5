import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExitCode, JournalBrokenError, JournalForkError, TallyError } from '../../src/errors.ts';
import { append } from '../../src/journal/append.ts';
import { signCheckpoint } from '../../src/journal/checkpoint.ts';
import { type VerifyOptions, verifyJournal } from '../../src/journal/verify.ts';
import { Checkpoint } from '../../src/model/Checkpoint.ts';
import { MerkleLog } from '../../src/model/MerkleLog.ts';
import { NoteKey } from '../../src/model/SignedNote.ts';
import { executeSql, type Store, type Tx } from '../../src/store/store.ts';
import { addTenant, afterChange, grow, journal, labels, origin, proven, signer, tenant } from '../support/journal.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let store: Store;
let folder: string;
/** Signed over 5 and 13 of the 14 entries. */
let heads: string[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  store = await postgres.createStore();
  folder = await mkdtemp(join(tmpdir(), 'tally-verify-'));
  await addTenant(store);
  const sign = () => store.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }));
  heads = [];
  for (const [count, from] of [
    [5, 0],
    [8, 5],
  ] as const) {
    await grow(store, labels(count, from));
    heads.push((await sign()).note);
  }
  await grow(store, labels(1, 13));
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const options: VerifyOptions = { journal, key: signer.key };
const verify = (tx: Tx, more: Partial<VerifyOptions> = {}) => verifyJournal(tx, { ...options, ...more });
/** What is found after a change, as class, exit code and place. */
async function found(statements: readonly string[], more: Partial<VerifyOptions> = {}) {
  const error = await afterChange(store, statements, (tx) => verify(tx, more)).catch((thrown) => thrown);
  if (!(error instanceof TallyError)) return error;
  return { name: error.name, exit: error.exitCode, at: error.at };
}
const broken = (at: string) => ({ name: 'JournalBrokenError', exit: ExitCode.reconciliation, at });
const flip = (column: string, offset: number) =>
  `${column} = set_byte(${column}, ${offset}, (get_byte(${column}, ${offset}) + 1) % 256)`;

describe('verifyJournal', () => {
  test('default', async () => {
    const verified = await store.transaction(tenant, (tx) => verify(tx));
    expect(verified).toMatchObject({ origin, size: 14, checkpoints: 2 });
    const again = await store.transaction(tenant, (tx) => verify(tx, { heads }));
    expect(again).toEqual(verified);
  });

  test('behavior: pages of any size, with entries appended meanwhile', async () => {
    const other = await postgres.createStore();
    await addTenant(other);
    for (let i = 0; i < 3; i++) await grow(other, labels(1_500, 1_500 * i));
    const done: number[] = [];
    let appended: Promise<unknown> | undefined;
    const onProgress = (count: number) => {
      done.push(count);
      appended ??= grow(other, labels(5, 4_500));
    };
    const verified = await other.transaction(tenant, async (tx) => {
      const result = await verify(tx, { onProgress });
      return result;
    });
    await appended;
    expect(done.slice(0, 3)).toEqual([2_000, 4_000, 4_500]);
    expect([4_500, 4_505]).toContain(verified.size);
  });

  test('behavior: a journal that nothing was appended to, with its head signed', async () => {
    const empty = await postgres.createStore();
    await addTenant(empty);
    await empty.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder: join(folder, 'empty') }));
    expect(await empty.transaction(tenant, (tx) => verify(tx))).toMatchObject({ size: 0, checkpoints: 1 });
  });
});

describe('R3 an altered byte', () => {
  test('R3 at each offset of an entry is found with the entry’s index', async () => {
    const { rows } = await store.transaction(tenant, (tx) =>
      executeSql(tx, 'SELECT length(entry) AS length FROM entries WHERE idx = 6'),
    );
    const { length } = rows[0] as { length: number };
    expect(length).toBeGreaterThan(300);
    for (let offset = 0; offset < length; offset++) {
      const result = await found([`UPDATE entries SET ${flip('entry', offset)} WHERE idx = 6`]);
      expect(result, `offset ${offset}`).toMatchObject({ exit: 6, at: 'entry 6' });
    }
  });

  test('R3 in any entry, anywhere', async () => {
    for (let index = 0; index < 14; index++) {
      for (const offset of [0, 20, 77, 151, 260]) {
        const result = await found([`UPDATE entries SET ${flip('entry', offset)} WHERE idx = ${index}`]);
        expect(result, `${index}:${offset}`).toMatchObject({ exit: 6, at: `entry ${index}` });
      }
    }
  });

  test('R3 of a leaf hash, of a subtree, of the head', async () => {
    for (const offset of [0, 13, 31]) {
      expect(await found([`UPDATE entries SET ${flip('leaf_hash', offset)} WHERE idx = 9`])).toEqual(broken('entry 9'));
      const level1 = `UPDATE nodes SET ${flip('hash', offset)} WHERE level = 1 AND idx = 3`;
      expect(await found([level1])).toEqual(broken('entries 6 to 7'));
      const level3 = `UPDATE nodes SET ${flip('hash', offset)} WHERE level = 3 AND idx = 0`;
      expect(await found([level3])).toEqual(broken('entries 0 to 7'));
      expect(await found([`UPDATE journals SET ${flip('frontier', offset)}`])).toEqual(broken('head'));
    }
    expect(await found(['UPDATE journals SET size = 13'])).toMatchObject({ exit: 6 });
    expect(await found(['UPDATE journals SET size = 15'])).toMatchObject({ exit: 6 });
    expect(await found([`UPDATE entries SET subject = 'statement/0x00' WHERE idx = 4`])).toEqual(broken('entry 4'));
    expect(await found([`UPDATE entries SET kind = 'job.accepted' WHERE idx = 4`])).toEqual(broken('entry 4'));
  });

  test('R3 at each offset of a signed head', async () => {
    const note = heads[0] as string;
    for (let offset = 0; offset < Buffer.byteLength(note); offset++) {
      const bytes = Buffer.from(note);
      bytes[offset] = (bytes[offset] as number) ^ 1;
      const text = bytes.toString('latin1').replaceAll("'", "''").replaceAll('\0', '');
      const result = await found([`UPDATE checkpoints SET note = E'${text.replaceAll('\\', '\\\\')}' WHERE size = 5`]);
      expect([4, 6], `offset ${offset}`).toContain(result.exit);
    }
    expect(await found([`UPDATE checkpoints SET ${flip('root', 7)} WHERE size = 13`])).toEqual(broken('checkpoint 13'));
    expect(await found(['UPDATE checkpoints SET size = 6 WHERE size = 5'])).toEqual(broken('checkpoint 6'));
  });

  test('R3 an entry rewritten together with its hash is found by the tree above it', async () => {
    const rewritten = `convert_to(replace(convert_from(entry, 'UTF8'), '"timeMs":17', '"timeMs":18'), 'UTF8')`;
    const both = `UPDATE entries SET entry = ${rewritten}, leaf_hash = sha256('\\x00'::bytea || ${rewritten}) WHERE idx = 6`;
    expect(await found([both])).toEqual(broken('entries 6 to 7'));
    const last = both.replace('idx = 6', 'idx = 13');
    expect(await found([last])).toEqual(broken('entries 12 to 13'));
  });
});

describe('R4 entries moved about', () => {
  const swap = (a: number, b: number, columns: readonly string[]) => {
    const set = columns.map((column) => `${column} = other.${column}`).join(', ');
    return `UPDATE entries AS entry SET ${set} FROM entries AS other
      WHERE (entry.idx, other.idx) IN ((${a}, ${b}), (${b}, ${a}))`;
  };
  test('R4 swapped, with hashes and without', async () => {
    expect(await found([swap(2, 9, ['entry'])])).toEqual(broken('entry 2'));
    expect(await found([swap(2, 9, ['entry', 'leaf_hash', 'subject'])])).toEqual(broken('entry 2'));
  });
  test('R4 dropped: one in the middle, one with all that follows moved up, the last', async () => {
    expect(await found(['DELETE FROM entries WHERE idx = 4'])).toEqual(broken('entry 4'));
    const shift = [
      'DELETE FROM entries WHERE idx = 4',
      'UPDATE entries SET idx = idx + 1000 WHERE idx > 4',
      'UPDATE entries SET idx = idx - 1001 WHERE idx > 1000',
    ];
    expect(await found(shift)).toEqual(broken('entry 4'));
    expect(await found(['DELETE FROM entries WHERE idx = 13'])).toEqual(broken('entry 13'));
  });
  const columns = 'tenant_id, origin, idx, entry, leaf_hash, kind, subject';
  const copy = (from: number, to: number) =>
    `INSERT INTO entries (${columns}) SELECT tenant_id, origin, ${to}, entry, leaf_hash, kind, subject FROM entries WHERE idx = ${from}`;
  test('R4 doubled: after the last, and over another', async () => {
    expect(await found([copy(6, 14)])).toEqual(broken('entry 14'));
    expect(await found(['DELETE FROM entries WHERE idx = 7', copy(6, 7)])).toEqual(broken('entry 7'));
  });
  test('R4 inserted in the middle, with all that follows moved down', async () => {
    const insert = [
      'UPDATE entries SET idx = idx + 1000 WHERE idx > 4',
      'UPDATE entries SET idx = idx - 999 WHERE idx > 1000',
      copy(3, 5),
    ];
    expect(await found(insert)).toEqual(broken('entry 5'));
  });
  test('R4 nodes added or removed', async () => {
    const add = `INSERT INTO nodes (tenant_id, origin, level, idx, hash) SELECT tenant_id, origin, 1, 7, hash FROM nodes WHERE level = 2 AND idx = 0`;
    expect(await found([add])).toEqual(broken('nodes'));
    expect(await found(['DELETE FROM nodes WHERE level = 1 AND idx = 5'])).toEqual(broken('entries 10 to 11'));
  });
});

describe('R2 a journal cut below a head', () => {
  /** As a copy of the database from before would be: shorter, and right in itself. */
  async function restored(size: number): Promise<string[]> {
    const peaks = await store.transaction(tenant, async (tx) => {
      const { rows } = await executeSql(tx, 'SELECT entry FROM entries ORDER BY idx');
      let grown: readonly Uint8Array[] = [];
      for (const [index, { entry }] of (rows as { entry: Buffer }[]).slice(0, size).entries()) {
        grown = MerkleLog.peaksAfter(grown, MerkleLog.completed(MerkleLog.leafHash(entry), index, grown));
      }
      return Buffer.concat(grown).toString('hex');
    });
    return [
      `DELETE FROM entries WHERE idx >= ${size}`,
      `DELETE FROM nodes WHERE (idx + 1) * (1 << level) > ${size}`,
      `UPDATE journals SET size = ${size}, frontier = '\\x${peaks}'`,
    ];
  }
  const truncated = { name: 'JournalTruncatedError', exit: ExitCode.reconciliation };
  test('R2 is found by the checkpoint beside it', async () => {
    for (const size of [12, 6, 5, 1]) expect(await found(await restored(size))).toMatchObject(truncated);
    // What no head covers is not missed: nobody was ever shown it.
    expect(await found(await restored(13))).toMatchObject({ size: 13, checkpoints: 2 });
  });
  test('R2 is found by a head from elsewhere when the checkpoints are gone as well', async () => {
    const cut = [...(await restored(6)), 'DELETE FROM checkpoints WHERE size > 6'];
    expect(await found(cut)).toMatchObject({ size: 6, checkpoints: 1 });
    expect(await found(cut, { heads })).toMatchObject(truncated);
  });
});

describe('R5 a log that was rewritten as a whole', () => {
  async function rewritten(count: number): Promise<Store> {
    const other = await postgres.createStore();
    await addTenant(other);
    const events = labels(count).map((label) => proven(label === '2' ? 'changed' : label));
    await other.transaction(tenant, (tx) => append(tx, journal, { events, timeMs: 1_700_000_000_000 }));
    return other;
  }
  test('R5 is right in itself, and not what was signed', async () => {
    const other = await rewritten(14);
    expect(await other.transaction(tenant, (tx) => verify(tx))).toMatchObject({ size: 14, checkpoints: 0 });
    const error = await other.transaction(tenant, (tx) => verify(tx, { heads })).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(JournalBrokenError);
    expect(error.at).toBe('entries 0 to 4');
  });
  test('R5 R6 and signed anew is a fork', async () => {
    const other = await rewritten(5);
    const away = join(folder, 'rewriter');
    await other.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder: away }));
    const error = await other
      .transaction(tenant, (tx) => verify(tx, { heads: heads.slice(0, 1) }))
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(JournalForkError);
    expect(error.details).toContain(heads[0]);
  });
});

test('error: heads of another key or another journal', async () => {
  const stranger = NoteKey.fromSeed(origin, Buffer.alloc(32, 9));
  const head = { origin, size: 3, root: Buffer.alloc(32) };
  for (const note of [Checkpoint.sign(head, stranger), 'no note']) {
    await expect(store.transaction(tenant, (tx) => verify(tx, { heads: [note] }))).rejects.toThrow(TallyError);
  }
  await expect(store.transaction(tenant, (tx) => verify(tx, { key: stranger.key }))).rejects.toThrow(TallyError);
});
