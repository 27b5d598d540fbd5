import { describe, expect, test } from 'vitest';
import disclosure from '../../circuits/disclosure/computation.ts';
import netting from '../../circuits/netting/computation.ts';
import square from '../../circuits/square/computation.ts';
import { findLooseWires } from '../../prover/soundness/looseWires.ts';
import type { Values } from '../../src/model/Computation.ts';
import { Positions } from '../../src/model/Positions.ts';
import { loadCircuit, type TestCircuit } from '../support/circuits.ts';
import { undeterminedWires } from '../support/determinism.ts';
import { seededRandom } from '../support/random.ts';
import { loadHarness } from '../support/templates.ts';
import { sampleChunks } from './nettingCases.ts';

const context = 5n;
const [full, half, last] = sampleChunks();
const positions = [5n, -3n, -2n, 0n];
const squares = await loadCircuit(square);
const disclosures = await loadCircuit(disclosure, { size: 'tiny' });
const nettings = await loadCircuit(netting, { size: 'tiny' });

/**
 * The only wires that an honest witness may hold another value in. Any context suits any witness: a proof is bound to its
 * context as to each public signal, and its square, which −context shares, only keeps the wire in the system. In an empty
 * slot the amount is 0 and debtor = creditor, so NonZeroIf asks nothing and its inverse is free; it stands in no other
 * constraint (see the last test).
 */
const inverses = /^main\.NonZeroIf\[\d+\]\.inverse$/;
const free = new RegExp(`^main\\.context$|${inverses.source}`);

type Case = { readonly loaded: TestCircuit; readonly input: Values; readonly freeWires: number };

const cases = [
  { desc: 'square', loaded: squares, input: { context, y: 144n, x: 12n }, freeWires: 0 },
  {
    desc: 'disclosure',
    loaded: disclosures,
    input: { context, commitment: Positions.commitment(positions, 7n), positions, salt: 7n },
    freeWires: 0,
  },
  { desc: 'netting, full', loaded: nettings, input: { context, ...full }, freeWires: 0 },
  // Two wires for each empty slot: of the amount and of debtor − creditor.
  { desc: 'netting, two of four', loaded: nettings, input: { context, ...half }, freeWires: 4 },
  { desc: 'netting, one of four', loaded: nettings, input: { context, ...last }, freeWires: 6 },
].map((item): [string, Case] => [item.desc, item]);

describe('Z1 mutated wires', () => {
  test.each(cases)('%s: each change of a single wire breaks a constraint', (_, { loaded, input, freeWires }) => {
    const { mutations, loose } = findLooseWires(loaded, loaded.calculate(input), seededRandom(99n).element);
    expect(mutations).toBeGreaterThanOrEqual(1000);
    expect(loose.filter(({ name }) => !free.test(name))).toEqual([]);
    expect(loose).toHaveLength(1 + freeWires);
  });
});

describe('Z1 no second witness for the same input, by the constraints alone', () => {
  /** All inputs but the results, and the selectors, which the next test treats. */
  const determinedBy = ({ circuit, names }: TestCircuit, alsoKnown: RegExp = /^$/) => {
    const given = new Set(circuit.signals.filter(({ result }) => !result).map(({ name }) => name));
    const isGiven = (name: string) => given.has(/^main\.(\w+)(\[\d+\])*$/.exec(name)?.[1] ?? '');
    return names.flatMap((name, wire) => (isGiven(name) || alsoKnown.test(name) ? [wire] : []));
  };
  const undetermined = (loaded: TestCircuit, alsoKnown?: RegExp) =>
    undeterminedWires(loaded.rows, loaded.circuit.wires, determinedBy(loaded, alsoKnown)).map(
      (wire) => loaded.names[wire],
    );

  test('square', () => {
    expect(undetermined(squares)).toEqual([]);
  });

  test('disclosure', () => {
    expect(undetermined(disclosures)).toEqual([]);
  });

  test('netting, but for inverses, given that OneHot determines its selectors', () => {
    const names = undetermined(nettings, /^main\.(debtors|creditors)(\[\d\]){2}$/);
    expect(names.filter((name) => !inverses.test(name as string))).toEqual([]);
    expect(names).toHaveLength(8);
  });

  test('OneHot: of all choices of bits, those that count to a bit differ in count or weighted sum', () => {
    const allowed = new Set<string>();
    let choices = 0;
    for (let choice = 0; choice < 16; choice++) {
      const bits = [0, 1, 2, 3].map((j) => (choice >> j) % 2);
      const count = bits.reduce((sum, bit) => sum + bit, 0);
      if (count > 1) continue;
      choices += 1;
      allowed.add(`${count},${bits.reduce((sum, bit, j) => sum + j * bit, 0)}`);
    }
    expect(allowed.size).toBe(choices);
  });

  test('finds a wire that a hint alone fixes', async () => {
    const hinted = await loadHarness({
      includes: [],
      signals: { y: { type: 'field', public: true }, x: { type: 'field' } },
      body: `
        // HINT: pinned by root · root === x up to its sign, which is the fault to be found.
        signal root <-- x == 4 ? 2 : 0;
        root * root === x;
        y === root * 3 + 1;`,
    });
    const given = ['main.context', 'main.x'].map((name) => hinted.names.indexOf(name));
    const names = undeterminedWires(hinted.rows, hinted.circuit.wires, given).map((wire) => hinted.names[wire]);
    expect(names).not.toEqual([]);
  });
});

test('each inverse stands in one constraint', () => {
  const wires = nettings.names.flatMap((name, wire) => (inverses.test(name) ? [wire] : []));
  expect(wires).toHaveLength(8);
  for (const wire of wires) {
    expect(
      nettings.rows.filter(({ a, b, c }) => [a, b, c].some((terms) => terms.some(([each]) => each === wire))),
    ).toHaveLength(1);
  }
});
