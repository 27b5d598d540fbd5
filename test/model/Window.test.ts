import { describe, expect, test } from 'vitest';
import { ObligationError, WindowError } from '../../src/errors.ts';
import { Field } from '../../src/model/Field.ts';
import { Obligation } from '../../src/model/Obligation.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Tree } from '../../src/model/Tree.ts';
import { Window } from '../../src/model/Window.ts';
import { seededRandom } from '../support/random.ts';
import { asset, dateFrom, dateTo, randomObligation, randomWindow } from '../support/windows.ts';

const parameters = { N: 4, P: 4, depth: 6 };
const draw = () => 1n;

describe('plan', () => {
  const random = seededRandom(7n);
  const window = randomWindow(random, { count: 22, participants: 4 });
  const salts: bigint[] = [];
  const plan = Window.plan(window, {
    parameters,
    draw: () => {
      const salt = random.element();
      salts.push(salt);
      return salt;
    },
  });

  test('default: chunks in order, each from the state that the one before leaves', () => {
    expect(plan.chunks).toHaveLength(6);
    expect(plan.next).toBe(24);
    plan.chunks.forEach((chunk, k) => {
      const before = plan.chunks[k - 1];
      expect(chunk.firstIndex).toBe(BigInt(4 * k));
      expect(chunk.oldRoot).toBe(before?.newRoot ?? Tree.emptyRoot(6));
      expect(chunk.oldPositions).toBe(before?.newPositions ?? Positions.commitment([0n, 0n, 0n, 0n], 0n));
      expect(chunk.oldSalt).toBe(before?.newSalt ?? 0n);
    });
    expect(plan.chunks.at(-1)).toMatchObject({ newRoot: plan.root, newPositions: plan.commitment, newSalt: plan.salt });
  });

  test('behavior: the final root is that of the whole tree, built at once', () => {
    const leafSalts = plan.chunks.flatMap((chunk) => chunk.salt);
    const leaves = window.obligations.map((obligation, i) => Obligation.leaf(obligation, i, leafSalts[i] as bigint));
    const whole = [...leaves, ...new Array<bigint>(64 - leaves.length).fill(0n)];
    expect(plan.root).toBe(Tree.subtree(whole));
  });

  test('behavior: the final positions are those of all obligations, and they sum to zero', () => {
    expect(plan.positions).toEqual(Positions.apply([0n, 0n, 0n, 0n], window.obligations));
    expect(plan.positions.reduce((sum, position) => sum + position)).toBe(0n);
    expect(plan.commitment).toBe(Positions.commitment(plan.positions, plan.salt));
  });

  test('behavior: one salt for each obligation and one for the positions of each chunk, none used twice', () => {
    expect(salts).toHaveLength(22 + 6);
    expect(new Set(salts).size).toBe(salts.length);
    expect(salts.every((salt) => Field.is(salt))).toBe(true);
    expect(plan.chunks.map(({ newSalt }) => newSalt)).toEqual([4, 9, 14, 19, 24, 27].map((place) => salts[place]));
  });

  test('behavior: empty slots hold the first day and zeros', () => {
    expect(plan.chunks.at(-1)).toMatchObject({
      used: [1n, 1n, 0n, 0n],
      valueDate: [expect.any(BigInt), expect.any(BigInt), BigInt(dateFrom), BigInt(dateFrom)],
    });
    for (const name of ['debtor', 'creditor', 'amount', 'reference', 'salt'] as const) {
      expect(plan.chunks.at(-1)?.[name].slice(2)).toEqual([0n, 0n]);
    }
  });

  test('behavior: a window without obligations keeps the opening constants', () => {
    const empty = Window.plan({ ...window, obligations: [] }, { parameters, draw });
    expect(empty).toMatchObject({
      chunks: [],
      next: 0,
      root: Tree.emptyRoot(6),
      salt: 0n,
      positions: [0n, 0n, 0n, 0n],
    });
  });

  test('behavior: a tree filled to its last slot', () => {
    const full = randomWindow(seededRandom(8n), { count: 64, participants: 4 });
    const { chunks, root, next } = Window.plan(full, { parameters, draw });
    expect([chunks.length, next]).toEqual([16, 64]);
    const leaves = full.obligations.map((obligation, i) => Obligation.leaf(obligation, i, 1n));
    expect(root).toBe(Tree.subtree(leaves));
  });

  // Takes one to four seconds; the limit tells a plan whose cost grows faster than its chunks.
  test('behavior: the largest month of the bank data, 25 chunks of 64', { timeout: 30_000 }, () => {
    const month = randomWindow(seededRandom(9n), { count: 1595, participants: 14 });
    const { chunks, next } = Window.plan(month, { parameters: { N: 64, P: 16, depth: 24 }, draw });
    expect([chunks.length, next]).toEqual([25, 1600]);
  });

  const one = randomObligation(seededRandom(3n), 4);
  const planOne = (changes: Partial<Obligation>) => () =>
    Window.plan({ asset, dateFrom, dateTo, obligations: [one, { ...one, ...changes }] }, { parameters, draw });

  test.each([
    ['a date before the window', { valueDate: dateFrom - 1 }],
    ['a date after the window', { valueDate: dateTo + 1 }],
    ['a debtor that is not a participant', { debtor: 4, creditor: 0 }],
    ['a creditor that is not a participant', { debtor: 0, creditor: 4 }],
    ['a debtor that is its own creditor', { debtor: 1, creditor: 1 }],
    ['another asset', { asset: asset + 1 }],
    ['no amount', { amount: 0n }],
    ['a negative amount', { amount: -1n }],
    ['an amount of 2^64', { amount: 2n ** 64n }],
    ['a reference of 2^248', { reference: 2n ** 248n }],
  ])('error: %s', (_, changes) => {
    expect(planOne(changes)).toThrow(ObligationError);
    expect(planOne(changes)).toThrow(expect.objectContaining({ at: 'obligations[1]', exitCode: 2 }));
  });

  test.each([
    ['more obligations than slots', { obligations: new Array(65).fill(one) }, parameters],
    ['an end before the beginning', { dateTo: dateFrom - 1 }, parameters],
    ['2^16 days or more between the ends', { dateTo: dateFrom + 2 ** 16 }, parameters],
    ['a date beyond 32 bits', { dateFrom: 2 ** 32, dateTo: 2 ** 32 }, parameters],
    ['an asset beyond 32 bits', { asset: 2 ** 32 }, parameters],
    ['an asset that is no integer', { asset: 0.5 }, parameters],
    ['batches that are no power of two', {}, { ...parameters, N: 6 }],
    ['a tree smaller than a batch', {}, { ...parameters, depth: 1 }],
    ['a tree too deep', {}, { ...parameters, depth: 33 }],
    ['more participants than a batch can tell apart', {}, { ...parameters, P: 32 }],
    ['parameters that are missing', {}, { N: 4, depth: 6 }],
  ])('error: %s', (_, changes, size: Readonly<Record<string, number>>) => {
    const bad = () =>
      Window.plan({ asset, dateFrom, dateTo, obligations: [one], ...changes }, { parameters: size, draw });
    expect(bad).toThrow(WindowError);
    expect(bad).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

test('disclosure: gives what opens the final positions, and nothing else', () => {
  const window = randomWindow(seededRandom(5n), { count: 3, participants: 4 });
  const plan = Window.plan(window, { parameters, draw: seededRandom(6n).element });
  expect(Window.disclosure(plan)).toEqual({ commitment: plan.commitment, positions: plan.positions, salt: plan.salt });
});
