/**
 * Makes `test/vectors/contracts.json`: real keys and proofs for the Solidity tests, which cannot prove by themselves.
 * The contexts bind the proofs to the chain id and the addresses below, where the tests put the contracts.
 *
 * Run it when a circuit or the binding changes (minutes; less with a prepared phase-1 file of power 13 or more):
 * `node scripts/generate/contractFixtures.ts [phase1.ptau]`.
 * snarkjs draws randomness of its own, so no two runs give the same file, and no check can ask for it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Seal } from '../../src/model/Seal.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { nettingWindows } from './fixtures/nettingWindows.ts';
import { malleations, twistPointOutsideSubgroup } from './fixtures/points.ts';
import { addresses, chainId, type FixtureProof, programId } from './fixtures/scenario.ts';
import { createToolchain, type ProvenFixture, type Toolchain } from './fixtures/toolchain.ts';

const directory = await mkdtemp(join(tmpdir(), 'tally-fixtures-'));
try {
  const toolchain = await createToolchain(directory, process.argv[2]);
  const fixtures = await contractFixtures(toolchain);
  const file = fileURLToPath(new URL('../../test/vectors/contracts.json', import.meta.url));
  await writeFile(
    file,
    `${JSON.stringify(fixtures, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 2)}\n`,
  );
} finally {
  await rm(directory, { recursive: true });
}
// snarkjs keeps its worker threads alive.
process.exit();

async function contractFixtures(toolchain: Toolchain) {
  const square = await toolchain.compile('square', 'Square', []);
  const netting = await toolchain.compile('netting', 'Netting', [4, 4, 6]);
  const disclosure = await toolchain.compile('disclosure', 'Disclosure', [4]);
  const keys = {
    square: await toolchain.setUp(square, 'square'),
    squareStandby: await toolchain.setUp(square, 'squareStandby'),
    twin: await toolchain.setUp(square, 'twin'),
    netting: await toolchain.setUp(netting, 'netting'),
    crowded: await toolchain.setUp(netting, 'crowded'),
    disclosure: await toolchain.setUp(disclosure, 'disclosure'),
  };
  const prove = (proof: FixtureProof) => toolchain.prove(keys[proof.key as keyof typeof keys], proof);
  const records = Object.fromEntries(
    await sequentially(Object.entries(squareProofs()), async ([name, proof]) => [name, await prove(proof)] as const),
  );
  const steps = Object.fromEntries(
    await sequentially(Object.entries(nettingWindows()), async ([name, proof]) => [name, await prove(proof)] as const),
  );
  return {
    chainId,
    addresses,
    programs: {
      square: program('square', { kind: 0, signalCount: 2 }),
      twin: program('twin', { kind: 0, signalCount: 2 }),
      netting: program('netting', { kind: 1, batchSize: 4, participants: 4, depth: 6, signalCount: 9 }),
      // Declared with more slots to a batch than its circuit has, so that two batches fill a tree of depth 6.
      crowded: program('crowded', { kind: 1, batchSize: 32, participants: 4, depth: 6, signalCount: 9 }),
      disclosure: program('disclosure', { kind: 2, participants: 4, signalCount: 6 }),
    },
    keys: Object.fromEntries(Object.entries(keys).map(([name, { verifyingKey }]) => [name, keyFixture(verifyingKey)])),
    // A key that never had a second phase: delta is gamma, and anyone can forge under it.
    keyWithoutPhase2: VerifyingKey.toBytes(await toolchain.exportWithoutPhase2(square)),
    records,
    malleations: malleations((records.plain as ProvenFixture).proof, keys.square.verifyingKey).map(
      ({ desc, proof }) => ({
        desc,
        seal: Seal.encode(proof),
      }),
    ),
    twistPointOutsideSubgroup: twistPointOutsideSubgroup(),
    netting: steps,
  };
}

/** Statements about squares: who they are for, and with which key they are proven. */
function squareProofs(): Record<string, FixtureProof> {
  const of = (x: bigint, rest: Partial<FixtureProof> & Pick<FixtureProof, 'key' | 'program'>): FixtureProof => {
    const binding = {
      stream: 0,
      window: 0,
      beneficiary: addresses.nobody,
      contract: addresses.computeLedger,
      chainId,
      ...rest,
    };
    return { ...binding, input: { y: x * x, x } };
  };
  const square = { key: 'square', program: 'square' };
  const ordered = { ...square, stream: 7, window: 1, beneficiary: addresses.bob };
  return {
    plain: of(3n, square),
    plainStandby: of(3n, { ...square, key: 'squareStandby' }),
    other: of(4n, { ...square, window: 1 }),
    ordered0: of(5n, ordered),
    ordered1: of(6n, ordered),
    ordered2: of(7n, { ...ordered, key: 'squareStandby' }),
    twin: of(3n, { key: 'twin', program: 'twin' }),
    otherChain: of(8n, { ...square, chainId: 31338 }),
    otherContract: of(8n, { ...square, contract: addresses.nettingLedger }),
  };
}

function program(name: string, parameters: Record<string, number>) {
  return { programId: programId(name), batchSize: 0, participants: 0, depth: 0, ...parameters };
}

function keyFixture(key: VerifyingKey) {
  return { keyId: VerifyingKey.id(key), bytes: VerifyingKey.toBytes(key), json: VerifyingKey.toJson(key) };
}

async function sequentially<T, U>(items: readonly T[], f: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) results.push(await f(item));
  return results;
}
