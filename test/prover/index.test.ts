import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { R1cs } from '../../prover/artifacts/r1cs.ts';
import { Wtns } from '../../prover/artifacts/wtns.ts';
import { loadNativeAddon } from '../../prover/engines/nativeAddon.ts';
import { createProver, type Prover } from '../../prover/index.ts';
import { verify } from '../../prover/verify.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import {
  ArtifactFormatError,
  ArtifactHashError,
  ArtifactMismatchError,
  UnsatisfiedError,
  UsageError,
} from '../../src/errors.ts';
import type { Values } from '../../src/model/Computation.ts';
import { Field, r } from '../../src/model/Field.ts';
import { Statement } from '../../src/model/Statement.ts';
import type { Fixture } from '../support/fixtures.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let fixture: Fixture;
let twin: Fixture;
let prover: Prover;

beforeAll(async () => {
  fixture = await loadSmall();
  twin = await loadSmall('twin');
  prover = createProver({ threads: 1 });
});
afterAll(() => prover.close());

async function witnessOf({ circuit, job }: Fixture, input: Values = smallInput): Promise<Uint8Array> {
  const module = await compileWitnessModule(await readFile(circuit.wasm.path), 'small');
  return createWitnessCalculator(module, circuit.signals).calculate(job(input).input);
}

describe('prove', () => {
  test('default', async () => {
    const { circuit, keys, job } = fixture;
    const proven = await prover.prove(job(smallInput, 'seven'));
    expect(proven).toMatchObject({
      id: 'seven',
      programId: circuit.programId,
      keyId: keys.keyId,
      keyClass: 'development',
      signals: [1n, 12n],
      statementId: Statement.id({ programId: circuit.programId, signals: [1n, 12n] }),
      timing: { attempts: 1 },
    });
    for (const time of ['waitMs', 'witnessMs', 'loadMs', 'proveMs', 'verifyMs'] as const) {
      expect(proven.timing[time]).toBeGreaterThanOrEqual(0);
    }
    await verify(keys.verifyingKey, proven.signals, proven.proof);
  });

  test('behavior: the same job gives another proof of the same statement each time', async () => {
    const [first, second] = [await prover.prove(fixture.job(smallInput)), await prover.prove(fixture.job(smallInput))];
    expect(first.statementId).toBe(second.statementId);
    expect(first.proof.a).not.toEqual(second.proof.a);
    expect(first.proof.b).not.toEqual(second.proof.b);
  });

  test('behavior: more keys than are kept take turns', async () => {
    const small = createProver({ threads: 1, keptMax: 1 });
    try {
      for (const { job } of [fixture, twin, fixture]) {
        expect((await small.prove(job(smallInput))).signals[0]).toBe(1n);
      }
    } finally {
      await small.close();
    }
  });

  test('behavior: keys of jobs that wait stay until these are done, and none stays behind', async () => {
    const loaded = loadNativeAddon();
    const keyCount = () => ('addon' in loaded ? loaded.addon.keyCount() : 0);
    const before = keyCount();
    const pool = createProver({ threads: 2, keptMax: 1 });
    const jobs = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? fixture : twin).job(smallInput, `job ${i}`));
    const proven = await Promise.all(jobs.map((job) => pool.prove(job)));
    expect(proven.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    await pool.close();
    expect(keyCount()).toBe(before);
  });

  test('behavior: jobs proven at the same time keep to themselves', async () => {
    const pool = createProver({ threads: 2 });
    try {
      const roots = Array.from({ length: 8 }, (_, i) => BigInt(i));
      const proven = await Promise.all(roots.map((x) => pool.prove(fixture.job({ ...smallInput, x }, `job ${x}`))));
      for (const [i, x] of roots.entries()) {
        expect(proven[i]?.id).toBe(`job ${x}`);
        expect(proven[i]?.signals).toEqual([1n, x * x + 3n]);
      }
      expect(pool.stats()).toMatchObject({ done: 8, failed: 0, running: 0, waiting: 0, replaced: 0 });
    } finally {
      await pool.close();
    }
  });

  test('L20 an input that the witness calculator refuses: template and line, no proof', async () => {
    const refused = prover.prove(fixture.job({ ...smallInput, y: 13n }));
    await expect(refused).rejects.toMatchObject({
      name: 'UnsatisfiedError',
      exitCode: 3,
      at: 'template Small, line 28',
    });
    const inner = prover.prove(
      fixture.job({
        ...smallInput,
        m: [
          [999n, 3n],
          [4n, 7n],
        ],
      }),
    );
    await expect(inner).rejects.toMatchObject({
      name: 'UnsatisfiedError',
      at: 'template Determinant, line 14',
      details: ['used by template Small, line 27'],
    });
    expect((await prover.prove(fixture.job(smallInput))).signals).toEqual([1n, 12n]);
  });

  test('L20 a witness that the calculator of other code let through: constraint, path and names, no proof', async () => {
    const { circuit, keys, job } = fixture;
    const mixed = { ...circuit, wasm: twin.circuit.wasm };
    const refused = prover.prove({ id: 'mixed', circuit: mixed, keys, input: job({ ...smallInput, y: 13n }).input });
    await expect(refused).rejects.toMatchObject({
      name: 'UnsatisfiedError',
      exitCode: 3,
      at: expect.stringMatching(/^constraint \d+$/),
      details: ['component: main', expect.stringContaining('main.y')],
    });
  });

  test('error: keys of another program', async () => {
    const { circuit, job } = fixture;
    const input = job(smallInput).input;
    await expect(prover.prove({ id: 'x', circuit, keys: twin.keys, input })).rejects.toThrow(ArtifactMismatchError);
    const relabelled = { ...twin.keys, programId: circuit.programId, keyId: fixture.keys.keyId };
    await expect(prover.prove({ id: 'x', circuit, keys: relabelled, input })).rejects.toThrow(ArtifactMismatchError);
  });

  test('error: artifacts that are not the recorded ones', async () => {
    const { circuit, keys, job } = fixture;
    const input = job(smallInput).input;
    const other = { ...keys, provingKey: { ...keys.provingKey, path: twin.keys.provingKey.path } };
    const fresh = createProver({ threads: 1 });
    try {
      await expect(fresh.prove({ id: 'x', circuit, keys: other, input })).rejects.toThrow(ArtifactHashError);
      const wasm = { ...circuit.wasm, sha256: twin.circuit.wasm.sha256 };
      await expect(fresh.prove({ id: 'x', circuit: { ...circuit, wasm }, keys, input })).rejects.toThrow(
        ArtifactHashError,
      );
    } finally {
      await fresh.close();
    }
  });

  test('error: options that are not positive integers', () => {
    for (const options of [
      { threads: 0 },
      { threads: 1.5 },
      { deadlineMs: -1 },
      { attemptsMax: Number.NaN },
      { heapBytesMax: 2 ** 20 },
    ]) {
      expect(() => createProver(options)).toThrow(UsageError);
    }
  });
});

describe('proveWitness', () => {
  const prove = (wtns: Uint8Array) => {
    const { circuit, keys } = fixture;
    return prover.proveWitness({ id: 'given', circuit, keys, wtns });
  };
  const withElement = (witness: Uint8Array, index: number, value: bigint): Uint8Array => {
    const changed = Uint8Array.from(witness);
    const bytes = Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
    changed.set(bytes, 32 * index);
    return changed;
  };

  test('default', async () => {
    const proven = await prove(Wtns.encode(await witnessOf(fixture)));
    expect(proven.signals).toEqual([1n, 12n]);
    await verify(fixture.keys.verifyingKey, proven.signals, proven.proof);
  });

  test('L20 each wire changed: no proof, and the constraint with its path and names', async () => {
    const witness = await witnessOf(fixture);
    const constrained = await constrainedWires(fixture);
    for (let wire = 1; wire < fixture.circuit.wires; wire++) {
      if (!constrained.has(wire)) continue;
      const value = Field.from(Field.fromBytesLE(witness.subarray(32 * wire, 32 * wire + 32)) + 1n);
      const refused = prove(Wtns.encode(withElement(witness, wire, value)));
      await expect(refused).rejects.toMatchObject({ name: 'UnsatisfiedError', exitCode: 3 });
      await expect(refused).rejects.toThrow(/component: main(\.determinant)?\n {2}signals: main\./);
    }
  });

  test('L21 one element too few, one too many', async () => {
    const witness = await witnessOf(fixture);
    for (const values of [witness.subarray(0, -32), new Uint8Array([...witness, ...new Uint8Array(32)])]) {
      await expect(prove(Wtns.encode(values))).rejects.toMatchObject({ name: 'ArtifactMismatchError', exitCode: 4 });
    }
  });

  test('L22 an element that is not below r; w[0] that is not 1', async () => {
    const witness = await witnessOf(fixture);
    for (const value of [r, r + 1n, 2n ** 256n - 1n]) {
      await expect(prove(Wtns.encode(withElement(witness, 3, value)))).rejects.toThrow(ArtifactFormatError);
    }
    for (const value of [0n, 2n, r - 1n]) {
      const refused = prove(Wtns.encode(withElement(witness, 0, value)));
      await expect(refused).rejects.toMatchObject({ name: 'ArtifactFormatError', exitCode: 4 });
    }
  });

  test('L23 the witness of another circuit of the same size', async () => {
    expect(twin.circuit.wires).toBe(fixture.circuit.wires);
    const refused = prove(Wtns.encode(await witnessOf(twin)));
    await expect(refused).rejects.toThrow(UnsatisfiedError);
    await expect(refused).rejects.toMatchObject({ exitCode: 3, at: expect.stringMatching(/^constraint \d+$/) });
  });
});

async function constrainedWires({ circuit }: Fixture): Promise<Set<number>> {
  const wires = new Set<number>();
  for (const { a, b, c } of R1cs.parse(await readFile(circuit.r1cs.path)).constraints()) {
    for (const [wire] of [...a, ...b, ...c]) wires.add(wire);
  }
  return wires;
}
