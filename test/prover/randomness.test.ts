import { describe, expect, test } from 'vitest';
import { drawRandomness } from '../../prover/randomness.ts';
import { r } from '../../src/model/Field.ts';

describe('drawRandomness', () => {
  test('default: canonical, never the same', () => {
    const drawn = Array.from({ length: 200 }, drawRandomness).flatMap((pair) => [pair.r, pair.s]);
    expect(drawn.every((value) => value >= 0n && value < r)).toBe(true);
    expect(new Set(drawn).size).toBe(400);
    // Both halves of the field come up: a biased or truncated draw would stay in the lower one.
    expect(drawn.filter((value) => value > r / 2n).length).toBeGreaterThan(100);
  });
});
