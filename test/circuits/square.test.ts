import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import square from '../../circuits/square/computation.ts';
import { UnsatisfiedError } from '../../src/errors.ts';
import { r } from '../../src/model/Field.ts';
import { loadCircuit } from '../support/circuits.ts';

const { calculate, forge, violations } = await loadCircuit(square);
const context = 5n;
/** Two is a square in the field, though not of an integer below 2^64. */
const rootOfTwo = 6265726278199534483148339147879825670854228981575640389718095647651409606938n;
const max = 2n ** 64n - 1n;

test.each([[0n], [1n], [3n], [max]])('accepts the root %s', (x) => {
  const witness = calculate({ context, y: x * x, x });
  expect(violations(witness)).toEqual([]);
  expect(witness.slice(0, 3)).toEqual([1n, context, x * x]);
});

describe('rejects bad input', () => {
  test.each([
    ['another square', { y: 10n, x: 3n }],
    ['zero for a root', { y: 9n, x: 0n }],
    ['a root of 2^64', { y: 2n ** 128n, x: 2n ** 64n }],
    ['the other root, −3', { y: 9n, x: r - 3n }],
    ['the impossible statement with a root in the field', { y: 2n, x: rootOfTwo }],
  ])('%s', (_, input) => {
    expect(() => calculate({ context, ...input })).toThrow(UnsatisfiedError);
    expect(violations(forge({ context, ...input }))).not.toEqual([]);
  });
});

test('two has a root in the field', () => {
  expect((rootOfTwo * rootOfTwo) % r).toBe(2n);
});

test('rejects a forged witness: the square of another root', () => {
  const witness = calculate({ context, y: 9n, x: 3n });
  expect(violations(witness.with(3, 4n))).not.toEqual([]);
  expect(violations(witness.with(2, 16n))).not.toEqual([]);
  expect(violations(witness.with(1, context + 1n))).not.toEqual([]);
});

test('agrees with its reference on random input', () => {
  const property = fc.property(fc.bigInt(0n, max), fc.bigInt(1n, r - 1n), (x, offset) => {
    const { y } = square.reference({ context, x }, {}) as { y: bigint };
    expect(violations(calculate({ context, x, y }))).toEqual([]);
    expect(() => calculate({ context, x, y: (y + offset) % r })).toThrow(UnsatisfiedError);
  });
  fc.assert(property, { seed: 42, numRuns: 50 });
});
