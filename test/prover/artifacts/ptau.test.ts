import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Ptau } from '../../../prover/artifacts/ptau.ts';
import { ArtifactFormatError, PtauError } from '../../../src/errors.ts';
import { type Artifacts, littleEndian, loadArtifacts, patched } from '../../support/artifacts.ts';

/** A file of the public ceremony, where the machine has it. */
const hermez = fileURLToPath(new URL('../../../../shared/ptau/powersOfTau28_hez_final_08.ptau', import.meta.url));

let artifacts: Artifacts;
beforeAll(async () => {
  artifacts = await loadArtifacts();
});

describe('Ptau.parse', () => {
  test('default: power and readiness of files by snarkjs', async () => {
    expect(Ptau.parse(await artifacts.read('small.ptau'))).toEqual({ power: 6, ceremonyPower: 6, prepared: false });
    expect(Ptau.parse(await artifacts.read('prepared.ptau'))).toEqual({ power: 6, ceremonyPower: 6, prepared: true });
  });

  test.runIf(existsSync(hermez))('behavior: reads a file that was cut from a larger ceremony', async () => {
    expect(Ptau.parse(await readFile(hermez))).toEqual({ power: 8, ceremonyPower: 28, prepared: true });
  });

  test('error: a power that the sections do not bear out', async () => {
    const bytes = await artifacts.read('prepared.ptau');
    for (const power of [0, 5, 7, 28, 29, 2 ** 32 - 1]) {
      expect(() => Ptau.parse(patched(bytes, 1, 36, littleEndian(power, 4)))).toThrow(ArtifactFormatError);
    }
  });
});

describe('Ptau.checkServes', () => {
  const circuit = { constraintCount: 2, publicCount: 2 };

  test('L14 a file that is not prepared for phase 2 is refused', async () => {
    const ptau = Ptau.parse(await artifacts.read('small.ptau'));
    expect(() => Ptau.checkServes(ptau, circuit)).toThrow(PtauError);
  });

  test('L14 a file that is too small for the circuit is refused, at the very row', async () => {
    const ptau = Ptau.parse(await artifacts.read('prepared.ptau'));
    expect(() => Ptau.checkServes(ptau, circuit)).not.toThrow();
    expect(() => Ptau.checkServes(ptau, { constraintCount: 61, publicCount: 2 })).not.toThrow();
    expect(() => Ptau.checkServes(ptau, { constraintCount: 62, publicCount: 2 })).toThrow(PtauError);
    expect(new PtauError('').exitCode).toBe(4);
  });
});
