/** The life of a program's keys on chain: a first one, a standby beside it, the first one frozen; statements stay unique. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localAccount } from '../../src/chain/account.ts';
import type { Deployment } from '../../src/chain/deployment.ts';
import { freezeKey as freezeOnChain } from '../../src/chain/freezeKey.ts';
import { type Outbox, openOutbox } from '../../src/chain/outbox.ts';
import { readKey } from '../../src/chain/readKey.ts';
import { record } from '../../src/chain/record.ts';
import { registerKey } from '../../src/chain/registerKey.ts';
import { requireRecorded } from '../../src/chain/requireRecorded.ts';
import { loadConfig } from '../../src/config.ts';
import { ContractForbiddenError, DeploymentError, UsageError } from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import type { ProofFile } from '../../src/model/ProofFile.ts';
import { Statement } from '../../src/model/Statement.ts';
import { deploy } from '../../src/steps/deploy.ts';
import { down } from '../../src/steps/down.ts';
import { freezeKey } from '../../src/steps/freezeKey.ts';
import { makeKeys } from '../../src/steps/makeKeys.ts';
import { type ChainSession, openChain } from '../../src/steps/openChain.ts';
import { openDeployed } from '../../src/steps/openDeployed.ts';
import { planStatements } from '../../src/steps/planStatements.ts';
import { type Prepared, prepare } from '../../src/steps/prepare.ts';
import { prove, requireAll } from '../../src/steps/prove.ts';
import { records } from '../../src/steps/records.ts';
import { register } from '../../src/steps/register.ts';
import { submit } from '../../src/steps/submit.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { findKey } from '../../src/steps/verifyFile.ts';
import { startTestChain, type TestChain } from '../support/chain.ts';

let folder: string;
let local: TestChain;
let toolbox: Toolbox;
let session: ChainSession;
let first: Prepared;
let standby: Prepared;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-rotation-'));
  local = await startTestChain({ chainId: 31337 });
  const operatorKeyFile = join(folder, 'operator');
  await writeFile(
    operatorKeyFile,
    `0x${Buffer.from(localAccount().getHdKey().privateKey as Uint8Array).toString('hex')}`,
  );
  await chmod(operatorKeyFile, 0o600);
  const base = await loadConfig(process.cwd());
  const chain = { ...base.chain, rpcUrls: [local.url], chainId: 31337, operatorKeyFile };
  const config = { ...base, dataDir: join(folder, 'data'), chain };
  toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
  session = await openChain(toolbox);
  const { deployment } = await deploy(toolbox, session);
  first = await prepare(toolbox, { name: 'square' });
  const { keyId } = await makeKeys(toolbox, first.circuit, { seed: 'standby' });
  standby = await prepare(toolbox, { name: 'square', key: keyId });
  for (const prepared of [first, standby]) await register(toolbox, session, { deployment, ...prepared });
});
afterAll(async () => {
  await session.close();
  await down(toolbox);
  await local.stop();
  await rm(folder, { recursive: true });
});

describe('two keys of one program', () => {
  test('default: both are registered, for the same program', async () => {
    const deployment = await openDeployed(session);
    for (const { keys } of [first, standby]) {
      expect(await readKey(local.chain, deployment, keys.keyId)).toEqual({
        programId: first.circuit.programId,
        keyClass: 'development',
        frozen: false,
      });
    }
    expect(standby.keys.keyId).not.toBe(first.keys.keyId);
    expect(await readKey(local.chain, deployment, `0x${'12'.repeat(32)}`)).toBeUndefined();
  });

  test('behavior: a statement is recorded once, whichever key proved it; a new one is taken under either', async () => {
    const [three] = await submitProofs(await proveSquare(first, 3));
    expect(three).toMatchObject({ adopted: false, record: { index: 0n } });
    const again = await proveSquare(standby, 3);
    expect(again).toMatchObject({ statementId: three?.statementId, keyId: standby.keys.keyId });
    const [adopted] = await submitProofs(again);
    expect(adopted).toMatchObject({ adopted: true, record: { index: 0n, keyId: first.keys.keyId } });
    // Somebody else, who has no outbox that remembers, is told so by the ledger.
    const found = await asStranger((stranger, deployment) => {
      const { programId, signals, keyId, proof } = again;
      const place = { stream: 0, window: 0, beneficiary: deployment.deployer, sequence: 0n };
      return record(stranger, deployment, { statement: { programId, signals }, keyId, proof, ...place });
    });
    expect(found).toMatchObject({ adopted: true, sent: undefined, record: { index: 0n, keyId: first.keys.keyId } });
    const [four] = await submitProofs(await proveSquare(standby, 4));
    expect(four).toMatchObject({ adopted: false, record: { index: 1n, keyId: standby.keys.keyId } });
    expect(await records(toolbox)).toHaveLength(2);
  });
});

describe('freezeKey', () => {
  test('S11 a key is frozen between proof and submission: nothing is lost, the standby key brings the statement', async () => {
    const before = await records(toolbox);
    const underway = await proveSquare(first, 5);
    const frozen = await freezeKey(toolbox, session, first.keys.keyId);
    expect(frozen).toEqual({ keyId: first.keys.keyId, programId: first.circuit.programId, adopted: false });
    await expect(submitProofs(underway)).rejects.toThrow(ContractForbiddenError);
    await expect(submitProofs(underway)).rejects.toMatchObject({ exitCode: 7, reason: { name: 'FrozenKey' } });
    expect(await records(toolbox)).toEqual(before);

    const moved = await proveSquare(standby, 5);
    expect(moved.statementId).toBe(underway.statementId);
    // With both at hand the one under the standby key is taken.
    const [recorded] = await submitProofs(underway, moved);
    expect(recorded).toMatchObject({
      adopted: false,
      record: { index: BigInt(before.length), keyId: standby.keys.keyId },
    });
    expect(await submitProofs(underway)).toMatchObject([{ adopted: true, record: { keyId: standby.keys.keyId } }]);
    expect(await records(toolbox)).toHaveLength(before.length + 1);
  });

  test('behavior: what was recorded under it stays, and stays unique', async () => {
    const deployment = await openDeployed(session);
    const [oldest] = await records(toolbox);
    expect(oldest).toMatchObject({ keyId: first.keys.keyId });
    const { programId, signals } = await proveSquare(first, 3);
    await expect(
      requireRecorded(local.chain, deployment, { statement: { programId, signals }, confirmations: 0 }),
    ).resolves.toBeUndefined();
    expect(await submitProofs(await proveSquare(standby, 3))).toMatchObject([{ adopted: true, record: { index: 0n } }]);
  });

  test('behavior: freezing again changes nothing, and the key does not come back', async () => {
    expect(await freezeKey(toolbox, session, first.keys.keyId)).toMatchObject({ adopted: true });
    const deployment = await openDeployed(session);
    expect(await readKey(local.chain, deployment, first.keys.keyId)).toMatchObject({ frozen: true });
    await expect(register(toolbox, session, { deployment, ...first })).rejects.toThrow(ContractForbiddenError);
  });

  test('error: no id, an unknown key, a sender who is no guardian', async () => {
    await expect(freezeKey(toolbox, session, first.keys.keyId.slice(0, 12))).rejects.toThrow(UsageError);
    await expect(freezeKey(toolbox, session, `0x${'00'.repeat(31)}01`)).rejects.toThrow(DeploymentError);
    const { programId, verifyingKey } = await makeKeys(toolbox, first.circuit, { seed: 'stranger' });
    await asStranger(async (stranger, deployment) => {
      const frozen = freezeOnChain(stranger, deployment, standby.keys.keyId);
      await expect(frozen).rejects.toThrow(ContractForbiddenError);
      const registered = registerKey(stranger, deployment, { programId, verifyingKey });
      await expect(registered).rejects.toThrow(ContractForbiddenError);
    });
    const deployment = await openDeployed(session);
    expect(await readKey(local.chain, deployment, standby.keys.keyId)).toMatchObject({ frozen: false });
  });
});

async function proveSquare(prepared: Prepared, x: number): Promise<ProofFile> {
  const deployment = await openDeployed(session);
  const place = { deployment, stream: 0, window: 0, beneficiary: deployment.deployer };
  const jobs = planStatements(prepared, { inputs: [{ id: `${x}`, input: { x } }], place });
  const [proof] = requireAll(await prove(toolbox, jobs, { threads: 1 }));
  expect(Statement.id(proof as ProofFile)).toBe(proof?.statementId);
  return proof as ProofFile;
}

async function submitProofs(...proofs: ProofFile[]) {
  const deployment = await openDeployed(session);
  return submit(toolbox, session, { deployment, proofs, findKey: (id: Hex) => findKey(toolbox, id) });
}

/** Acts for an account that holds no role. */
async function asStranger<T>(act: (stranger: Outbox, deployment: Deployment) => Promise<T>): Promise<T> {
  const { store, journal } = session.journal;
  const stranger = await openOutbox({ chain: local.chain, account: localAccount(5), store, tenant: journal.tenant });
  try {
    return await act(stranger, await openDeployed(session));
  } finally {
    await stranger.close();
  }
}
