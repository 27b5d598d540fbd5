import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CompileError, UnsatisfiedError } from '../../src/errors.ts';
import { r } from '../../src/model/Field.ts';
import { poseidon } from '../../src/model/Poseidon.ts';
import { Tree } from '../../src/model/Tree.ts';
import type { TestCircuit } from '../support/circuits.ts';
import { inverse } from '../support/determinism.ts';
import { loadHarness } from '../support/templates.ts';

const context = 5n;
const field = { type: 'field' } as const;
const publicField = { type: 'field', public: true } as const;

type Vector = Readonly<Record<string, bigint>> & { readonly desc: string; readonly positions: readonly bigint[] };
const vectors = JSON.parse(await readFile(new URL('../vectors/codec.json', import.meta.url), 'utf8'), (_, value) =>
  typeof value === 'string' && /^-?[0-9]{1,78}$/.test(value) ? BigInt(value) : value,
) as {
  readonly leaves: readonly Vector[];
  readonly commitments: readonly Vector[];
  readonly emptyRoots: readonly bigint[];
};

describe('Range', async () => {
  const range = (bits: number) =>
    loadHarness({ includes: ['Range'], signals: { in: publicField }, body: `Range(${bits})(in);` });
  const [byte, widest] = await Promise.all([range(8), range(253)]);

  test.each([0n, 1n, 255n])('takes %s in 8 bits', (value) => accepts(byte, { in: value }));
  test.each([256n, r - 1n, r - 256n, 2n ** 253n])('refuses %s in 8 bits', (value) => refuses(byte, { in: value }));
  test.each([2n ** 253n - 1n])('takes %s in 253 bits', (value) => accepts(widest, { in: value }));
  test.each([2n ** 253n, r - 1n])('refuses %s in 253 bits', (value) => refuses(widest, { in: value }));

  test('Z3 no second decomposition: one that adds up by a bit of 2 or by wrapping around the field', () => {
    const witness = calculate(byte, { in: 255n });
    const bits = wiresLike(byte, /Num2Bits\.out\[\d\]$/);
    expect(bits).toHaveLength(7);
    for (const wire of bits) {
      for (const value of [0n, 2n, r - 1n, 255n, inverse(2n)]) {
        expect(byte.violations(witness.with(wire, value))).not.toEqual([]);
      }
    }
    // All 2^7 choices of the free bits: only one is a witness for 255, and none for 256, −1 and r − 255.
    for (const [value, solutions] of [
      [255n, 1],
      [256n, 0],
      [r - 1n, 0],
      [r - 255n, 0],
    ] as const) {
      const base = byte.forge({ context, in: value });
      expect(
        choices(bits, [0n, 1n]).filter((choice) => byte.violations(assign(base, choice)).length === 0),
      ).toHaveLength(solutions);
    }
  });

  test('Z3 254 bits, which have an alias beyond the field, do not compile', async () => {
    await expect(range(254)).rejects.toThrow(CompileError);
  });
});

describe('OneHot', async () => {
  const oneHot = await loadHarness({
    includes: ['OneHot', 'Prefix'],
    signals: { value: publicField, second: publicField, enabled: publicField, out: { ...publicField, shape: [4] } },
    body: `
      signal {binary} flags[2] <== Prefix(2)([1, enabled]);
      signal first[4] <== OneHot(4)(value, flags[1]);
      for (var j = 0; j < 4; j++) { out[j] === first[j]; }
      second === value;`,
  });
  const input = (value: bigint, enabled: bigint, out: readonly bigint[]) => ({ value, second: value, enabled, out });

  test('takes each choice and no choice', () => {
    for (const value of [0n, 1n, 2n, 3n]) accepts(oneHot, input(value, 1n, oneAt(Number(value))));
    accepts(oneHot, input(0n, 0n, [0n, 0n, 0n, 0n]));
  });

  test('Z3 no other selectors: all 5^4 of 0, 1, −1, 2 and a half, for good and bad choices', () => {
    const values = [0n, 1n, r - 1n, 2n, inverse(2n)];
    const base = oneHot.forge({ context, ...input(0n, 1n, [0n, 0n, 0n, 0n]) });
    const names = ['main.value', 'main.second', 'main.enabled'].map((name) => oneHot.names.indexOf(name));
    const selectors = [0, 1, 2, 3].map((j) => oneHot.names.indexOf(`main.out[${j}]`));
    for (const [value, enabled, solutions] of [
      [0n, 1n, 1],
      [3n, 1n, 1],
      [4n, 1n, 0],
      [r - 1n, 1n, 0],
      [1n, 0n, 0],
      [0n, 0n, 1],
    ] as const) {
      const stated = assign(
        base,
        names.map((wire, i) => [wire, [value, value, enabled][i] as bigint]),
      );
      const found = choices(selectors, values).filter(
        (choice) => oneHot.violations(assign(stated, choice)).length === 0,
      );
      expect(found).toHaveLength(solutions);
    }
  });
});

describe('NonZeroIf', async () => {
  const nonZeroIf = await loadHarness({
    includes: ['NonZeroIf', 'Prefix'],
    signals: { in: publicField, enabled: publicField },
    body: 'signal {binary} flags[2] <== Prefix(2)([1, enabled]); NonZeroIf()(in, flags[1]);',
  });
  const inverseWire = wiresLike(nonZeroIf, /inverse$/)[0] as number;

  test.each([
    [1n, 1n],
    [r - 1n, 1n],
    [0n, 0n],
    [7n, 0n],
  ])('takes %s when enabled is %s', (value, enabled) => {
    accepts(nonZeroIf, { in: value, enabled });
  });

  test('Z3 zero has no inverse, whatever is put there', () => {
    refuses(nonZeroIf, { in: 0n, enabled: 1n });
    const forged = nonZeroIf.forge({ context, in: 0n, enabled: 1n });
    for (const value of [0n, 1n, r - 1n, 2n ** 253n]) {
      expect(nonZeroIf.violations(forged.with(inverseWire, value))).not.toEqual([]);
    }
  });

  test('Z3 the inverse is free for a disabled zero only, and fixed otherwise', () => {
    const disabled = calculate(nonZeroIf, { in: 0n, enabled: 0n });
    expect(nonZeroIf.violations(disabled.with(inverseWire, 99n))).toEqual([]);
    for (const [value, enabled] of [
      [7n, 0n],
      [7n, 1n],
    ] as const) {
      expect(nonZeroIf.violations(calculate(nonZeroIf, { in: value, enabled }).with(inverseWire, 99n))).not.toEqual([]);
    }
  });
});

describe('AlignedIndex and Path', async () => {
  const climb = await loadHarness({
    includes: ['AlignedIndex', 'Path'],
    signals: { index: publicField, root: publicField, node: field, siblings: { ...field, shape: [3] } },
    body: `
      signal {binary} turns[3] <== AlignedIndex(2, 5)(index);
      signal end <== Path(3)(node, turns, siblings);
      root === end;`,
  });
  const siblings = [11n, 12n, 13n];

  test('leads from each of the eight subtrees to the root that the plain tree has', () => {
    for (let place = 0; place < 8; place++) {
      accepts(climb, { index: BigInt(4 * place), root: Tree.root(10n, place, siblings), node: 10n, siblings });
    }
  });

  test('Z3 no index but a multiple of 4 below 32 has turns, whatever they are', () => {
    const turns = wiresLike(climb, /Num2Bits\.out\[\d\]$|turns\[\d\]$/);
    for (const index of [1n, 2n, 3n, 5n, 32n, 36n, r - 4n, inverse(2n)]) {
      const root = Tree.root(10n, 1, siblings);
      refuses(climb, { index, root, node: 10n, siblings });
      const forged = climb.forge({ context, index, root, node: 10n, siblings });
      for (const choice of choices(turns, [0n, 1n])) expect(climb.violations(assign(forged, choice))).not.toEqual([]);
    }
  });
});

describe('agrees with the shared vectors', () => {
  test('leaf', async () => {
    const harness = await loadHarness({
      includes: ['Leaf', 'Prefix', 'Terms'],
      signals: { leaf: publicField, fields: { ...publicField, shape: [7] }, filled: publicField, salt: field },
      body: `
        signal {binary} flags[2] <== Prefix(2)([1, filled]);
        signal terms <== Terms()(fields[0], fields[1], fields[2], fields[3]);
        signal hash <== Leaf()(flags[1], fields[4], terms, fields[5], fields[6], salt);
        leaf === hash;`,
    });
    expect(vectors.leaves.length).toBeGreaterThan(0);
    for (const { leaf, valueDate, asset, debtor, creditor, index, amount, reference, salt } of vectors.leaves) {
      const fields = [valueDate, asset, debtor, creditor, index, amount, reference].map((value) =>
        BigInt(value as bigint),
      );
      const input = { leaf: leaf as bigint, fields, filled: 1n, salt: salt as bigint };
      accepts(harness, input);
      refuses(harness, { ...input, leaf: (input.leaf + 1n) % r });
      accepts(harness, { ...input, leaf: 0n, filled: 0n });
    }
  });

  test.each(vectors.commitments.map((vector) => [vector.desc, vector] as const))(
    'commitment: %s',
    async (_, vector) => {
      const n = vector.positions.length;
      const commitment = await loadHarness({
        includes: ['PositionsCommitment'],
        signals: { commitment: publicField, positions: { ...field, shape: [n] }, salt: field },
        body: `signal digest <== PositionsCommitment(${n})(positions, salt); commitment === digest;`,
      });
      const { positions, salt, commitment: expected } = vector as Vector & { salt: bigint; commitment: bigint };
      accepts(commitment, { commitment: expected, positions, salt });
      refuses(commitment, { commitment: (expected + 1n) % r, positions, salt });
    },
  );

  test('roots of empty trees, each the hash of two of the one below it', async () => {
    const source = await readFile(new URL('../../circuits/lib/emptyRoot.circom', import.meta.url), 'utf8');
    const literals = [...source.slice(source.indexOf('roots[33]')).matchAll(/^ +(\d+),?$/gm)].map(([, digits]) =>
      BigInt(digits as string),
    );
    expect(literals).toEqual(vectors.emptyRoots);
    expect(literals).toHaveLength(33);
    for (const [height, root] of literals.entries()) {
      if (height === 0) expect(root).toBe(0n);
      else expect(root).toBe(poseidon([literals[height - 1] as bigint, literals[height - 1] as bigint]));
    }
  });
});

type Input = Parameters<TestCircuit['calculate']>[0];

function calculate(circuit: TestCircuit, input: Input): bigint[] {
  return circuit.calculate({ context, ...input });
}

function accepts(circuit: TestCircuit, input: Input): void {
  expect(circuit.violations(calculate(circuit, input))).toEqual([]);
}

function refuses(circuit: TestCircuit, input: Input): void {
  expect(() => calculate(circuit, input)).toThrow(UnsatisfiedError);
  expect(circuit.violations(circuit.forge({ context, ...input }))).not.toEqual([]);
}

function wiresLike({ names }: TestCircuit, pattern: RegExp): number[] {
  return names.flatMap((name, wire) => (pattern.test(name) ? [wire] : []));
}

type Choice = readonly (readonly [wire: number, value: bigint])[];

/** All ways to give each wire one of the values. */
function choices(wires: readonly number[], values: readonly bigint[]): Choice[] {
  return wires.reduce<Choice[]>(
    (all, wire) => all.flatMap((choice) => values.map((value) => [...choice, [wire, value]] as Choice)),
    [[]],
  );
}

function assign(witness: readonly bigint[], choice: Choice): bigint[] {
  const changed = [...witness];
  for (const [wire, value] of choice) changed[wire] = value;
  return changed;
}

function oneAt(index: number): bigint[] {
  return [0n, 0n, 0n, 0n].with(index, 1n);
}
