import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import disclosure from '../../circuits/disclosure/computation.ts';
import { UnsatisfiedError } from '../../src/errors.ts';
import { r } from '../../src/model/Field.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Window } from '../../src/model/Window.ts';
import { loadCircuit } from '../support/circuits.ts';
import { seededRandom } from '../support/random.ts';
import { isRefusedBy, refusingTemplates } from '../support/refusal.ts';
import { randomWindow } from '../support/windows.ts';
import { badDisclosures, context, opening } from './disclosureCases.ts';

const loaded = await loadCircuit(disclosure, { size: 'tiny' });
const { calculate, forge, violations } = loaded;
describe('accepts', () => {
  test.each([
    ['zero positions', [0n, 0n, 0n, 0n]],
    ['positions that balance', [5n, -3n, -2n, 0n]],
    ['both bounds', [2n ** 95n - 1n, -(2n ** 95n), 1n, 0n]],
  ])('%s', (_, positions) => {
    const witness = calculate(opening(positions));
    expect(violations(witness)).toEqual([]);
    expect(witness.slice(3, 7).map((signal) => Positions.fromSignal(signal))).toEqual(positions);
  });

  test('what a planned window ends with', () => {
    const random = seededRandom(2n);
    const window = randomWindow(random, { count: 9, participants: 4 });
    const plan = Window.plan(window, { parameters: { N: 4, P: 4, depth: 6 }, draw: random.element });
    expect(violations(calculate({ context, ...Window.disclosure(plan) }))).toEqual([]);
  });

  test('a window without obligations, which stays at its opening constant', () => {
    const window = { asset: 1, dateFrom: 0, dateTo: 0, obligations: [] };
    const plan = Window.plan(window, { parameters: { N: 4, P: 4, depth: 6 }, draw: () => 1n });
    expect(violations(calculate({ context, ...Window.disclosure(plan) }))).toEqual([]);
  });
});

describe('rejects bad input', () => {
  test.each(badDisclosures().map((item) => [item.desc, item] as const))('%s', (_, item) => {
    expect(isRefusedBy(loaded, item), refusingTemplates(loaded, item.input).join(' < ')).toBe(true);
    expect(violations(forge(item.input))).not.toEqual([]);
  });
});

test('rejects a forged witness: a public position or the commitment changed in place', () => {
  const witness = calculate(opening([5n, -3n, -2n, 0n]));
  for (const wire of [1, 2, 3, 4, 5, 6]) {
    for (const offset of [1n, r - 1n, 2n ** 95n]) {
      const forged = witness.with(wire, ((witness[wire] as bigint) + offset) % r);
      expect(violations(forged)).not.toEqual([]);
    }
  }
});

test('agrees with its reference on random input', () => {
  const position = fc.bigInt(-(2n ** 93n), 2n ** 93n - 1n);
  const property = fc.property(fc.tuple(position, position, position), fc.bigInt(0n, r - 1n), ([a, b, c], random) => {
    const given = { context, positions: [a, b, c, -a - b - c], salt: random };
    const { commitment } = disclosure.reference(given, { P: 4 }) as { commitment: bigint };
    expect(violations(calculate({ ...given, commitment }))).toEqual([]);
    expect(() => calculate({ ...given, commitment: (commitment + 1n) % r })).toThrow(UnsatisfiedError);
  });
  fc.assert(property, { seed: 42, numRuns: 30 });
});
