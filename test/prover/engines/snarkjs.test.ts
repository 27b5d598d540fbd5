import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import type { KeyHandle } from '../../../prover/engines/engine.ts';
import { createEngine } from '../../../prover/engines/snarkjs.ts';
import { drawRandomness } from '../../../prover/randomness.ts';
import { loadCurve, loadSnarkjs } from '../../../prover/snarkjsRuntime.ts';
import { createVerifier } from '../../../prover/verify.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../../prover/witness.ts';
import { r } from '../../../src/model/Field.ts';
import { Json } from '../../../src/model/Json.ts';
import { Proof } from '../../../src/model/Proof.ts';
import { Seal } from '../../../src/model/Seal.ts';
import type { Fixture } from '../../support/fixtures.ts';
import { loadSmall, smallInput } from '../../support/small.ts';

let fixture: Fixture;
let zkey: Uint8Array;
let handle: KeyHandle;
let witness: Uint8Array;

beforeAll(async () => {
  fixture = await loadSmall();
  const { circuit, keys, job } = fixture;
  const file = await readFile(keys.provingKey.path);
  zkey = new Uint8Array(new SharedArrayBuffer(file.length));
  zkey.set(file);
  const engine = await createEngine();
  handle = await engine.load(zkey);
  const module = await compileWitnessModule(await readFile(circuit.wasm.path), 'small');
  witness = createWitnessCalculator(module, circuit.signals).calculate(job(smallInput).input);
});

describe('prove', () => {
  test('default: a key in shared memory, a proof that verifies', async () => {
    const { proof, stages } = await handle.prove(witness, drawRandomness());
    const verifier = await createVerifier(fixture.keys.verifyingKey);
    await verifier.verify([1n, 12n], proof);
    expect(stages.groth16Ms).toBeGreaterThan(0);
  });

  test('behavior: the same randomness gives the same bytes', async () => {
    const randomness = { r: 123456789n, s: r - 1n };
    const [first, second] = [await handle.prove(witness, randomness), await handle.prove(witness, randomness)];
    expect(Seal.encode(first.proof)).toBe(Seal.encode(second.proof));
    const swapped = await handle.prove(witness, { r: randomness.s, s: randomness.r });
    expect(Seal.encode(swapped.proof)).not.toBe(Seal.encode(first.proof));
  });

  test('behavior: r blinds A by delta, s blinds B', async () => {
    const { G1, G2, Fr } = await loadCurve();
    const { alpha, beta, delta } = fixture.keys.verifyingKey;
    const [plain, blinded] = [
      await handle.prove(witness, { r: 0n, s: 0n }),
      await handle.prove(witness, { r: 0n, s: 5n }),
    ];
    expect(blinded.proof.a).toEqual(plain.proof.a);
    expect(plain.proof.a).not.toEqual(alpha);
    expect(plain.proof.b).not.toEqual(beta);
    const shift = G2.timesFr(G2.fromObject([delta.x, delta.y]), Fr.e(5n));
    const b = G2.add(G2.fromObject([plain.proof.b.x, plain.proof.b.y]), shift);
    expect(G2.toObject(G2.toAffine(b)).slice(0, 2)).toEqual([blinded.proof.b.x, blinded.proof.b.y]);
    expect(G1.isValid(G1.fromObject([blinded.proof.c.x, blinded.proof.c.y]))).toBe(true);
  });

  test('behavior: randomness of the operating system gives other bytes each time', async () => {
    const seals = new Set<string>();
    for (let i = 0; i < 3; i++) seals.add(Seal.encode((await handle.prove(witness, drawRandomness())).proof));
    expect(seals.size).toBe(3);
  });

  test("behavior: snarkjs' own randomness is back after a call, also after one that fails", async () => {
    const { Fr } = await loadCurve();
    await handle.prove(witness, { r: 1n, s: 2n });
    await expect(handle.prove(witness.subarray(0, -32), { r: 1n, s: 2n })).rejects.toThrow('Invalid witness length');
    const { groth16 } = await loadSnarkjs();
    const proofs = [await groth16.prove(zkey, Wtns.encode(witness)), await groth16.prove(zkey, Wtns.encode(witness))];
    const [first, second] = proofs.map(({ proof }) => Seal.encode(Proof.parse(Json.parse(JSON.stringify(proof)))));
    expect(first).not.toBe(second);
    expect(Fr.toObject(Fr.random())).not.toBe(Fr.toObject(Fr.random()));
  });

  test('error: an aborted signal', async () => {
    await expect(handle.prove(witness, drawRandomness(), { signal: AbortSignal.abort() })).rejects.toThrow('abort');
  });
});
