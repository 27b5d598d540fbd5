import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { append } from '../../src/journal/append.ts';
import { findJournal, type Journal } from '../../src/journal/head.ts';
import { Checkpoint } from '../../src/model/Checkpoint.ts';
import { NoteKey } from '../../src/model/SignedNote.ts';
import { openJournal } from '../../src/steps/openJournal.ts';
import { loadKek } from '../../src/store/sealing.ts';
import { executeSql, type Store } from '../../src/store/store.ts';
import { asOwner, labels, proven } from '../support/journal.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

const program = fileURLToPath(new URL('../../src/cli/tally.js', import.meta.url));
let postgres: TestPostgres;
let store: Store & { readonly urls: { readonly app: string } };
let folder: string;
let journal: Journal;

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs the program in a project of its own, with the test's database. */
function run(words: readonly string[]): Promise<Ran> {
  const env = { ...process.env, TALLY_DATA: folder, DATABASE_URL: store.urls.app };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

async function json(words: readonly string[]) {
  const { code, stdout, stderr } = await run([...words, '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function fail(words: readonly string[]) {
  const { code, stdout, stderr } = await run([...words, '--json']);
  expect(stdout).toBe('');
  return { code, error: JSON.parse(stderr) as { code: string; at?: string } };
}

const tamper = (...statements: string[]) => store.transaction('default', (tx) => asOwner(tx, ...statements));

beforeAll(async () => {
  postgres = await startTestPostgres();
  store = await postgres.createStore();
  folder = await mkdtemp(join(tmpdir(), 'tally-cli-journal-'));
  await writeFile(join(folder, 'package.json'), '{}');
  const config = { dataDir: folder } as Parameters<typeof openJournal>[0]['config'];
  const toolbox = { config, onProgress: () => undefined, signal: new AbortController().signal };
  ({ journal } = await openJournal(toolbox, { store, kek: await loadKek(folder, {}) }));
  await store.transaction('default', (tx) => append(tx, journal, { events: labels(6).map(proven), timeMs: 1 }));
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

describe('tally journal', () => {
  test('checkpoint, proof and verify', async () => {
    const out = join(folder, 'first.checkpoint');
    const signed = await json(['journal', 'checkpoint', '--out', out]);
    expect(signed).toMatchObject({ origin: journal.origin, size: 6, added: 6 });
    const key = NoteKey.parse(signed.key);
    const { checkpoint } = Checkpoint.open(await readFile(out, 'utf8'), key);
    expect(Checkpoint.hash(checkpoint)).toBe(signed.hash);
    expect((await run(['journal', 'checkpoint'])).stdout).toBe(signed.note);

    const inclusion = await json(['journal', 'proof', '4']);
    expect(inclusion).toMatchObject({ proof: 'inclusion', key: signed.key, checkpoint: signed.note });
    expect(JSON.parse(inclusion.entries[0].entry)).toMatchObject({ index: 4, kind: 'job.proven' });

    await store.transaction('default', (tx) => append(tx, journal, { events: labels(3, 6).map(proven), timeMs: 1 }));
    const consistency = await json(['journal', 'proof', out]);
    expect(consistency).toMatchObject({ proof: 'consistency', older: signed.note });
    expect(consistency.lines.length).toBeGreaterThan(0);
    expect(await json(['journal', 'verify', out])).toMatchObject({ valid: true, size: 9, checkpoints: 2 });
  });

  test('error: words that mean nothing', async () => {
    expect(await fail(['journal', 'proof', '99'])).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(await fail(['journal', 'proof', '0x12'])).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(await fail(['journal', 'proof', 'no-such-file'])).toMatchObject({ code: 2, error: { code: 'input_file' } });
    expect(await fail(['journal', 'verify', program])).toMatchObject({ code: 4, error: { code: 'checkpoint_format' } });
  });

  test('R3 R4 R2 what was done to the database is named, with exit code 6', async () => {
    const flip = 'UPDATE entries SET entry = set_byte(entry, 100, get_byte(entry, 100) # 1) WHERE idx = 2';
    await tamper(flip);
    expect(await fail(['journal', 'verify'])).toMatchObject({ code: 6, error: { at: 'entry 2' } });
    await tamper(flip);
    expect((await run(['journal', 'verify'])).code).toBe(0);

    await tamper('CREATE TABLE kept AS SELECT * FROM entries WHERE idx = 5', 'DELETE FROM entries WHERE idx = 5');
    const dropped = { code: 'journal_broken', at: 'entry 5' };
    expect(await fail(['journal', 'verify'])).toMatchObject({ code: 6, error: dropped });
    await tamper('INSERT INTO entries SELECT * FROM kept', 'DROP TABLE kept');

    // As a copy from before the first entry: nothing in the database is wrong, but a head is kept beside it.
    const empty = ['entries', 'nodes', 'checkpoints', 'journals'].map((table) => `DELETE FROM ${table}`);
    await tamper(...empty);
    expect(await fail(['journal', 'verify'])).toMatchObject({ code: 6, error: { code: 'journal_truncated' } });
    expect(await fail(['journal', 'checkpoint'])).toMatchObject({ code: 6, error: { code: 'journal_truncated' } });
    expect(await store.transaction('default', (tx) => findJournal(tx, 'default'))).toBeUndefined();
    const { rows } = await store.transaction('default', (tx) => executeSql(tx, 'SELECT 1 FROM checkpoints'));
    expect(rows).toEqual([]);
  });
});

describe('tally receipt', () => {
  test('error: what is no receipt, or no proof', async () => {
    const path = join(folder, 'odd.json');
    await writeFile(path, '{"version":1}');
    expect(await fail(['receipt', 'verify', path])).toMatchObject({ code: 4, error: { code: 'receipt_format' } });
    expect(await fail(['receipt', 'make', path])).toMatchObject({ code: 4, error: { code: 'artifact_format' } });
    await writeFile(path, '{"version":1,"version":1}');
    expect(await fail(['receipt', 'verify', path])).toMatchObject({ code: 2, error: { code: 'json' } });
    expect(await fail(['receipt', 'verify', join(folder, 'none')])).toMatchObject({ code: 2 });
  });
});
