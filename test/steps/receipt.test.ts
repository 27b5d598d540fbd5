import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeFunctionData, keccak256 as viemKeccak } from 'viem/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploymentPath, writeDeployment } from '../../src/chain/deployment.ts';
import { programRegistry } from '../../src/chain/generated/contracts.ts';
import { record } from '../../src/chain/record.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import {
  ArtifactMismatchError,
  ChainUnavailableError,
  CheckpointSignatureError,
  ContractForbiddenError,
  ContractRevertError,
  ReceiptMismatchError,
  TallyError,
  UsageError,
} from '../../src/errors.ts';
import { append } from '../../src/journal/append.ts';
import { Hex } from '../../src/model/Hex.ts';
import { Json } from '../../src/model/Json.ts';
import type { ProofFile } from '../../src/model/ProofFile.ts';
import { Receipt } from '../../src/model/Receipt.ts';
import { NoteKey } from '../../src/model/SignedNote.ts';
import { Statement } from '../../src/model/Statement.ts';
import { makeReceipt } from '../../src/steps/makeReceipt.ts';
import { type JournalSession, openJournal } from '../../src/steps/openJournal.ts';
import { verifyReceipt } from '../../src/steps/verifyReceipt.ts';
import { loadKek } from '../../src/store/sealing.ts';
import { type ContractChain, keyOf, proven, register, startContractChain, vectors } from '../support/contracts.ts';
import { hashOf } from '../support/journal.ts';
import { schemaFaults } from '../support/jsonSchema.ts';
import { keccak256 } from '../support/keccak.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { verifyReceiptAgain } from '../support/secondVerifier.ts';

let local: ContractChain;
let postgres: TestPostgres;
let config: Config;
let session: JournalSession;
let receipt: Receipt;
let json: Record<string, unknown>;
let vkey: string;

const toolbox = () => ({ config, onProgress: () => undefined, signal: new AbortController().signal });

beforeAll(async () => {
  [local, postgres] = await Promise.all([startContractChain(), startTestPostgres()]);
  const { folder, deployment, url, chain } = local;
  const { chainId } = chain;
  await writeFile(join(folder, 'package.json'), '{}');
  const own = await loadConfig(folder);
  config = { ...own, dataDir: folder, chain: { ...own.chain, rpcUrls: [url], chainId } };
  await writeDeployment(deploymentPath({ root: folder, dataDir: folder, chainId }), deployment);
  await register(local, 'square');
  for (const name of ['plain', 'other']) {
    await record(local.outbox, deployment, { ...proven(vectors.records[name]), sequence: 0n });
  }
  session = await openJournal(toolbox(), { store: await postgres.createStore(), kek: await loadKek(folder, {}) });
  const { store, journal, signer } = session;
  // Entries about others around it, and one about the statement itself.
  const entries = ['a', 'b', 'c'].map((label) => job(hashOf(label))).concat(job(proofFile('other').statementId));
  await store.transaction(journal.tenant, (tx) => append(tx, journal, { events: entries, timeMs: 1 }));
  receipt = await make('other');
  json = JSON.parse(Json.stringify(Receipt.toJson(receipt)));
  vkey = NoteKey.format(signer.key);
});
afterAll(() => Promise.all([local.stop(), postgres.stop()]));

const job = (statementId: Hex) => ({
  ...{ kind: 'job.proven' as const, jobId: hashOf('job'), keyId: hashOf('key'), statementId },
  programId: proofFile('other').programId,
});

/** A proof file as `tally prove` writes it. */
function proofFile(name: string): ProofFile {
  const { statement, keyId, stream, window, beneficiary, proof } = proven(vectors.records[name]);
  const stages = {};
  return {
    ...{ id: name, circuit: { name: 'square', size: 'default' }, keyId, keyClass: 'development', proof, ...statement },
    statementId: Statement.id(statement),
    purpose: { chainId: vectors.chainId, contract: vectors.addresses.computeLedger, stream, window, beneficiary },
    timing: { waitMs: 0, witnessMs: 0, loadMs: 0, proveMs: 0, verifyMs: 0, cpuMs: 0, stages, attempts: 1 },
  };
}

const make = (name: string, changed: Partial<ProofFile> = {}, key = 'square') =>
  makeReceipt(toolbox(), session, { proof: { ...proofFile(name), ...changed }, verifyingKey: keyOf(key) });

async function verify(value: unknown, options: { rpcUrl?: string; journalKey?: string } = { journalKey: vkey }) {
  const path = join(local.folder, 'receipt.json');
  await writeFile(path, JSON.stringify(value));
  return verifyReceipt({ path, ...options });
}

type Path = readonly (string | number)[];
/** The paths to everything that is neither object nor array. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}
function changedAt(path: Path, change: (value: unknown) => unknown): Record<string, unknown> {
  const copy = structuredClone(json);
  const parent = path
    .slice(0, -1)
    .reduce((node, name) => node[name] as never, copy as Record<string | number, unknown>);
  const last = path.at(-1) as string;
  parent[last] = change(parent[last]);
  return copy;
}
/** Another value of the same form. */
function another(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  const text = value as string;
  if (/^\d+$/.test(text)) return String(BigInt(text) + 1n);
  if (text === 'development') return 'ceremony';
  const place = text.startsWith('0x') ? text.length - 1 : Math.floor(text.length / 2);
  const character = text[place] as string;
  return `${text.slice(0, place)}${character === '1' ? '2' : '1'}${text.slice(place + 1)}`;
}

describe('a receipt', () => {
  test('default: holds for both verifiers, offline and with a node, and is of its schema', async () => {
    const { chain, checkpoint } = await verify(json);
    expect(chain).toBeUndefined();
    expect(checkpoint).toMatchObject({ origin: session.journal.origin, size: 5 });
    verifyReceiptAgain(JSON.stringify(json), vkey);
    const asked = await verify(json, { rpcUrl: local.url });
    expect(asked.chain?.confirmations).toBeGreaterThanOrEqual(0);
    const schema = JSON.parse(await readFile(new URL('../../schemas/receipt.schema.json', import.meta.url), 'utf8'));
    expect(schemaFaults(json, schema)).toEqual([]);
    expect(receipt.record.index).toBe(1n);
    expect(receipt.journal.entries.map(({ entry }) => [entry.index, entry.event.kind])).toEqual([
      [3, 'job.proven'],
      [4, 'statement.recorded'],
    ]);
  });

  test('behavior: parse and toJson are each other’s inverse', () => {
    const parsed = Receipt.parse(Json.parse(JSON.stringify(json)), 'receipt');
    expect(parsed).toEqual(receipt);
    expect(JSON.parse(Json.stringify(Receipt.toJson(parsed)))).toEqual(json);
  });

  test('behavior: made again, it tells of the same entries; the first record of a ledger has one, too', async () => {
    const again = await make('other');
    expect(again).toEqual(receipt);
    const first = await make('plain');
    expect(first.record.index).toBe(0n);
    const text = Json.stringify(Receipt.toJson(first));
    verifyReceiptAgain(text, vkey);
    await verify(JSON.parse(text), { rpcUrl: local.url });
    const forged = JSON.parse(text);
    forged.record.previousHead = hashOf('elsewhere');
    await expect(verify(forged)).rejects.toThrow(ReceiptMismatchError);
  });

  test('error: any value changed is refused by both verifiers, without a node', async () => {
    const paths = leavesOf(json);
    expect(paths.length).toBeGreaterThan(70);
    for (const path of paths) {
      const at = path.join('.');
      const changed = changedAt(path, another);
      expect(changed, at).not.toEqual(json);
      const error = await verify(changed).catch((thrown) => thrown);
      expect(error, at).toBeInstanceOf(TallyError);
      expect([2, 3, 4, 6], at).toContain(error.exitCode);
      expect(() => verifyReceiptAgain(JSON.stringify(changed), vkey), at).toThrow(Error);
    }
  });

  test('error: any member missing or too many is refused, and is not of the schema', async () => {
    const schema = JSON.parse(await readFile(new URL('../../schemas/receipt.schema.json', import.meta.url), 'utf8'));
    const places: Path[] = [
      [],
      ['statement'],
      ['statement', 'purpose'],
      ['record'],
      ['journal'],
      ['journal', 'entries', 0],
    ];
    let tried = 0;
    for (const place of places) {
      const object = place.reduce((node, name) => node[name] as never, json as Record<string | number, unknown>);
      const names = Object.keys(object);
      const drops = names.map((name) => (value: Record<string, unknown>) => {
        const { [name]: _, ...rest } = value;
        return rest;
      });
      for (const change of [...drops, (value: object) => ({ ...value, extra: 1 })]) {
        tried++;
        const changed = place.length === 0 ? change(json) : changedAt(place, change as never);
        expect(schemaFaults(changed, schema)).not.toEqual([]);
        await expect(verify(changed)).rejects.toMatchObject({ exitCode: 4 });
      }
    }
    expect(tried).toBeGreaterThan(30);
  });

  test('error: a journal that the holder does not believe', async () => {
    const stranger = NoteKey.fromSeed(session.journal.origin, Buffer.alloc(32, 3)).key;
    await expect(verify(json, { journalKey: NoteKey.format(stranger) })).rejects.toThrow(CheckpointSignatureError);
    expect(() => verifyReceiptAgain(JSON.stringify(json), NoteKey.format(stranger))).toThrow(/journal key/);
  });

  test('error: an entry about another statement, or none about the record', async () => {
    const [own, recorded] = (json.journal as { entries: unknown[] }).entries;
    const entries = (list: unknown[]) => changedAt(['journal', 'entries'], () => list);
    await expect(verify(entries([own]))).rejects.toThrow(ReceiptMismatchError);
    await expect(verify(entries([]))).rejects.toThrow(ReceiptMismatchError);
    const plain = JSON.parse(Json.stringify(Receipt.toJson(await make('plain'))));
    const foreign = { ...plain, journal: { ...plain.journal, entries: json.journal && [recorded] } };
    await expect(verify(foreign)).rejects.toThrow(TallyError);
  });

  test('error: R9 a node of the tree offered as an entry', async () => {
    const changed = changedAt(['journal', 'entries', 0, 'entry'], () => '\u0001'.repeat(64));
    await expect(verify(changed)).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('error: making one', () => {
  test('of what is not recorded, for another ledger, or with another key than was submitted', async () => {
    await expect(make('ordered0')).rejects.toThrow(ContractRevertError);
    const purpose = { ...proofFile('other').purpose, contract: local.deployment.contracts.nettingLedger.address };
    await expect(make('other', { purpose } as Partial<ProofFile>)).rejects.toThrow(ArtifactMismatchError);
    await expect(make('other', { purpose: undefined })).rejects.toThrow(UsageError);
    const standby = proofFile('plainStandby');
    await expect(make('plainStandby', standby, 'squareStandby')).rejects.toThrow(ArtifactMismatchError);
  });
});

describe('error: a node that says otherwise', () => {
  test('nobody there, a block that was reorganised away, a program that was frozen since', async () => {
    await expect(verify(json, { rpcUrl: 'http://127.0.0.1:1' })).rejects.toThrow(ChainUnavailableError);
    const { programId } = receipt.statement;
    const snapshot = await local.client.snapshot();
    await local.outbox.send({
      what: 'freeze',
      to: local.deployment.contracts.programRegistry.address,
      data: encodeFunctionData({ abi: programRegistry.abi, functionName: 'freezeProgram', args: [programId] }),
    });
    await expect(verify(json, { rpcUrl: local.url })).rejects.toThrow(ContractForbiddenError);
    await local.client.revert({ id: snapshot });
    await verify(json, { rpcUrl: local.url });
    const latest = Number(await local.client.getBlockNumber());
    await local.client.request({
      method: 'anvil_rollback' as never,
      params: [latest - receipt.record.block + 1] as never,
    });
    await expect(verify(json, { rpcUrl: local.url })).rejects.toThrow(ReceiptMismatchError);
    await local.client.mine({ blocks: 3 });
    await expect(verify(json, { rpcUrl: local.url })).rejects.toThrow(ReceiptMismatchError);
    // The receipt itself says nothing of what became of the chain.
    await verify(json);
  });
});

test('the second verifier’s Keccak is Keccak', () => {
  for (const length of [0, 1, 135, 136, 137, 300]) {
    const message = Buffer.alloc(length, 0xa5);
    expect(Hex.fromBytes(keccak256(message))).toBe(viemKeccak(Hex.fromBytes(message)));
  }
});
