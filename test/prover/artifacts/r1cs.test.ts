import { beforeAll, describe, expect, test } from 'vitest';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { ArtifactFormatError, TallyError } from '../../../src/errors.ts';
import { r } from '../../../src/model/Field.ts';
import { littleEndian, loadArtifacts, patched } from '../../support/artifacts.ts';

/** Where the header has its counts. */
const place = { wires: 36, outputs: 40, inputs: 44, privateInputs: 48, labels: 52, constraints: 60 } as const;

let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  bytes = await (await loadArtifacts()).read('product.r1cs');
});

describe('R1cs.parse', () => {
  test('default: counts, constraints and labels of a known circuit', () => {
    const r1cs = R1cs.parse(bytes);
    expect(r1cs).toMatchObject({ wires: 6, publicOutputs: 0, publicInputs: 2, privateInputs: 2, constraintCount: 2 });
    expect(R1cs.publicCount(r1cs)).toBe(2);
    // Wires: 1, context, product, a, b, bound = context².
    const minusOne = r - 1n;
    expect([...r1cs.constraints()]).toEqual([
      { a: [[1, minusOne]], b: [[1, 1n]], c: [[5, minusOne]] },
      { a: [[3, minusOne]], b: [[4, 1n]], c: [[2, minusOne]] },
    ]);
    expect([0, 1, 2, 3, 4, 5].map(r1cs.label)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('behavior: constraints can be walked more than once', () => {
    const r1cs = R1cs.parse(bytes);
    expect([...r1cs.constraints()]).toEqual([...r1cs.constraints()]);
  });

  test('L13 a claim of 2^30 outputs is refused without memory for them', () => {
    const claims: readonly (readonly [number, number])[][] = [
      [[place.outputs, 2 ** 30]],
      [
        [place.outputs, 2 ** 30],
        [place.wires, 2 ** 30 + 10],
      ],
      [
        [place.inputs, 2 ** 32 - 1],
        [place.wires, 2 ** 32 - 1],
      ],
      [[place.constraints, 2 ** 30]],
      [[place.constraints, 2 ** 32 - 1]],
    ];
    const before = process.memoryUsage.rss();
    for (const claim of claims) {
      const damaged = claim.reduce<Uint8Array>(
        (file, [at, value]) => patched(file, 1, at, littleEndian(value, 4)),
        bytes,
      );
      expect(exitCode(() => R1cs.parse(damaged))).toBe(4);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 2 ** 20);
  });

  test('error: more terms than there are bytes, a wire that is not there, a coefficient not below r', () => {
    const wrong = [
      patched(bytes, 2, 0, littleEndian(2 ** 32 - 1, 4)),
      patched(bytes, 2, 4, littleEndian(6, 4)),
      patched(bytes, 2, 8, littleEndian(r, 32)),
    ];
    for (const damaged of wrong) expect(exitCode(() => R1cs.parse(damaged))).toBe(4);
  });

  test('error: custom gates are refused, an empty section of them is not', () => {
    expect(R1cs.parse(withSection(bytes, 4, littleEndian(0, 4))).wires).toBe(6);
    expect(() => R1cs.parse(withSection(bytes, 4, littleEndian(1, 4)))).toThrow(ArtifactFormatError);
    expect(() => R1cs.parse(withSection(bytes, 5, new Uint8Array(40)))).toThrow(ArtifactFormatError);
  });
});

function exitCode(call: () => unknown): number {
  try {
    call();
  } catch (error) {
    if (error instanceof TallyError) return error.exitCode;
    throw error;
  }
  return 0;
}

/** The file with one more section at its end. */
function withSection(file: Uint8Array, id: number, content: Uint8Array): Uint8Array {
  const grown = Uint8Array.from([...file, ...littleEndian(id, 4), ...littleEndian(content.length, 8), ...content]);
  grown.set(littleEndian(4, 4), 8);
  return grown;
}
