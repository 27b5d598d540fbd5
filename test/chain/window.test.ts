import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localAccount } from '../../src/chain/account.ts';
import { type Advance, advanceIntent, advanceWindow } from '../../src/chain/advanceWindow.ts';
import { closeWindow } from '../../src/chain/closeWindow.ts';
import { createStream } from '../../src/chain/createStream.ts';
import { disclosePositions } from '../../src/chain/disclosePositions.ts';
import { openWindow } from '../../src/chain/openWindow.ts';
import { openOutbox } from '../../src/chain/outbox.ts';
import { readStream, readWindow } from '../../src/chain/readWindow.ts';
import { setTime } from '../../src/chain/setTime.ts';
import {
  ContractForbiddenError,
  ContractRevertError,
  DeploymentError,
  DisclosureMismatchError,
} from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Tree } from '../../src/model/Tree.ts';
import { type ContractChain, programOf, proven, register, startContractChain, vectors } from '../support/contracts.ts';
import { type OutboxStore, startOutboxStore, tenant } from '../support/outbox.ts';

const place = { stream: 1, window: 5 };
const terms = { stream: 1, asset: 3 };
let local: ContractChain;
let deadline: number;

let database: OutboxStore;
beforeAll(async () => {
  database = await startOutboxStore();
}, 60_000);
afterAll(() => database.stop());
beforeEach(async () => {
  local = await startContractChain(database);
  await register(local, 'netting', 'disclosure');
  deadline = Number((await local.client.getBlock()).timestamp) + 86_400;
  return () => local.stop();
});

const programs = () => ({
  nettingProgram: programOf('netting').programId,
  disclosureProgram: programOf('disclosure').programId,
});
const stream = () => createStream(local.outbox, local.deployment, { ...terms, ...programs() });
const window = (changed = {}) =>
  openWindow(local.outbox, local.deployment, {
    ...place,
    dateFrom: 8766,
    dateTo: 8796,
    commitDeadline: deadline,
    ...changed,
  });
const chunk = (name: string): Advance => proven(vectors.netting[name]);
const advance = (name: string) => advanceWindow(local.outbox, local.deployment, chunk(name));
const close = () => closeWindow(local.outbox, local.deployment, place);
const disclose = (name = 'disclosure') =>
  disclosePositions(local.outbox, local.deployment, proven(vectors.netting[name]));
const read = () => readWindow(local.outbox.chain, local.deployment, place);
const nonce = () => local.client.getTransactionCount({ address: local.outbox.address });

describe('a window’s life', () => {
  test('default: opened, advanced by two proofs that travel together, closed, disclosed', async () => {
    expect(await stream()).toMatchObject({ adopted: false });
    expect(await readStream(local.outbox.chain, local.deployment, 1)).toMatchObject({ participants: 4, batchSize: 4 });
    expect(await read()).toMatchObject({ state: 'none' });
    await window();
    const opened = await read();
    expect(opened).toMatchObject({ state: 'open', next: 0, dateFrom: 8766, dateTo: 8796, commitDeadline: deadline });
    // What the contract opens a window with is what this program computes from.
    expect(opened.root).toBe(Tree.emptyRoot(6));
    expect(opened.commitment).toBe(Positions.commitment(Positions.zero(4), 0n));

    const both = await Promise.all([advance('first'), advance('second')]);
    expect(both.map(({ adopted }) => adopted)).toEqual([false, false]);
    const { statement } = chunk('second');
    expect(await read()).toMatchObject({ next: 8, root: statement.signals[5], commitment: statement.signals[8] });

    await close();
    expect(await read()).toMatchObject({ state: 'closed', positions: undefined });
    const { positions, sent } = await disclose();
    expect(sent?.gasUsed).toBeGreaterThan(200_000n);
    const disclosed = await read();
    expect(disclosed).toMatchObject({ state: 'disclosed', positions });
    expect(positions.reduce((sum, position) => sum + position, 0n)).toBe(0n);
  });

  test('behavior: everything is adopted when it is done again, by this outbox or by another', async () => {
    const all = async () => [await stream(), await window(), await advance('first'), await advance('second')];
    expect((await all()).map(({ adopted }) => adopted)).toEqual([false, false, false, false]);
    expect((await close()).adopted).toBe(false);
    expect((await disclose()).adopted).toBe(false);
    const before = await nonce();

    expect((await all()).every(({ adopted }) => adopted)).toBe(true);
    await local.outbox.close();
    // An operator who has lost the outbox knows nothing of these transactions.
    const store = await local.database.createStore();
    local = { ...local, outbox: await openOutbox({ chain: local.chain, account: localAccount(), store, tenant }) };
    expect((await all()).map(({ adopted, sent }) => [adopted, sent])).toEqual(new Array(4).fill([true, undefined]));
    expect(await close()).toEqual({ adopted: true, sent: undefined });
    expect(await disclose()).toMatchObject({ adopted: true, sent: undefined });
    expect(await nonce()).toBe(before);
  });
});

describe('error: what does not fit', () => {
  test('a stream or window that exists with other terms', async () => {
    await stream();
    const other = createStream(local.outbox, local.deployment, { ...terms, asset: 4, ...programs() });
    await expect(other).rejects.toThrow(DeploymentError);
    await window();
    await expect(window({ dateTo: 8797 })).rejects.toThrow(DeploymentError);
    // A window before the last one was never opened, so there is nothing to adopt.
    await expect(window({ window: 4 })).rejects.toMatchObject({ reason: { name: 'WindowNotAscending' } });
  });

  test('programs that are not a netting and a disclosure program', async () => {
    const { nettingProgram } = programs();
    const odd = createStream(local.outbox, local.deployment, {
      ...terms,
      nettingProgram,
      disclosureProgram: nettingProgram,
    });
    await expect(odd).rejects.toMatchObject({ reason: { name: 'ProgramsDoNotFit' } });
  });

  test('C33 C35 a chunk out of order, and a rival of one that was applied', async () => {
    await stream();
    await window();
    await expect(advance('second')).rejects.toMatchObject({ reason: { name: 'StaleState', args: ['4', '0'] } });
    await advance('first');
    await expect(advance('rivalOfFirst')).rejects.toMatchObject({ reason: { name: 'StaleState' } });
    expect((await read()).root).toBe(chunk('first').statement.signals[5]);
  });

  test('C16 a proof for another beneficiary or key', async () => {
    await stream();
    await window();
    const send = (changed: Partial<Advance>) =>
      advanceWindow(local.outbox, local.deployment, { ...chunk('first'), ...changed });
    const beneficiary = local.outbox.address;
    await expect(send({ beneficiary })).rejects.toMatchObject({ reason: { name: 'ProofRejected' } });
    const keyId = vectors.keys.disclosure?.keyId as Hex;
    await expect(send({ keyId })).rejects.toMatchObject({ reason: { name: 'KeyOfOtherProgram' } });
  });

  test('C17 only the operator advances, and closes before the deadline; after it anyone closes', async () => {
    await stream();
    await window();
    const stranger = await openOutbox({
      chain: local.chain,
      account: localAccount(1),
      store: await local.database.createStore(),
      tenant,
    });
    await expect(advanceWindow(stranger, local.deployment, chunk('first'))).rejects.toThrow(ContractForbiddenError);
    await expect(closeWindow(stranger, local.deployment, place)).rejects.toThrow(ContractForbiddenError);
    await setTime(local.chain, deadline + 1);
    await expect(advance('first')).rejects.toMatchObject({ reason: { name: 'CommitDeadlinePassed' } });
    expect((await closeWindow(stranger, local.deployment, place)).adopted).toBe(false);
    await stranger.close();
  });

  test('a disclosure too early, and one that the chain has otherwise', async () => {
    await stream();
    await window();
    await advance('first');
    await advance('second');
    await expect(disclose()).rejects.toThrow(ContractRevertError);
    await close();
    await disclose();
    const given = proven(vectors.netting.disclosure);
    const [context = 0n, commitment = 0n] = given.statement.signals;
    const statement = { ...given.statement, signals: [context, commitment, 1n, 0n, 0n, 0n] };
    const other = disclosePositions(local.outbox, local.deployment, { ...given, statement });
    await expect(other).rejects.toThrow(DisclosureMismatchError);
  });

  test('an advance by a statement that is not one of Netting', () => {
    const { statement } = chunk('first');
    const short = { ...chunk('first'), statement: { ...statement, signals: statement.signals.slice(1) } };
    expect(() => advanceIntent(local.deployment, short)).toThrow(/not one of Netting/);
  });
});
