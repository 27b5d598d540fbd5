/**
 * @module All contracts on a chain of their own, with the real proofs of `test/vectors/contracts.json`. These are bound to
 * ledgers at fixed addresses, so the deployed ledgers' code is put there too, as their constructors would leave it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAbiParameters, encodeFunctionData, keccak256, toFunctionSelector } from 'viem/utils';
import { localAccount } from '../../src/chain/account.ts';
import { deploy } from '../../src/chain/deploy.ts';
import type { Deployment } from '../../src/chain/deployment.ts';
import { accessManager, nettingLedger, roles } from '../../src/chain/generated/contracts.ts';
import { type Outbox, openOutbox } from '../../src/chain/outbox.ts';
import { registerKey } from '../../src/chain/registerKey.ts';
import { type Program, registerProgram } from '../../src/chain/registerProgram.ts';
import type { ProgramKind } from '../../src/model/Computation.ts';
import { Hex } from '../../src/model/Hex.ts';
import type { JsonValue } from '../../src/model/Json.ts';
import type { Proof } from '../../src/model/Proof.ts';
import { Seal } from '../../src/model/Seal.ts';
import type { Statement } from '../../src/model/Statement.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { startTestChain, type TestChain, testClient } from './chain.ts';
import { type OutboxStore, startOutboxStore, tenant } from './outbox.ts';

type ProgramJson = {
  programId: Hex;
  kind: number;
  batchSize: number;
  participants: number;
  depth: number;
  signalCount: number;
};
type ProvenJson = {
  program: string;
  key: string;
  stream: number;
  window: number;
  beneficiary: Hex;
  signals: string[];
  statementId: Hex;
  seal: Hex;
};
type Vectors = {
  chainId: number;
  addresses: { computeLedger: Hex; nettingLedger: Hex };
  programs: Record<string, ProgramJson>;
  keys: Record<string, { keyId: Hex; json: JsonValue }>;
  records: Record<string, ProvenJson>;
  malleations: { desc: string; seal: Hex }[];
  netting: Record<string, ProvenJson>;
};

export const vectors = JSON.parse(
  readFileSync(new URL('../vectors/contracts.json', import.meta.url), 'utf8'),
) as Vectors;

export type ContractChain = TestChain & {
  readonly outbox: Outbox;
  readonly database: OutboxStore;
  readonly deployment: Deployment;
  readonly client: ReturnType<typeof testClient>;
};

/** A chain with everything deployed and nothing registered. @param shared a server that outlives it */
export async function startContractChain(shared?: OutboxStore): Promise<ContractChain> {
  const local = await startTestChain({ chainId: vectors.chainId });
  const database = shared ?? (await startOutboxStore());
  const store = await database.createStore();
  const outbox = await openOutbox({ chain: local.chain, account: localAccount(), store, tenant });
  const { deployment } = await deploy(outbox, { path: join(local.folder, 'deployment.json') });
  const client = testClient(local.url);
  const moved = await moveLedgers(client, outbox, deployment);
  const stop = async () => {
    await outbox.close();
    if (!shared) await database.stop();
    await local.stop();
  };
  return { ...local, outbox, deployment: moved, client, database, stop };
}

/** A proven statement of the vectors, in this program's types. */
export function proven(json: ProvenJson | undefined): {
  statement: Statement;
  keyId: Hex;
  stream: number;
  window: number;
  beneficiary: Hex;
  proof: Proof;
} {
  if (!json) throw new Error('no such vector');
  const { program, key, stream, window, beneficiary, signals, seal } = json;
  const statement = { programId: programOf(program).programId, signals: signals.map(BigInt) };
  const keyId = vectors.keys[key]?.keyId as Hex;
  return { statement, keyId, stream, window, beneficiary, proof: Seal.decode(seal) };
}

export function programOf(name: string): Program {
  const { programId, kind, batchSize, participants, depth, signalCount } = vectors.programs[name] as ProgramJson;
  const kinds: ProgramKind[] = ['generic', 'netting', 'disclosure', 'append', 'reconciliation'];
  const parameters = { N: batchSize, P: participants, depth };
  return { programId, kind: kinds[kind] as ProgramKind, parameters, signalCount };
}

export function keyOf(name: string): VerifyingKey {
  return VerifyingKey.parse(vectors.keys[name]?.json as JsonValue);
}

/** Registers programs of the vectors with the keys of the same names. */
export async function register({ outbox, deployment }: ContractChain, ...names: string[]): Promise<void> {
  for (const name of names) {
    const program = programOf(name);
    await registerProgram(outbox, deployment, program);
    await registerKey(outbox, deployment, { programId: program.programId, verifyingKey: keyOf(name) });
  }
}

async function moveLedgers(
  client: ContractChain['client'],
  outbox: Outbox,
  deployment: Deployment,
): Promise<Deployment> {
  const { contracts } = deployment;
  const { computeLedger: compute, nettingLedger: netting } = vectors.addresses;
  for (const [from, to] of [
    [contracts.computeLedger.address, compute],
    [contracts.nettingLedger.address, netting],
  ] as const) {
    await client.setCode({ address: to, bytecode: (await client.getCode({ address: from })) as Hex });
  }
  // Slot 0 is the head of the hash chain, which begins with the ledger's own address.
  const head = encodeAbiParameters(
    [{ type: 'string' }, { type: 'uint256' }, { type: 'address' }],
    ['tallystick/ledger/v1', BigInt(vectors.chainId), compute],
  );
  await client.setStorageAt({ address: compute, index: Hex.word(0n), value: keccak256(head) });
  // Slot 0 of the other one is the address of its AccessManager.
  const authority = Hex.word(BigInt(contracts.accessManager.address));
  await client.setStorageAt({ address: netting, index: Hex.word(0n), value: authority });
  await outbox.send({ what: 'roles', to: contracts.accessManager.address, data: rolesFor(netting) });
  return {
    ...deployment,
    contracts: {
      ...contracts,
      computeLedger: { ...contracts.computeLedger, address: compute },
      nettingLedger: { ...contracts.nettingLedger, address: netting },
    },
  };
}

function rolesFor(target: Hex): Hex {
  const selector = (name: string) => {
    const item = nettingLedger.abi.find((entry) => entry.type === 'function' && entry.name === name);
    return toFunctionSelector(item as Parameters<typeof toFunctionSelector>[0]);
  };
  const allow = (role: bigint, ...names: string[]) =>
    encodeFunctionData({
      abi: accessManager.abi,
      functionName: 'setTargetFunctionRole',
      args: [target, names.map(selector), role],
    });
  const calls = [allow(roles.registrar, 'createStream'), allow(roles.operator, 'open', 'advance', 'close')];
  return encodeFunctionData({ abi: accessManager.abi, functionName: 'multicall', args: [calls] });
}
