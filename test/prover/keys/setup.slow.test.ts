import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import netting from '../../../circuits/netting/computation.ts';
import { checkBelongs } from '../../../prover/artifacts/belongs.ts';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import { createDevelopmentKeys } from '../../../prover/keys/setup.ts';
import { loadSnarkjs } from '../../../prover/snarkjsRuntime.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../../prover/witness.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { Computation } from '../../../src/model/Computation.ts';
import { VerifyingKey } from '../../../src/model/VerifyingKey.ts';
import { type NettingInput, Window } from '../../../src/model/Window.ts';
import { cacheDir, circuitsDir } from '../../support/fixtures.ts';
import { seededRandom } from '../../support/random.ts';
import { asset, dateFrom, dateTo, randomObligation } from '../../support/windows.ts';

describe('createDevelopmentKeys', () => {
  test('behavior: makes keys for 2^16 rows, with which snarkjs proves a chunk of 64 obligations', async () => {
    const circuit = await compile(netting, { size: 'real', circuitsDir, cacheDir });
    const keysDir = await mkdtemp(join(tmpdir(), 'tally-keys-'));
    const start = performance.now();
    const { provingKey, verifyingKey } = await createDevelopmentKeys(circuit, { keysDir });
    // Some twelve seconds on two idle cores.
    expect(performance.now() - start).toBeLessThan(180_000);
    const zkey = Zkey.parse(await readFile(provingKey.path), provingKey.path, { deep: true });
    expect(zkey.domainSize).toBe(2 ** 16);
    checkBelongs(zkey, R1cs.parse(await readFile(circuit.r1cs.path)));

    const random = seededRandom(1n);
    const obligations = Array.from({ length: 60 }, () => randomObligation(random, 16));
    const { chunks } = Window.plan(
      { asset, dateFrom, dateTo, obligations },
      { parameters: { N: 64, P: 16, depth: 24 }, draw: random.element },
    );
    const input = Computation.complete(netting, circuit.parameters, { context: 5n, ...(chunks[0] as NettingInput) });
    const module = await compileWitnessModule(await readFile(circuit.wasm.path), circuit.name);
    const witness = Wtns.encode(createWitnessCalculator(module, circuit.signals).calculate(input));
    const snarkjs = await loadSnarkjs();
    const { proof, publicSignals } = await snarkjs.groth16.prove(provingKey.path, witness);
    expect(await snarkjs.groth16.verify(VerifyingKey.toJson(verifyingKey), publicSignals, proof)).toBe(true);
    await rm(keysDir, { recursive: true });
  });
});
