import { encodeFunctionData } from 'viem/utils';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/chain/client.ts';
import { programRegistry } from '../../src/chain/generated/contracts.ts';
import { readRecords, requireUnbroken } from '../../src/chain/readRecords.ts';
import { readSequence } from '../../src/chain/readSequence.ts';
import { record, recordIntent, type Submission } from '../../src/chain/record.ts';
import { registerKey } from '../../src/chain/registerKey.ts';
import { registerProgram } from '../../src/chain/registerProgram.ts';
import { requireRecorded } from '../../src/chain/requireRecorded.ts';
import {
  ContractForbiddenError,
  ContractRevertError,
  DeploymentError,
  DevelopmentKeyError,
  RecordsBrokenError,
} from '../../src/errors.ts';
import { r } from '../../src/model/Field.ts';
import { Hex } from '../../src/model/Hex.ts';
import { Seal } from '../../src/model/Seal.ts';
import { Statement } from '../../src/model/Statement.ts';
import { startRelay } from '../support/chain.ts';
import {
  type ContractChain,
  keyOf,
  programOf,
  proven,
  register,
  startContractChain,
  vectors,
} from '../support/contracts.ts';

import { type OutboxStore, startOutboxStore } from '../support/outbox.ts';

let local: ContractChain;
let database: OutboxStore;
beforeAll(async () => {
  database = await startOutboxStore();
}, 60_000);
afterAll(() => database.stop());
beforeEach(async () => {
  local = await startContractChain(database);
  return () => local.stop();
});

const submission = (name: string, sequence = 0n): Submission => ({ ...proven(vectors.records[name]), sequence });
const send = (changed: Partial<Submission>) =>
  record(local.outbox, local.deployment, { ...submission('plain'), ...changed }).catch((error) => error);
const reasonOf = async (changed: Partial<Submission>) => {
  const error = await send(changed);
  expect(error).toBeInstanceOf(ContractRevertError);
  return error.reason.name;
};
const freeze = (functionName: 'freezeProgram' | 'freezeKey', id: Hex) =>
  local.outbox.send({
    what: functionName,
    to: local.deployment.contracts.programRegistry.address,
    data: encodeFunctionData({ abi: programRegistry.abi, functionName, args: [id] }),
  });

describe('registerProgram', () => {
  test('adds every kind, and adopts what is there', async () => {
    const { outbox, deployment } = local;
    for (const name of ['square', 'netting', 'disclosure']) {
      const first = await registerProgram(outbox, deployment, programOf(name));
      expect(first).toMatchObject({ adopted: false, sent: { earlier: false } });
      expect(await registerProgram(outbox, deployment, programOf(name))).toEqual({ adopted: true, sent: undefined });
    }
  });

  test('error: another shape under the same id, and a frozen program', async () => {
    const { outbox, deployment } = local;
    const program = programOf('square');
    await registerProgram(outbox, deployment, program);
    const changed = registerProgram(outbox, deployment, { ...program, signalCount: 3 });
    await expect(changed).rejects.toThrow(DeploymentError);
    await freeze('freezeProgram', program.programId);
    const again = registerProgram(outbox, deployment, program);
    await expect(again).rejects.toMatchObject({ code: 'contract_forbidden', reason: { name: 'FrozenProgram' } });
  });
});

describe('registerKey', () => {
  test('adds a key and adopts it', async () => {
    const { outbox, deployment } = local;
    const program = programOf('square');
    await registerProgram(outbox, deployment, program);
    const registration = { programId: program.programId, verifyingKey: keyOf('square') };
    const first = await registerKey(outbox, deployment, registration);
    expect(first).toMatchObject({ adopted: false, keyId: vectors.keys.square?.keyId });
    expect(await registerKey(outbox, deployment, registration)).toMatchObject({ adopted: true });
    const other = registerKey(outbox, deployment, {
      ...registration,
      verifyingKey: { ...registration.verifyingKey, keyClass: 'ceremony' },
    });
    await expect(other).rejects.toThrow(DeploymentError);
  });

  test('error: a key of another program, and a frozen one', async () => {
    const { outbox, deployment } = local;
    await register(local, 'square');
    const twin = programOf('twin');
    await registerProgram(outbox, deployment, twin);
    const stolen = registerKey(outbox, deployment, { programId: twin.programId, verifyingKey: keyOf('square') });
    await expect(stolen).rejects.toMatchObject({ reason: { name: 'KeyAlreadyRegistered' } });
    await freeze('freezeKey', vectors.keys.square?.keyId as Hex);
    const frozen = registerKey(outbox, deployment, {
      programId: programOf('square').programId,
      verifyingKey: keyOf('square'),
    });
    await expect(frozen).rejects.toThrow(ContractForbiddenError);
  });

  test('L17 a key without a phase 2 is refused by the registry too', async () => {
    const { outbox, deployment } = local;
    const program = programOf('square');
    await registerProgram(outbox, deployment, program);
    const key = keyOf('square');
    const verifyingKey = { ...key, delta: key.gamma };
    const refused = registerKey(outbox, deployment, { programId: program.programId, verifyingKey });
    await expect(refused).rejects.toBeInstanceOf(ContractRevertError);
  });

  test('L19 a development key is not even offered to a public chain', async () => {
    const { outbox, deployment } = local;
    const programId = programOf('square').programId;
    const verifyingKey = keyOf('square');
    const on = (chainId: number, developmentChains?: readonly number[]) =>
      registerKey({ ...outbox, chain: { ...outbox.chain, chainId } }, deployment, {
        programId,
        verifyingKey,
        developmentChains,
      });
    await expect(on(1)).rejects.toThrow(DevelopmentKeyError);
    await expect(on(1, [1])).rejects.toThrow(DevelopmentKeyError);
    await expect(on(11155111)).rejects.toThrow(DevelopmentKeyError);
  });
});

describe('record', () => {
  beforeEach(() => register(local, 'square'));

  test('records a statement once and says where', async () => {
    const { outbox, deployment } = local;
    const given = submission('plain');
    const first = await record(outbox, deployment, given);
    expect(first).toMatchObject({ adopted: false, record: { index: 0n, sequence: 0n, stream: 0 } });
    expect(first.record.statementId).toBe(vectors.records.plain?.statementId);
    expect(first.record.signals).toEqual(given.statement.signals);
    expect(first.sent?.gasUsed).toBeGreaterThan(200_000n);
    expect(first.sent?.effectiveGasPrice).toBeGreaterThan(0n);
    const again = await record(outbox, deployment, given);
    expect(again).toEqual({ adopted: true, sent: { ...first.sent, earlier: true }, record: first.record });
  });

  test('behavior: a record that somebody else made is adopted', async () => {
    const { outbox, deployment, client } = local;
    const { to, data } = recordIntent(deployment, submission('plain'));
    const [, stranger] = await client.getAddresses();
    const hash = await client.sendTransaction({ account: stranger ?? null, to, data, chain: null });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
    const { adopted, sent, record: row } = await record(outbox, deployment, submission('plain'));
    expect({ adopted, sent }).toEqual({ adopted: true, sent: undefined });
    expect(row).toMatchObject({ transaction: hash, index: 0n });
  });

  test('behavior: the records of a stream travel together and keep their order', async () => {
    const { outbox, deployment } = local;
    const standby = { programId: programOf('square').programId, verifyingKey: keyOf('squareStandby') };
    await registerKey(outbox, deployment, standby);
    const names = ['ordered0', 'ordered1', 'ordered2'];
    const all = await Promise.all(names.map((name, i) => record(outbox, deployment, submission(name, BigInt(i)))));
    expect(all.map(({ record: row }) => row.sequence)).toEqual([0n, 1n, 2n]);
    expect(await readSequence(outbox.chain, deployment, { programId: standby.programId, stream: 7 })).toBe(3n);
  });

  test('C1 a replay is refused by the contract', async () => {
    const { outbox, deployment } = local;
    await record(outbox, deployment, submission('plain'));
    const replay = outbox.send({ ...recordIntent(deployment, submission('plain')), id: Hex.word(1n) });
    await expect(replay).rejects.toMatchObject({ reason: { name: 'AlreadyRecorded' } });
  });

  test('C2 L52 a malleated proof is the same statement: it finds the record there', async () => {
    const { outbox, deployment } = local;
    const first = await record(outbox, deployment, submission('plain'));
    expect(vectors.malleations).toHaveLength(3);
    for (const [i, { seal }] of vectors.malleations.entries()) {
      const given = { ...submission('plain'), proof: Seal.decode(seal) };
      const again = { ...recordIntent(deployment, given), id: Hex.word(BigInt(i + 1)) };
      await expect(outbox.send(again)).rejects.toMatchObject({ reason: { name: 'AlreadyRecorded' } });
      expect((await record(outbox, deployment, given)).record).toEqual(first.record);
    }
  });

  test('C3 C4 C16 a context of another chain, contract, stream, window, beneficiary or program', async () => {
    const given = submission('plain');
    const { programId, signals } = given.statement;
    const { stream, window, beneficiary } = given;
    const right = { chainId: 31337, contract: vectors.addresses.computeLedger, programId, stream, window, beneficiary };
    // The vector's own context is what this program computes for it.
    expect(Statement.context(right)).toBe(signals[0]);
    const others = [{ chainId: 1 }, { contract: vectors.addresses.nettingLedger }, { stream: 1 }, { window: 9 }];
    for (const other of others) {
      const context = Statement.context({ ...right, ...other });
      expect(await reasonOf({ statement: { programId, signals: [context, ...signals.slice(1)] } })).toBe(
        'ContextMismatch',
      );
    }
    expect(await reasonOf({ window: 1 })).toBe('ContextMismatch');
    expect(await reasonOf({ stream: 3 })).toBe('ContextMismatch');
    expect(await reasonOf({ beneficiary: '0x00000000000000000000000000000000000000b0' })).toBe('ContextMismatch');
    const twin = programOf('twin').programId;
    expect(await reasonOf({ statement: { programId: twin, signals } })).toBe('ContextMismatch');
  });

  test('C6 C7 a signal beyond the field', async () => {
    const { statement } = submission('plain');
    const [context = 0n, y = 0n] = statement.signals;
    for (const alias of [y + r, r, 2n ** 256n - 1n]) {
      const changed = { ...statement, signals: [context, alias] };
      expect(await reasonOf({ statement: changed })).toBe('SignalOutOfField');
    }
  });

  test('C8 a wrong number of signals', async () => {
    const { statement } = submission('plain');
    const changed = { ...statement, signals: [...statement.signals, 0n] };
    expect(await reasonOf({ statement: changed })).toBe('SignalCountMismatch');
  });

  test('error: a false claim, an unknown key, a wrong sequence; none uses a nonce', async () => {
    const { statement } = submission('plain');
    const before = await local.client.getTransactionCount({ address: local.outbox.address });
    const [context = 0n] = statement.signals;
    expect(await reasonOf({ statement: { ...statement, signals: [context, 10n] } })).toBe('ProofRejected');
    expect(await reasonOf({ keyId: Hex.word(12n) })).toBe('UnknownKey');
    expect(await reasonOf({ sequence: 1n })).toBe('SequenceMismatch');
    expect(await local.client.getTransactionCount({ address: local.outbox.address })).toBe(before);
  });

  test('C11 a frozen key is a refusal of rights', async () => {
    await freeze('freezeKey', submission('plain').keyId);
    const error = await send({});
    expect(error).toBeInstanceOf(ContractForbiddenError);
    expect(error).toMatchObject({ exitCode: 7, reason: { name: 'FrozenKey' } });
  });
});

describe('readRecords', () => {
  beforeEach(() => register(local, 'square'));

  test('C44 the events are the ledger: paged or not, whole and in order', async () => {
    const { outbox, deployment } = local;
    expect((await readRecords(outbox.chain, deployment)).records).toEqual([]);
    const made = [];
    for (const name of ['plain', 'other', 'ordered0']) {
      made.push((await record(outbox, deployment, submission(name))).record);
      await local.client.mine({ blocks: 3 });
    }
    const whole = await readRecords(outbox.chain, deployment);
    expect(whole.records).toEqual(made);
    expect(BigInt(whole.throughBlock)).toBe(await local.client.getBlockNumber());
    expect((await readRecords(outbox.chain, deployment, { pageBlocks: 2 })).records).toEqual(made);
    const second = { fromBlock: made[1]?.block, toBlock: made[1]?.block };
    expect((await readRecords(outbox.chain, deployment, second)).records).toEqual([made[1]]);
    const { programId } = programOf('twin');
    expect((await readRecords(outbox.chain, deployment, { programId })).records).toEqual([]);
  });

  test('R26 a row that was dropped, swapped or changed is noticed', async () => {
    const { outbox, deployment } = local;
    for (const name of ['plain', 'other', 'ordered0']) await record(outbox, deployment, submission(name));
    const { records } = await readRecords(outbox.chain, deployment);
    const [a, b, c] = records as [(typeof records)[0], (typeof records)[0], (typeof records)[0]];
    expect(() => requireUnbroken(deployment, records)).not.toThrow();
    const changed = [
      [b, c],
      [a, c],
      [b, a, c],
      [a, { ...b, window: b.window + 1 }, c],
      [a, { ...b, keyId: a.statementId }, c],
      [a, b, { ...c, beneficiary: vectors.addresses.computeLedger }],
      [{ ...a, head: b.head }, b, c],
    ];
    for (const rows of changed) expect(() => requireUnbroken(deployment, rows)).toThrow(RecordsBrokenError);
  });

  test.each([
    ['the first', (logs: unknown[]) => logs.slice(1)],
    ['the last', (logs: unknown[]) => logs.slice(0, -1)],
    ['every', () => []],
  ])('R26 a node that drops %s event is found out', async (_, drop) => {
    const { outbox, deployment, url } = local;
    for (const name of ['plain', 'other']) await record(outbox, deployment, submission(name));
    const alter = (method: string, result: unknown) => (method === 'eth_getLogs' ? drop(result as unknown[]) : result);
    const relay = await startRelay(url, { alter });
    const chain = await connect({ rpcUrl: relay.url });
    await expect(readRecords(chain, deployment)).rejects.toThrow(RecordsBrokenError);
    await relay.close();
  });
});

describe('requireRecorded', () => {
  test('C22 not recorded, not final, frozen; else it is silent', async () => {
    await register(local, 'square');
    const { outbox, deployment } = local;
    const { statement } = submission('plain');
    const rely = (confirmations: number) =>
      requireRecorded(outbox.chain, deployment, { statement, confirmations }).catch((error) => error);
    expect((await rely(0)).reason.name).toBe('NotRecorded');
    await record(outbox, deployment, submission('plain'));
    expect(await rely(0)).toBeUndefined();
    expect((await rely(3)).reason.name).toBe('NotFinal');
    await local.client.mine({ blocks: 3 });
    expect(await rely(3)).toBeUndefined();
    await freeze('freezeProgram', statement.programId);
    expect(await rely(3)).toBeInstanceOf(ContractForbiddenError);
  });
});
