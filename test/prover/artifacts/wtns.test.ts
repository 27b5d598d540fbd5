import { beforeAll, describe, expect, test } from 'vitest';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import { ArtifactFormatError, ArtifactMismatchError } from '../../../src/errors.ts';
import { Field, r } from '../../../src/model/Field.ts';
import { littleEndian, loadArtifacts, patched } from '../../support/artifacts.ts';

let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  bytes = await (await loadArtifacts()).read('product.wtns');
});

describe('Wtns.parse', () => {
  test("default: gives snarkjs' elements in order", () => {
    const { count, values } = Wtns.parse(bytes);
    const elements = Array.from({ length: count }, (_, i) => Field.fromBytesLE(values.subarray(32 * i, 32 * i + 32)));
    expect(elements).toEqual([1n, 7n, 35n, 5n, 7n, 49n]);
  });

  test('L22 an element that is not below r is refused, and the error does not show it', () => {
    for (const wrong of [r, r + 1n, 2n ** 256n - 1n]) {
      const damaged = patched(bytes, 2, 3 * 32, littleEndian(wrong, 32));
      expect(() => Wtns.parse(damaged)).toThrow(ArtifactFormatError);
      expect(() => Wtns.parse(damaged)).toThrow(/w\[3\]/);
      expect(() => Wtns.parse(damaged)).not.toThrow(new RegExp(wrong.toString()));
    }
    expect(Wtns.parse(patched(bytes, 2, 3 * 32, littleEndian(r - 1n, 32))).count).toBe(6);
  });

  test('L22 a first element that is not 1 is refused', () => {
    for (const wrong of [0n, 2n, 1n + r]) {
      expect(() => Wtns.parse(patched(bytes, 2, 0, littleEndian(wrong, 32)))).toThrow(ArtifactFormatError);
    }
  });

  test('L21 a count that is not that of the elements is refused', () => {
    for (const wrong of [0, 5, 7, 2 ** 32 - 1]) {
      expect(() => Wtns.parse(patched(bytes, 1, 36, littleEndian(wrong, 4)))).toThrow(ArtifactFormatError);
    }
  });
});

describe('Wtns.checkFits', () => {
  test('L21 a witness of another length than the circuit does not belong to it', () => {
    const witness = Wtns.parse(bytes);
    expect(() => Wtns.checkFits(witness, 6)).not.toThrow();
    for (const wires of [0, 5, 7]) expect(() => Wtns.checkFits(witness, wires)).toThrow(ArtifactMismatchError);
  });
});

describe('Wtns.encode', () => {
  test("default: writes snarkjs' file again, byte for byte", () => {
    expect(Wtns.encode(Wtns.parse(bytes).values)).toEqual(bytes);
  });
});
