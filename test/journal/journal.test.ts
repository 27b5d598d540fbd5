import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  JournalBrokenError,
  JournalEntryError,
  JournalForkError,
  JournalKeyError,
  JournalTruncatedError,
  LogProofError,
  StoreForbiddenError,
} from '../../src/errors.ts';
import { append, appendNew } from '../../src/journal/append.ts';
import { latestCheckpoint, signCheckpoint } from '../../src/journal/checkpoint.ts';
import { findJournal, readHead } from '../../src/journal/head.ts';
import { openJournalKey } from '../../src/journal/key.ts';
import { findEntries, proveConsistency, proveInclusion, readEntry } from '../../src/journal/prove.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Checkpoint } from '../../src/model/Checkpoint.ts';
import { JournalEntry } from '../../src/model/JournalEntry.ts';
import { MerkleLog } from '../../src/model/MerkleLog.ts';
import { executeSql, openStore, type Store } from '../../src/store/store.ts';
import {
  addTenant,
  afterChange,
  grow,
  hashOf,
  journal,
  labels,
  origin,
  proven,
  signer,
  tenant,
} from '../support/journal.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let store: Store & { urls: { worker: string } };
let folder: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  store = await postgres.createStore();
  await addTenant(store);
  folder = await mkdtemp(join(tmpdir(), 'tally-journal-'));
  return async () => {
    await store.close();
    await rm(folder, { recursive: true });
  };
});

const timeMs = 1_700_000_000_000;
const sign = () => store.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }));

describe('append', () => {
  test('default: entries are numbered on, whatever the transactions they come in', async () => {
    const first = await grow(store, labels(3));
    const second = await grow(store, labels(2, 3));
    expect([...first, ...second].map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    const leaves = [...first, ...second].map((entry) => MerkleLog.leafHash(JournalEntry.toBytes(entry)));
    const [a, b, c, d, e] = leaves as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const { nodeHash } = MerkleLog;
    const root = nodeHash(nodeHash(nodeHash(a, b), nodeHash(c, d)), e);
    await store.transaction(tenant, async (tx) => {
      const head = await readHead(tx, origin);
      expect(head.size).toBe(5);
      expect(MerkleLog.root(head.peaks)).toEqual(root);
      expect(await findJournal(tx, tenant)).toEqual(journal);
    });
  });

  test('behavior: what is rolled back was never appended', async () => {
    await grow(store, labels(3));
    const failed = store.transaction(tenant, async (tx) => {
      await append(tx, journal, { events: [proven('lost')], timeMs });
      throw new Error('given up');
    });
    await expect(failed).rejects.toThrow('given up');
    const [next] = await grow(store, ['kept']);
    expect(next?.index).toBe(3);
  });

  test('behavior: forty writers at once lose and double nothing', async () => {
    const all = await Promise.all(labels(40).map((label) => grow(store, [`${label}a`, `${label}b`])));
    const indices = all.flat().map(({ index }) => index);
    expect(indices.sort((x, y) => x - y)).toEqual(Array.from({ length: 80 }, (_, i) => i));
  });

  test('behavior: appendNew appends what is not there, and finds the rest', async () => {
    const enter = (...names: string[]) =>
      store.transaction(tenant, (tx) => appendNew(tx, journal, { events: names.map(proven), timeMs }));
    const indices = async (...names: string[]) => (await enter(...names)).map(({ index }) => index);
    expect(await indices('x')).toEqual([0]);
    expect(await indices('y', 'x', 'z')).toEqual([1, 0, 2]);
    expect(await indices('z', 'y', 'x')).toEqual([2, 1, 0]);
  });

  test('behavior: a worker may append, and nobody of the program may change or remove', async () => {
    const worker = await openStore({ url: store.urls.worker, as: 'worker' });
    await worker.transaction(tenant, (tx) => append(tx, journal, { events: [proven('w')], timeMs }));
    await worker.close();
    for (const text of ['UPDATE entries SET entry = entry', 'DELETE FROM entries', 'DELETE FROM checkpoints']) {
      await expect(store.transaction(tenant, (tx) => executeSql(tx, text))).rejects.toThrow(StoreForbiddenError);
    }
  });

  test('error: a second journal, another tenant’s journal, an event that is none', async () => {
    await grow(store, labels(1));
    const other = { tenant, origin: 'tallystick.example/other' };
    await expect(grow(store, ['x'], other)).rejects.toThrow(JournalBrokenError);
    await addTenant(store, 'beta');
    await expect(grow(store, ['x'], { tenant: 'beta', origin })).rejects.toThrow(JournalBrokenError);
    const event = { ...proven('x'), amount: 5n } as never;
    const odd = store.transaction(tenant, (tx) => append(tx, journal, { events: [event], timeMs }));
    await expect(odd).rejects.toThrow(JournalEntryError);
  });
});

describe('checkpoints and proofs', () => {
  test('default: every entry is provable under every head, and every head continues the one before', async () => {
    const heads: Checkpoint[] = [];
    for (const count of [0, 1, 4, 8, 1, 7]) {
      await grow(store, labels(count, heads.at(-1)?.size ?? 0));
      heads.push((await sign()).checkpoint);
    }
    expect(heads.map(({ size }) => size)).toEqual([0, 1, 5, 13, 14, 21]);
    await store.transaction(tenant, async (tx) => {
      for (const head of heads) {
        for (let index = 0; index < head.size; index++) {
          const entry = await readEntry(tx, origin, index);
          const proof = await proveInclusion(tx, entry, head);
          MerkleLog.verifyInclusion({ entry: JournalEntry.toBytes(entry), index, ...head, proof });
        }
        for (const older of heads.filter(({ size }) => size <= head.size)) await proveConsistency(tx, older, head);
      }
      const [found] = await findEntries(tx, origin, JournalEntry.statementSubject(hashOf('statement 7')));
      expect(found?.event).toMatchObject({ kind: 'job.proven', statementId: hashOf('statement 7') });
      const late = await readEntry(tx, origin, 20);
      await expect(proveInclusion(tx, late, heads[2] as Checkpoint)).rejects.toThrow(LogProofError);
    });
  });

  test('behavior: signing again what is signed gives the same note', async () => {
    await grow(store, labels(5));
    const first = await sign();
    expect(await sign()).toEqual({ ...first, added: 0 });
    const stored = await store.transaction(tenant, (tx) => latestCheckpoint(tx, { journal, key: signer.key }));
    expect(stored?.note).toBe(first.note);
    expect(await readFile(join(folder, `${tenant}.checkpoint`), 'utf8')).toBe(first.note);
  });

  test('error: R2 O1 a journal that is shorter than a signed head is not signed', async () => {
    await grow(store, labels(5));
    const { note } = await sign();
    const restored = await postgres.createStore();
    await addTenant(restored);
    await grow(restored, labels(4));
    const again = restored.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }));
    await expect(again).rejects.toThrow(JournalTruncatedError);
    expect(await readFile(join(folder, `${tenant}.checkpoint`), 'utf8')).toBe(note);
  });

  test('error: R6 two histories of one size are not both signed; the evidence is kept', async () => {
    await grow(store, labels(5));
    const { note } = await sign();
    const rewritten = await postgres.createStore();
    await addTenant(rewritten);
    await grow(rewritten, ['0', '1', 'x', '3', '4']);
    const error = await rewritten
      .transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }))
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(JournalForkError);
    const evidence = JSON.parse(await readFile(error.at, 'utf8'));
    expect(evidence).toMatchObject({ version: 1, origin, size: 5 });
    const [a, b] = evidence.notes.map((text: string) => Checkpoint.open(text, signer.key).checkpoint);
    expect(evidence.notes[0]).toBe(note);
    expect(Checkpoint.isFork(a, b)).toBe(true);
  });

  test('error: a longer journal with another beginning is not signed', async () => {
    await grow(store, labels(5));
    await sign();
    const rewritten = await postgres.createStore();
    await addTenant(rewritten);
    await grow(rewritten, ['0', '1', 'x', '3', '4', '5', '6']);
    const again = rewritten.transaction(tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }));
    await expect(again).rejects.toThrow(JournalBrokenError);
  });

  test('error: no proof is handed out that a damaged row has spoilt', async () => {
    await grow(store, labels(13));
    const { checkpoint } = await sign();
    const damage = `UPDATE nodes SET hash = set_byte(hash, 3, (get_byte(hash, 3) + 1) % 256) WHERE level = 2 AND idx = 1`;
    const proof = (index: number) =>
      afterChange(store, [damage], async (tx) => proveInclusion(tx, await readEntry(tx, origin, index), checkpoint));
    await expect(proof(1)).rejects.toThrow(JournalBrokenError);
    expect((await proof(12)).length).toBeGreaterThan(0);
    const lost = 'DELETE FROM nodes WHERE level = 2';
    const without = afterChange(store, [lost], async (tx) =>
      proveInclusion(tx, await readEntry(tx, origin, 1), checkpoint),
    );
    await expect(without).rejects.toThrow(JournalBrokenError);
  });
});

describe('openJournalKey', () => {
  test('default: drawn once, for its owner only, and the journal is called after it', async () => {
    const first = await openJournalKey({ folder, tenant });
    expect(await openJournalKey({ folder, tenant })).toEqual(first);
    expect(first.key.name).toMatch(/^tallystick\.local\/[0-9a-f]{16}\/alpha$/);
    expect((await stat(join(folder, 'journal-alpha.key'))).mode & 0o777).toBe(0o600);
    const other = await openJournalKey({ folder, tenant: 'beta', origin: 'example.com/log' });
    expect(other.key.name).toBe('example.com/log');
    expect(other.key.publicKey).not.toEqual(first.key.publicKey);
  });
  test('error: readable by others, damaged, of another name, a name that is none', async () => {
    const path = join(folder, 'journal-alpha.key');
    await openJournalKey({ folder, tenant });
    await expect(openJournalKey({ folder, tenant, origin: 'example.com/log' })).rejects.toThrow(JournalKeyError);
    await expect(openJournalKey({ folder, tenant, origin: 'a b' })).rejects.toThrow(JournalKeyError);
    const text = await readFile(path, 'utf8');
    for (const bad of [text.trim(), text.replace('PRIVATE', 'PUBLIC'), text.replace(/.{8}\n$/, '\n'), '']) {
      await writeFile(path, bad);
      await expect(openJournalKey({ folder, tenant })).rejects.toThrow(JournalKeyError);
    }
    await rm(path);
    await writeFile(path, text, { mode: 0o644 });
    await expect(openJournalKey({ folder, tenant })).rejects.toThrow(JournalKeyError);
  });
});

test('R1 a server that ends in the middle of appending comes back with every entry that it acknowledged', async () => {
  const server = await startTestPostgres({ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' });
  try {
    const before = await server.createStore();
    await addTenant(before);
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) acknowledged += (await grow(before, labels(3, acknowledged))).length;
    })().catch(() => undefined);
    while (acknowledged < 60) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.kill();
    await writing;
    await server.restart();
    const url = before.urls.app.replace(/:\d+\//, `:${server.server().port}/`);
    const after = await openStore({ url, as: 'app' });
    const verify = () => after.transaction(tenant, (tx) => verifyJournal(tx, { journal, key: signer.key }));
    const { size } = await verify();
    // A last transaction may have been committed without its answer having arrived; none is there in part.
    expect([acknowledged, acknowledged + 3]).toContain(size);
    await grow(after, labels(2, size));
    expect((await verify()).size).toBe(size + 2);
    await after.close();
  } finally {
    await server.stop();
  }
});
