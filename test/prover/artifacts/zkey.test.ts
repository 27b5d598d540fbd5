import { beforeAll, describe, expect, test } from 'vitest';
import { checkBelongs } from '../../../prover/artifacts/belongs.ts';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import {
  ArtifactFormatError,
  ArtifactMismatchError,
  ArtifactProtocolError,
  UnsafeKeyError,
} from '../../../src/errors.ts';
import { q, r } from '../../../src/model/Field.ts';
import { type Artifacts, littleEndian, loadArtifacts, patched } from '../../support/artifacts.ts';

/** Where the header of section 2 has its counts and points. */
const place = { wires: 72, publicCount: 76, domainSize: 80, alpha1: 84, gamma2: 340, delta2: 532 } as const;

let artifacts: Artifacts;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  artifacts = await loadArtifacts();
  bytes = await artifacts.read('product.zkey');
});

describe('Zkey.parse', () => {
  test('default: counts, sections and contributions of keys by snarkjs', async () => {
    const zkey = Zkey.parse(bytes, 'key', { deep: true });
    expect(zkey).toMatchObject({ wires: 6, publicCount: 2, domainSize: 8 });
    expect(zkey.ic).toHaveLength(3);
    expect(zkey.sections.c).toHaveLength(3 * 64);
    expect(zkey.contributions.list.map(({ name, type }) => ({ name, type }))).toEqual([{ name: 'first', type: 0 }]);
    expect(Zkey.parse(await artifacts.read('raw.zkey')).contributions.count).toBe(0);
  });

  test('behavior: reads the beacon of a finished ceremony', async () => {
    const { contributions } = Zkey.parse(await artifacts.read('beacon.zkey'));
    expect(contributions.count).toBe(2);
    expect(contributions.list[1]).toMatchObject({ name: 'last', type: 1 });
    expect(contributions.list[1]?.beacon?.iterationsExponent).toBe(10);
    expect([...(contributions.list[1]?.beacon?.hash ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('L11 a key of PLONK or fflonk is of another protocol', async () => {
    for (const name of ['plonk', 'fflonk']) {
      const other = await artifacts.read(`${name}.zkey`);
      expect(() => Zkey.parse(other)).toThrow(ArtifactProtocolError);
      expect(() => Zkey.parse(other)).toThrow(new RegExp(name));
    }
    expect(() => Zkey.parse(patched(bytes, 1, 0, littleEndian(77, 4)))).toThrow(ArtifactProtocolError);
    expect(new ArtifactProtocolError('').exitCode).toBe(4);
  });

  test('error: counts that the sections do not bear out', () => {
    const wrong = [
      [place.wires, 5],
      [place.wires, 7],
      [place.wires, 2 ** 32 - 1],
      [place.publicCount, 1],
      [place.publicCount, 6],
      [place.publicCount, 2 ** 32 - 1],
      [place.domainSize, 0],
      [place.domainSize, 7],
      [place.domainSize, 16],
      [place.domainSize, 2 ** 31],
    ] as const;
    for (const [at, value] of wrong) {
      expect(() => Zkey.parse(patched(bytes, 2, at, littleEndian(value, 4)))).toThrow(ArtifactFormatError);
    }
  });

  test('error: a coefficient with matrix, constraint, wire or value out of range', () => {
    const wrong = [
      [4, littleEndian(2, 4)],
      [8, littleEndian(8, 4)],
      [12, littleEndian(6, 4)],
      [16, littleEndian(r, 32)],
      [0, littleEndian(6, 4)],
      [0, littleEndian(2 ** 32 - 1, 4)],
    ] as const;
    for (const [at, change] of wrong)
      expect(() => Zkey.parse(patched(bytes, 4, at, change))).toThrow(ArtifactFormatError);
  });

  test('L18 a verifying point at infinity or off its curve is unsafe', () => {
    for (const [at, length] of [
      [place.alpha1, 64],
      [place.gamma2, 128],
      [place.delta2, 128],
    ] as const) {
      expect(() => Zkey.parse(patched(bytes, 2, at, new Uint8Array(length)))).toThrow(UnsafeKeyError);
      expect(() => Zkey.parse(patched(bytes, 2, at, littleEndian(1, 32)))).toThrow(UnsafeKeyError);
      expect(() => Zkey.parse(patched(bytes, 2, at, littleEndian(q, 32)))).toThrow(ArtifactFormatError);
    }
    expect(() => Zkey.parse(patched(bytes, 3, 64, new Uint8Array(64)))).toThrow(UnsafeKeyError);
  });

  test('behavior: deep finds a proving point off its curve or not canonical', () => {
    for (const id of [5, 6, 7, 8, 9]) {
      for (const wrong of [1n, q, 2n ** 256n - 1n]) {
        const damaged = patched(bytes, id, 64, littleEndian(wrong, 32));
        expect(() => Zkey.parse(damaged)).not.toThrow();
        expect(() => Zkey.parse(damaged, 'key', { deep: true })).toThrow(ArtifactFormatError);
      }
    }
  });

  test('error: contributions that claim more than there is', () => {
    expect(() => Zkey.parse(patched(bytes, 10, 64, littleEndian(2, 4)))).toThrow(ArtifactFormatError);
    expect(() => Zkey.parse(patched(bytes, 10, 64, littleEndian(2 ** 32 - 1, 4)))).toThrow(ArtifactFormatError);
    expect(() => Zkey.parse(patched(bytes, 10, 64, littleEndian(0, 4)))).toThrow(ArtifactFormatError);
  });
});

describe('checkBelongs', () => {
  const r1csOf = async (name: string) => R1cs.parse(await artifacts.read(`${name}.r1cs`));
  const zkeyOf = async (name: string) => Zkey.parse(await artifacts.read(`${name}.zkey`));

  test('default: a key belongs to its own circuit', async () => {
    for (const name of ['product', 'twice', 'shifted', 'longer']) {
      checkBelongs(await zkeyOf(name), await r1csOf(name));
    }
  });

  test('L12 the key of another circuit is refused, be the size another or the same', async () => {
    for (const [name, other] of [
      ['product', 'longer'],
      ['longer', 'product'],
      ['product', 'shifted'],
      ['shifted', 'product'],
    ] as const) {
      const [zkey, r1cs] = [await zkeyOf(name), await r1csOf(other)];
      expect(() => checkBelongs(zkey, r1cs)).toThrow(ArtifactMismatchError);
    }
    expect((await r1csOf('shifted')).wires).toBe((await r1csOf('product')).wires);
  });

  test('behavior: any altered coefficient is noticed', async () => {
    const r1cs = await r1csOf('product');
    const { coefficients } = Zkey.parse(bytes).sections;
    const count = (coefficients.length - 4) / 44;
    for (let i = 0; i < count; i++) {
      const altered = Zkey.parse(patched(bytes, 4, 4 + 44 * i + 12, littleEndian(12345, 32)));
      expect(() => checkBelongs(altered, r1cs)).toThrow(ArtifactMismatchError);
    }
  });

  test('behavior: a circuit that differs in C alone has the same coefficients, so the recorded hash must tell', async () => {
    checkBelongs(await zkeyOf('product'), await r1csOf('twice'));
    expect([...(await r1csOf('twice')).constraints()]).not.toEqual([...(await r1csOf('product')).constraints()]);
  });
});
