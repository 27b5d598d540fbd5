import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { advanceWindow } from '../../src/chain/advanceWindow.ts';
import { closeWindow } from '../../src/chain/closeWindow.ts';
import { createStream } from '../../src/chain/createStream.ts';
import { deploymentPath, writeDeployment } from '../../src/chain/deployment.ts';
import { disclosePositions } from '../../src/chain/disclosePositions.ts';
import { openWindow } from '../../src/chain/openWindow.ts';
import { readAnchors } from '../../src/chain/readAnchors.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import {
  JournalBrokenError,
  JournalForkError,
  JournalKeyError,
  JournalTruncatedError,
  LogProofError,
  UsageError,
} from '../../src/errors.ts';
import { Checkpoint } from '../../src/model/Checkpoint.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { JournalEntry } from '../../src/model/JournalEntry.ts';
import { MerkleLog } from '../../src/model/MerkleLog.ts';
import type { ProofFile } from '../../src/model/ProofFile.ts';
import { Statement } from '../../src/model/Statement.ts';
import { enterEvents } from '../../src/steps/enterEvents.ts';
import { findAnchors } from '../../src/steps/findAnchors.ts';
import { journalWindow } from '../../src/steps/journalWindow.ts';
import { type JournalSession, openJournal } from '../../src/steps/openJournal.ts';
import { proveContinuation, proveEntries } from '../../src/steps/proveJournal.ts';
import { signJournal } from '../../src/steps/signJournal.ts';
import { verifyJournal } from '../../src/steps/verifyJournal.ts';
import { loadKek } from '../../src/store/sealing.ts';
import { programOf, proven, register, startContractChain, vectors } from '../support/contracts.ts';
import { hashOf, proven as jobProven } from '../support/journal.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let folder: string;
let config: Config;
let session: JournalSession;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-steps-'));
  await writeFile(join(folder, 'package.json'), '{}');
  config = { ...(await loadConfig(folder)), dataDir: folder };
  session = await openStored();
  return () => rm(folder, { recursive: true });
});

const toolbox = () => ({ config, onProgress: () => undefined, signal: new AbortController().signal });
/** The folder's journal on a database of its own. */
const openStored = async () =>
  openJournal(toolbox(), { store: await postgres.createStore(), kek: await loadKek(folder, {}) });
const verify = (at = session, options = {}) => verifyJournal(toolbox(), at, options);

describe('openJournal', () => {
  test('default: a name and a key at first use, the same ones afterwards', async () => {
    const { store, kek, journal, signer } = session;
    expect(journal).toEqual({ tenant: 'default', origin: signer.key.name });
    await enterEvents(session, [jobProven('a')]);
    expect(await openJournal(toolbox(), { store, kek })).toMatchObject({ journal, signer });
    const other = await openJournal(toolbox(), { store, kek }, 'other');
    expect(other.journal.origin).not.toBe(journal.origin);
  });
  test('error: a journal whose key is not here, or is another', async () => {
    const { store, kek } = session;
    await enterEvents(session, [jobProven('a')]);
    const path = join(folder, 'secrets', 'journal-default.key');
    await rm(path);
    await expect(openJournal(toolbox(), { store, kek })).rejects.toThrow(JournalKeyError);
    await openStored();
    await expect(openJournal(toolbox(), { store, kek })).rejects.toThrow(JournalKeyError);
  });
});

describe('verify, prove and sign', () => {
  test('default: entries and continuations are proven under the head that is signed for them', async () => {
    await enterEvents(session, ['a', 'b', 'c'].map(jobProven));
    const before = await signJournal(session);
    const hash = await enterEvents(session, ['d', 'e'].map(jobProven));
    const { checkpoint, note, entries } = await proveEntries(session, { statementId: hashOf('statement d') });
    expect(Checkpoint.hash(checkpoint)).toBe(hash);
    expect(Checkpoint.open(note, session.signer.key).checkpoint).toEqual(checkpoint);
    expect(entries.map(({ entry }) => entry.index)).toEqual([3]);
    for (const { entry, proof } of [...entries, ...(await proveEntries(session, { index: 0 })).entries]) {
      const { size, root } = checkpoint;
      MerkleLog.verifyInclusion({ entry: JournalEntry.toBytes(entry), index: entry.index, size, root, proof });
    }
    const { older, newer, proof } = await proveContinuation(session, before.note);
    const claim = { oldSize: older.size, oldRoot: older.root, newSize: newer.size, newRoot: newer.root, proof };
    MerkleLog.verifyConsistency(claim);
    expect(await verify()).toMatchObject({ size: 5, checkpoints: 2 });
  });

  test('behavior: an event that is entered again is not told twice', async () => {
    const first = await enterEvents(session, ['a', 'b'].map(jobProven));
    expect(await enterEvents(session, ['b', 'a'].map(jobProven))).toBe(first);
    expect((await verify()).size).toBe(2);
  });

  test('error: no such entry, no entry about a statement, a longer or another history', async () => {
    await enterEvents(session, ['a', 'b'].map(jobProven));
    await expect(proveEntries(session, { index: 2 })).rejects.toThrow(UsageError);
    await expect(proveEntries(session, { statementId: hashOf('nobody') })).rejects.toThrow(UsageError);
    const { origin } = session.journal;
    const longer = Checkpoint.sign({ origin, size: 9, root: Buffer.alloc(32) }, session.signer);
    await expect(proveContinuation(session, longer)).rejects.toThrow(LogProofError);
    const other = Checkpoint.sign({ origin, size: 1, root: Buffer.alloc(32) }, session.signer);
    await expect(proveContinuation(session, other)).rejects.toThrow(JournalBrokenError);
  });

  test('error: R2 a restored database is found by the head that was kept, and nothing is signed on it', async () => {
    await enterEvents(session, ['a', 'b', 'c'].map(jobProven));
    const restored = await openStored();
    await expect(enterEvents(restored, ['a', 'b'].map(jobProven))).rejects.toThrow(JournalTruncatedError);
    await expect(verify(restored)).rejects.toThrow(JournalTruncatedError);
    // The key's holder may not even sign an empty journal in its place.
    await expect(signJournal(await openStored())).rejects.toThrow(JournalTruncatedError);
  });

  test('error: R3 a byte changed at any offset of the kept head is named by who verifies and by who signs', async () => {
    await enterEvents(session, ['a', 'b', 'c'].map(jobProven));
    await signJournal(session);
    const path = join(folder, 'journal', 'default.checkpoint');
    const sound = await readFile(path);
    expect(sound.length).toBeGreaterThan(100);
    for (let offset = 0; offset < sound.length; offset++) {
      const changed = Buffer.from(sound);
      changed[offset] = (changed[offset] as number) ^ 1;
      await writeFile(path, changed);
      for (const touch of [() => verify(), () => signJournal(session)]) {
        const error = await touch().then(
          () => undefined,
          (thrown) => thrown,
        );
        expect([offset, error?.exitCode === 4 || error?.exitCode === 6, error?.at]).toEqual([offset, true, path]);
      }
    }
    await writeFile(path, sound);
    expect((await verify()).size).toBe(3);
  });

  test('error: R6 a head that somebody else was shown is evidence of a fork, kept as a file', async () => {
    await enterEvents(session, ['a', 'b', 'c'].map(jobProven));
    const shown = Checkpoint.sign(
      { ...(await signJournal(session)).checkpoint, root: Buffer.alloc(32, 7) },
      session.signer,
    );
    const path = join(folder, 'shown.checkpoint');
    await writeFile(path, shown);
    const error = await verify(session, { heads: [path] }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(JournalForkError);
    const { notes, size } = JSON.parse(await readFile(error.at, 'utf8'));
    expect(size).toBe(3);
    const [a, b] = notes.map((note: string) => Checkpoint.open(note, session.signer.key).checkpoint);
    expect(Checkpoint.isFork(a, b)).toBe(true);
  });
});

test('a window’s life is told, and every advance and the close carry a head that covers it', async () => {
  const local = await startContractChain();
  try {
    const { outbox, chain, url } = local;
    await register(local, 'netting', 'disclosure');
    const place = { stream: 1, window: 5 };
    const [nettingProgram, disclosureProgram] = [programOf('netting').programId, programOf('disclosure').programId];
    await createStream(outbox, local.deployment, { stream: 1, asset: 3, nettingProgram, disclosureProgram });
    const commitDeadline = Number((await local.client.getBlock()).timestamp) + 86_400;
    await openWindow(outbox, local.deployment, { ...place, dateFrom: 8766, dateTo: 8796, commitDeadline });
    const chainSession = {
      chain,
      outbox,
      journal: session,
      deploymentFile: '',
      isEmbedded: false,
      close: outbox.close,
    };
    const options = { deployment: local.deployment, ...place };
    const told = journalWindow(chainSession, { ...options, journal: session });
    expect(await journalWindow(chainSession, { ...options, journal: undefined }).opened()).toBeUndefined();
    const opened = (await told.opened()) as Hex;
    const chunks = ['first', 'second'].map((name) => proven(vectors.netting[name]));
    for (const chunk of chunks) await advanceWindow(outbox, local.deployment, { ...chunk, checkpoint: opened });
    const toFile = ({ statement }: ReturnType<typeof proven>) =>
      ({ ...statement, statementId: Statement.id(statement) }) as ProofFile;
    const advanced = (await told.advanced(chunks.map(toFile))) as Hex;
    await closeWindow(outbox, local.deployment, { ...place, checkpoint: advanced });
    const disclosure = proven(vectors.netting.disclosure);
    await disclosePositions(outbox, local.deployment, disclosure);
    await told.disclosed(toFile(disclosure));

    const anchors = await readAnchors(chain, local.deployment);
    expect(anchors.map(({ checkpoint }) => checkpoint)).toEqual([opened, opened, advanced]);
    expect(opened).not.toBe(advanced);
    expect(await verify(session, { anchors })).toMatchObject({ size: 5, checkpoints: 3 });
    const kinds: string[] = [];
    for (const index of [0, 1, 2, 3, 4]) {
      kinds.push((await proveEntries(session, { index })).entries[0]?.entry.event.kind as string);
    }
    const life = ['window.opened', 'window.advanced', 'window.advanced', 'window.closed', 'window.disclosed'];
    expect(kinds).toEqual(life);
    // Done again after a crash, it tells nothing new.
    await told.opened();
    await told.advanced(chunks.map(toFile));
    await told.disclosed(toFile(disclosure));
    expect((await verify()).size).toBe(5);

    config = { ...config, chain: { ...config.chain, rpcUrls: [url], chainId: chain.chainId } };
    await writeDeployment(deploymentPath({ root: folder, dataDir: folder, chainId: chain.chainId }), local.deployment);
    expect(await findAnchors(toolbox())).toEqual(anchors);
    // R5: a journal that was rewritten, its key and all that is kept beside the database with it, has other heads.
    await rm(join(folder, 'journal'), { recursive: true });
    const rewritten = await openStored();
    await enterEvents(rewritten, ['x', 'y'].map(jobProven));
    await expect(verify(rewritten, { anchors })).rejects.toThrow(JournalTruncatedError);
  } finally {
    await local.outbox.close();
    await local.stop();
  }
});
