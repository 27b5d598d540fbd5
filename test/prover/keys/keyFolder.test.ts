import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyedCircuit } from '../../../prover/keys/constraints.ts';
import { importKeys } from '../../../prover/keys/import.ts';
import { openKeys } from '../../../prover/keys/keyFolder.ts';
import { createDevelopmentKeys } from '../../../prover/keys/setup.ts';
import {
  ArtifactFormatError,
  ArtifactHashError,
  ArtifactMismatchError,
  ArtifactProtocolError,
  UnsafeKeyError,
} from '../../../src/errors.ts';
import type { Keys } from '../../../src/model/Keys.ts';
import { type Artifacts, keyedCircuit, patched, sectionsOf } from '../../support/artifacts.ts';
import { createKeysFixture } from '../../support/keys.ts';
import { seededRandom } from '../../support/random.ts';

let artifacts: Artifacts;
let circuit: KeyedCircuit;
let keysDir: string;
let keys: Keys;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ artifacts, circuit, keysDir, keys, remove } = await createKeysFixture());
});
afterAll(() => remove());

describe('openKeys', () => {
  test('default: gives what was made', async () => {
    expect(await openKeys(dirname(keys.provingKey.path), circuit)).toEqual(keys);
  });

  test('L8 1,000 random bit flips of the proving key are refused 1,000 times by its content hash', async () => {
    const dir = await copyOf(keys);
    const path = join(dir, 'circuit.zkey');
    const bytes = new Uint8Array(await readFile(path));
    const random = seededRandom(8n);
    let refused = 0;
    for (let i = 0; i < 1_000; i++) {
      const bit = random.below(bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      await writeFile(path, bytes);
      const error = await openKeys(dir, circuit).catch((thrown) => thrown);
      if (error instanceof ArtifactHashError && error.exitCode === 4) refused++;
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    expect(refused).toBe(1_000);
  });

  test('L8 the file cut, grown or replaced by another key is refused too', async () => {
    const dir = await copyOf(keys);
    const path = join(dir, 'circuit.zkey');
    const bytes = await readFile(path);
    for (const other of [bytes.subarray(1), Buffer.concat([bytes, bytes]), await artifacts.read('product.zkey')]) {
      await writeFile(path, other);
      await expect(openKeys(dir)).rejects.toThrow(ArtifactHashError);
    }
  });

  test('error: a character that changes in the JSON files is harmless or makes a bad artifact', async () => {
    for (const name of ['key.json', 'verification_key.json']) {
      const dir = await copyOf(keys);
      const text = await readFile(join(dir, name), 'utf8');
      for (let i = 0; i < text.length; i += 23) {
        await writeFile(join(dir, name), `${text.slice(0, i)}#${text.slice(i + 1)}`);
        const outcome = await openKeys(dir, circuit).catch((error) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ exitCode: 4 });
        else expect(outcome).toMatchObject({ keyId: keys.keyId, programId: keys.programId });
      }
    }
  });

  test('error: a verifying key of another proving key', async () => {
    const other = await createDevelopmentKeys(circuit, { keysDir, seed: 'another' });
    const dir = await copyOf(keys);
    await cp(join(dirname(other.provingKey.path), 'verification_key.json'), join(dir, 'verification_key.json'));
    await expect(openKeys(dir)).rejects.toThrow(ArtifactMismatchError);
  });

  test('L12 keys of another circuit are refused, also of one that differs in the matrix C alone', async () => {
    for (const name of ['twice', 'shifted', 'longer'] as const) {
      const other = await keyedCircuit(artifacts, name);
      await expect(openKeys(dirname(keys.provingKey.path), other)).rejects.toThrow(ArtifactMismatchError);
    }
  });
});

describe('importKeys', () => {
  test('default: takes a key that has contributions', async () => {
    const imported = await importKeys(artifacts.path('beacon.zkey'), circuit, { keysDir, keyClass: 'ceremony' });
    expect(imported.verifyingKey.keyClass).toBe('ceremony');
    expect(await importKeys(artifacts.path('beacon.zkey'), circuit, { keysDir, keyClass: 'ceremony' })).toEqual(
      imported,
    );
  });

  test('L12 the key of another circuit, of another size or of the same, is not stored', async () => {
    const before = await readdir(keysDir);
    for (const name of ['shifted', 'longer']) {
      const taken = importKeys(artifacts.path(`${name}.zkey`), circuit, { keysDir, keyClass: 'ceremony' });
      await expect(taken).rejects.toThrow(ArtifactMismatchError);
    }
    expect(await readdir(keysDir)).toEqual(before);
  });

  test('L17 a key without a contribution is not stored', async () => {
    const before = await readdir(keysDir);
    for (const keyClass of ['ceremony', 'development'] as const) {
      const taken = importKeys(artifacts.path('raw.zkey'), circuit, { keysDir, keyClass });
      await expect(taken).rejects.toThrow(UnsafeKeyError);
    }
    expect(await readdir(keysDir)).toEqual(before);
  });

  test('L18 a delta or beta that is not the same in both groups is unsafe', async () => {
    const bytes = await artifacts.read('product.zkey');
    const header = sectionsOf(bytes).find(({ id }) => id === 2)?.at ?? 0;
    // alpha in G1 begins at 84, beta at 148, delta at 468: alpha's point is sound, but not theirs.
    const alpha = bytes.slice(header + 84, header + 148);
    for (const at of [148, 468])
      await expect(importBytes(patched(bytes, 2, at, alpha))).rejects.toThrow(UnsafeKeyError);
  });

  test('L11 a key of another protocol and a damaged one are refused', async () => {
    const taken = importKeys(artifacts.path('plonk.zkey'), circuit, { keysDir, keyClass: 'ceremony' });
    await expect(taken).rejects.toThrow(ArtifactProtocolError);
    const bytes = await artifacts.read('product.zkey');
    await expect(importBytes(patched(bytes, 9, 0, new Uint8Array(32).fill(255)))).rejects.toThrow(ArtifactFormatError);
  });

  test('error: another proving key for the same verifying key does not replace the first', async () => {
    const bytes = await artifacts.read('product.zkey');
    await importBytes(bytes);
    const renamed = patched(bytes, 10, bytes.length - (sectionsOf(bytes).at(-1)?.at ?? 0) - 1, Uint8Array.of(0x21));
    await expect(importBytes(renamed)).rejects.toThrow(ArtifactMismatchError);
  });
});

async function importBytes(bytes: Uint8Array): Promise<Keys> {
  const path = join(await mkdtemp(join(keysDir, '.given-')), 'given.zkey');
  await writeFile(path, bytes);
  return importKeys(path, circuit, { keysDir, keyClass: 'ceremony' });
}

async function copyOf({ provingKey }: Keys): Promise<string> {
  const dir = await mkdtemp(join(keysDir, '.copy-'));
  await cp(dirname(provingKey.path), dir, { recursive: true });
  return dir;
}
