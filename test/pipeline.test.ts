/** The whole path with tiny circuits and real contracts: what it is for, and all that must not get through it. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Wtns } from '../prover/artifacts/wtns.ts';
import { loadCurve, loadSnarkjs } from '../prover/snarkjsRuntime.ts';
import { malleations } from '../scripts/generate/fixtures/points.ts';
import { readRecords } from '../src/chain/readRecords.ts';
import { record, type Submission } from '../src/chain/record.ts';
import { registerKey } from '../src/chain/registerKey.ts';
import { ContractRevertError, ProofRejectedError, UnsafeKeyError, UnsatisfiedError } from '../src/errors.ts';
import { Field, r } from '../src/model/Field.ts';
import { Proof } from '../src/model/Proof.ts';
import type { ProofFile } from '../src/model/ProofFile.ts';
import { Statement } from '../src/model/Statement.ts';
import type { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { recordInputs } from '../src/pipeline.ts';
import { type ChainSession, openChain } from '../src/steps/openChain.ts';
import { openDeployed } from '../src/steps/openDeployed.ts';
import { planStatements } from '../src/steps/planStatements.ts';
import { type Prepared, prepare } from '../src/steps/prepare.ts';
import { prove, requireAll } from '../src/steps/prove.ts';
import { submit } from '../src/steps/submit.ts';
import type { Toolbox } from '../src/steps/toolbox.ts';
import { loadCircuit } from './support/circuits.ts';
import { commandsTimeout, createProject, type Project } from './support/project.ts';
import { addComputation } from './support/sources.ts';
import { makeToolbox } from './support/toolbox.ts';

vi.setConfig(commandsTimeout);

let project: Project;
let toolbox: Toolbox;
let session: ChainSession;
let cube: Prepared;

beforeAll(async () => {
  project = await createProject();
  await addComputation(project, {
    name: 'cube',
    template: 'Cube',
    signals: {
      y: "{ type: 'uint', public: true, result: true }",
      x: "{ type: 'uint', max: 2n ** 64n - 1n }",
    },
    reference: '({ x }) => ({ y: x * x * x })',
    includes: ['Range.circom'],
    body: 'signal square <== x * x;\n    Range(64)(x);\n    y === square * x;',
  });
  toolbox = await makeToolbox(project);
  session = await openChain(toolbox);
  cube = await prepare(toolbox, { name: 'cube' });
});
afterAll(async () => {
  await session?.close();
  await (await loadCurve()).terminate();
  await project.remove();
});

const run = (...xs: number[]) =>
  recordInputs(toolbox, session, {
    name: 'cube',
    inputs: xs.map((x) => ({ id: `cube of ${x}`, input: { x } })),
    stream: 0,
    window: 0,
  });
const rows = async () => (await readRecords(session.chain, await openDeployed(session))).records;
const sentSoFar = () => session.chain.client.getTransactionCount({ address: session.outbox.address });

describe('recordInputs', () => {
  test('a second computation needs a folder under circuits/ and nothing else', async () => {
    const submitted = await run(3, 5);
    expect(submitted.map(({ id, adopted }) => [id, adopted])).toEqual([
      ['cube of 3', false],
      ['cube of 5', false],
    ]);
    const recorded = await rows();
    expect(recorded.map(({ signals }) => signals[1])).toEqual([27n, 125n]);
    expect(recorded.every(({ programId }) => programId === cube.circuit.programId)).toBe(true);
  });

  test('behavior: run again, everything is adopted and nothing is sent', async () => {
    const before = [await rows(), await sentSoFar()];
    const again = await run(3, 5);
    expect(again.every(({ adopted }) => adopted)).toBe(true);
    expect([await rows(), await sentSoFar()]).toEqual(before);
  });

  test('behavior: a bad job of a batch is named and the others are kept', async () => {
    const deployment = await openDeployed(session);
    const place = { deployment, stream: 0, window: 0, beneficiary: session.outbox.address };
    const inputs = [
      { id: 'good', input: { x: 7 } },
      { id: 'false', input: { x: 8, y: 511 } },
    ];
    const batch = await prove(toolbox, planStatements(cube, { inputs, place }));
    expect(batch.proofs.map(({ id }) => id)).toEqual(['good']);
    expect(batch.failed).toMatchObject([{ id: 'false', error: { name: 'UnsatisfiedError' } }]);
    expect(() => requireAll(batch)).toThrow(/1 of 2 jobs failed/);
    const again = await prove(toolbox, planStatements(cube, { inputs: inputs.slice(0, 1), place }));
    expect(again).toMatchObject({ found: 1, failed: [], proofs: [{ id: 'good', proof: batch.proofs[0]?.proof }] });
  });
});

/** A proof of 11³ that nobody has submitted. */
async function freshProof(x = 11): Promise<ProofFile> {
  const deployment = await openDeployed(session);
  const place = { deployment, stream: 0, window: 0, beneficiary: session.outbox.address };
  const jobs = planStatements(cube, { inputs: [{ id: `cube of ${x}`, input: { x } }], place });
  return requireAll(await prove(toolbox, jobs))[0] as ProofFile;
}

/** Past all checks of ours, straight to the contract. */
async function recordRaw(proof: ProofFile, change: Partial<Submission> = {}) {
  const { programId, signals, keyId } = proof;
  const { stream, window, beneficiary } = proof.purpose as NonNullable<ProofFile['purpose']>;
  const submission = { statement: { programId, signals }, keyId, stream, window, beneficiary, sequence: 0n };
  const outcome = await record(session.outbox, await openDeployed(session), {
    ...submission,
    proof: proof.proof,
    ...change,
  }).catch((error: unknown) => error);
  return outcome as { adopted?: boolean; reason?: { name: string } };
}

const submitOne = async (proof: ProofFile, key: VerifyingKey = cube.keys.verifyingKey) =>
  submit(toolbox, session, { deployment: await openDeployed(session), proofs: [proof], findKey: async () => key });

describe('what must not get through', () => {
  test('L20 a forged witness: our prover refuses it, and a proof made without our prover convinces nobody', async () => {
    const before = await rows();
    const honest = await freshProof();
    const context = honest.signals[0] as bigint;
    const { forge, violations } = await loadCircuit(cube.computation, { circuitsDir: project.path('circuits') });
    const witness = forge({ context, y: 1332n, x: 11n });
    expect(violations(witness).length).toBeGreaterThan(0);
    const deployment = await openDeployed(session);
    const place = { deployment, stream: 0, window: 0, beneficiary: session.outbox.address };
    const jobs = planStatements(cube, { inputs: [{ id: 'forged', input: { x: 11, y: 1332 } }], place });
    const { failed } = await prove(toolbox, jobs);
    expect(failed[0]?.error).toBeInstanceOf(UnsatisfiedError);

    const forged = await proveWithSnarkjs(witness);
    const signals = [context, 1332n];
    const statementId = Statement.id({ programId: honest.programId, signals });
    const file = { ...honest, signals, statementId, proof: forged };
    await expect(submitOne(file)).rejects.toThrow(ProofRejectedError);
    expect(await recordRaw(file)).toBeInstanceOf(ContractRevertError);
    expect(await rows()).toEqual(before);
  });

  test('L17 an unsafe key: nothing is verified with it, and the registry does not take it', async () => {
    const proof = await freshProof();
    const unsafe = { ...cube.keys.verifyingKey, delta: cube.keys.verifyingKey.gamma };
    await expect(submitOne(proof, unsafe)).rejects.toThrow(UnsafeKeyError);
    const { programId } = cube.circuit;
    const deployment = await openDeployed(session);
    const registered = registerKey(session.outbox, deployment, { programId, verifyingKey: unsafe });
    await expect(registered).rejects.toThrow(ContractRevertError);
  });

  test('an altered statement and an altered proof', async () => {
    const before = await rows();
    const proof = await freshProof();
    const altered = [
      { statement: { programId: proof.programId, signals: [proof.signals[0] as bigint, 1330n] } },
      { statement: { programId: proof.programId, signals: [proof.signals[0] as bigint, 1331n + r] } },
      { statement: { programId: proof.programId, signals: proof.signals.slice(0, 1) } },
      { proof: { ...proof.proof, a: proof.proof.c, c: proof.proof.a } },
    ];
    for (const change of altered) expect(await recordRaw(proof, change)).toBeInstanceOf(ContractRevertError);
    expect(await rows()).toEqual(before);
  });

  test('C4 C16 a statement for another contract, stream, window, beneficiary or program', async () => {
    const before = await rows();
    const proof = await freshProof();
    for (const change of [{ stream: 1 }, { window: 1 }, { beneficiary: `0x${'77'.repeat(20)}` as const }]) {
      expect(await recordRaw(proof, change)).toBeInstanceOf(ContractRevertError);
    }
    const purpose = proof.purpose as NonNullable<ProofFile['purpose']>;
    for (const other of [{ contract: `0x${'99'.repeat(20)}` as const }, { chainId: 1 }]) {
      const context = Statement.context({ ...purpose, ...other, programId: proof.programId });
      const jobs = [{ id: 'foreign', ...cube, purpose: undefined, input: { context, y: 1331n, x: 11n } }];
      const foreign = requireAll(await prove(toolbox, jobs))[0] as ProofFile;
      expect(await recordRaw({ ...foreign, purpose })).toBeInstanceOf(ContractRevertError);
    }
    expect(await rows()).toEqual(before);
  });

  test('C1 C2 L52 a replay and the proof’s malleations have no second effect', async () => {
    const proof = await freshProof();
    expect(await submitOne(proof)).toMatchObject([{ adopted: false }]);
    const before = [await rows(), await sentSoFar()];
    expect(await submitOne(proof)).toMatchObject([{ adopted: true }]);
    for (const { proof: other } of malleations(proof.proof, cube.keys.verifyingKey)) {
      expect(Proof.toJson(other)).not.toEqual(Proof.toJson(proof.proof));
      expect(await submitOne({ ...proof, proof: other })).toMatchObject([{ adopted: true }]);
      expect(await recordRaw(proof, { proof: other })).toMatchObject({ adopted: true });
    }
    expect([await rows(), await sentSoFar()]).toEqual(before);
  });
});

/** What somebody gets who has the proving key and a witness calculator of their own. */
async function proveWithSnarkjs(witness: readonly bigint[]): Promise<Proof> {
  const { groth16 } = await loadSnarkjs();
  const values = new Uint8Array(32 * witness.length);
  for (const [i, element] of witness.entries()) values.set(Field.toBytesLE(element), 32 * i);
  const { proof } = await groth16.prove(cube.keys.provingKey.path, Wtns.encode(values));
  return Proof.parse(proof as never);
}
