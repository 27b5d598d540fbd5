import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBelongs } from '../../../prover/artifacts/belongs.ts';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import type { KeyedCircuit } from '../../../prover/keys/constraints.ts';
import { evaluateScalars } from '../../../prover/keys/qap.ts';
import { deriveSecrets } from '../../../prover/keys/secrets.ts';
import { createDevelopmentKeys, developmentSeed } from '../../../prover/keys/setup.ts';
import { loadCurve, loadSnarkjs } from '../../../prover/snarkjsRuntime.ts';
import { ArtifactHashError, ArtifactMismatchError, CancelledError } from '../../../src/errors.ts';
import type { Keys } from '../../../src/model/Keys.ts';
import { VerifyingKey } from '../../../src/model/VerifyingKey.ts';
import { type Artifacts, type CircuitName, keyedCircuit } from '../../support/artifacts.ts';
import { createKeysFixture } from '../../support/keys.ts';

let artifacts: Artifacts;
let circuit: KeyedCircuit;
let keysDir: string;
let keys: Keys;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ artifacts, circuit, keysDir, keys, remove } = await createKeysFixture());
});
afterAll(() => remove());

describe('createDevelopmentKeys', () => {
  test('default: a well-formed key of the circuit, stamped as a development key', async () => {
    const zkey = Zkey.parse(await readFile(keys.provingKey.path), 'key', { deep: true });
    checkBelongs(zkey, R1cs.parse(await artifacts.read('product.r1cs')));
    expect(zkey.contributions.count).toBe(0);
    const files = await readdir(join(keys.provingKey.path, '..'));
    expect(files.sort()).toEqual(['circuit.zkey', 'key.json', 'verification_key.json']);
    for (const name of ['key.json', 'verification_key.json']) {
      const json = JSON.parse(await readFile(join(keys.provingKey.path, '..', name), 'utf8'));
      expect(json).toMatchObject({ class: 'development', keyId: keys.keyId });
    }
    expect(keys).toMatchObject({ programId: circuit.programId, keyId: VerifyingKey.id(keys.verifyingKey) });
  });

  test('behavior: snarkjs proves and verifies with it, and exports the verifying key that we do', async () => {
    const snarkjs = await loadSnarkjs();
    const { proof, publicSignals } = await snarkjs.groth16.prove(keys.provingKey.path, artifacts.path('product.wtns'));
    expect(publicSignals).toEqual(['7', '35']);
    const exported = (await snarkjs.zKey.exportVerificationKey(keys.provingKey.path)) as Record<string, unknown>;
    const { class: keyClass, keyId, ...own } = VerifyingKey.toJson(keys.verifyingKey);
    expect(exported).toMatchObject(own);
    for (const key of [exported, own]) {
      expect(await snarkjs.groth16.verify(key, publicSignals, proof)).toBe(true);
      expect(await snarkjs.groth16.verify(key, ['7', '36'], proof)).toBe(false);
    }
  });

  test.each(['product', 'twice', 'shifted', 'longer'] as const)(
    'behavior: every point of the key of %s is the multiple that the equations ask for',
    async (name) => {
      await checkPoints(name);
    },
  );

  test('behavior: the same seed gives the same bytes, on one thread or several, and anywhere', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'tally-keys-'));
    const again = await createDevelopmentKeys(circuit, { keysDir: elsewhere, seed: developmentSeed, threadsMax: 1 });
    await rm(elsewhere, { recursive: true });
    expect(again.provingKey.sha256).toBe(keys.provingKey.sha256);
    expect(circuit.r1cs.sha256).toMatchInlineSnapshot(
      `"a25151a5315e83297a35a57a7e99ee16dfcc729492964dca535b08f7b84cc5cd"`,
    );
    expect(keys.provingKey.sha256).toMatchInlineSnapshot(
      `"2633f3b6325e1ceffda630b9482ce4034d99e952c80a3b595f5e07dbd8b22442"`,
    );
  });

  test('behavior: another seed gives another key of the same program', async () => {
    const other = await createDevelopmentKeys(circuit, { keysDir, seed: 'another' });
    expect(other.programId).toBe(keys.programId);
    expect(other.keyId).not.toBe(keys.keyId);
  });

  test('behavior: keys that are there are opened, damaged ones set aside and made again', async () => {
    const { path } = keys.provingKey;
    const sound = await readFile(path);
    await writeFile(path, sound.subarray(1));
    const labels: string[] = [];
    const again = await createDevelopmentKeys(circuit, { keysDir, onProgress: ({ label }) => labels.push(label) });
    expect(again).toEqual(keys);
    expect(await readFile(path)).toEqual(sound);
    expect(labels.some((label) => label.startsWith('damaged keys'))).toBe(true);
    expect((await readdir(keysDir)).filter((name) => name.includes('.damaged-'))).toHaveLength(1);
    expect(await createDevelopmentKeys(circuit, { keysDir })).toEqual(keys);
  });

  test('behavior: of several that make the same keys at once, all get the same', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'tally-keys-'));
    const made = await Promise.all([1, 2, 3].map(() => createDevelopmentKeys(circuit, { keysDir: elsewhere })));
    expect(new Set(made.map(({ provingKey }) => provingKey.path)).size).toBe(1);
    expect(made.map(({ provingKey }) => provingKey.sha256)).toEqual(Array(3).fill(keys.provingKey.sha256));
    expect(await readdir(elsewhere)).toHaveLength(1);
    await rm(elsewhere, { recursive: true });
  });

  test('error: a constraint system that is not the recorded one', async () => {
    const other = (await keyedCircuit(artifacts, 'twice')).r1cs;
    const swapped = { ...circuit, r1cs: { ...circuit.r1cs, path: other.path } };
    await expect(createDevelopmentKeys(swapped, { keysDir })).rejects.toThrow(ArtifactHashError);
    const miscounted = { ...circuit, publicCount: 3 };
    await expect(createDevelopmentKeys(miscounted, { keysDir })).rejects.toThrow(ArtifactMismatchError);
  });

  test('error: cancelled, it leaves nothing behind', async () => {
    const before = await readdir(keysDir);
    const options = { keysDir, seed: 'cancelled', signal: AbortSignal.abort() };
    await expect(createDevelopmentKeys(circuit, options)).rejects.toThrow(CancelledError);
    expect(await readdir(keysDir)).toEqual(before);
  });

  test('behavior: the process that made keys ends by itself', async () => {
    const setup = new URL('../../../prover/keys/setup.ts', import.meta.url);
    const options = JSON.stringify({ keysDir, seed: 'from a child' });
    const program = `
      import { createDevelopmentKeys } from ${JSON.stringify(setup)};
      const { keyId } = await createDevelopmentKeys(${JSON.stringify(circuit)}, ${options});
      process.stdout.write(keyId);`;
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 });
    expect((await child).stdout).toMatch(/^0x[0-9a-f]{64}$/);
  });
});

/** Recomputes every point by the library's own double-and-add. */
async function checkPoints(name: CircuitName): Promise<void> {
  const made = await keyedCircuit(artifacts, name);
  const { provingKey } = await createDevelopmentKeys(made, { keysDir });
  const { sections } = Zkey.parse(await readFile(provingKey.path));
  const r1cs = R1cs.parse(await artifacts.read(`${name}.r1cs`));
  const { a, b, c, h } = evaluateScalars(r1cs, deriveSecrets(developmentSeed, made.programId));
  const { G1, G2 } = await loadCurve();
  const inG1 = (scalars: readonly bigint[]) => scalars.flatMap((k) => [...G1.toAffine(G1.timesScalar(G1.g, k))]);
  expect([...sections.a]).toEqual(inG1(a));
  expect([...sections.b1]).toEqual(inG1(b));
  expect([...sections.b2]).toEqual(b.flatMap((k) => [...G2.toAffine(G2.timesScalar(G2.g, k))]));
  expect([...sections.c]).toEqual(inG1(c));
  expect([...sections.h]).toEqual(inG1(h));
}
