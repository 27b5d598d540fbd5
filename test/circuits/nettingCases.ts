/** One input for each rule of the Netting circuit, which breaks that rule and no other. */
import { r } from '../../src/model/Field.ts';
import { type NettingInput, Window } from '../../src/model/Window.ts';
import { seededRandom } from '../support/random.ts';
import type { BadCase } from '../support/refusal.ts';
import { asset, type Change, dateFrom, dateTo, randomObligation, remake } from '../support/windows.ts';

export const tiny = { N: 4, P: 4, depth: 6 } as const;

/** Three chunks of 4, 2 and 1 records. */
export function sampleChunks(): readonly [NettingInput, NettingInput, NettingInput] {
  const random = seededRandom(1n);
  const draw = random.element;
  const full = Window.plan(
    { asset, dateFrom, dateTo, obligations: Array.from({ length: 6 }, () => randomObligation(random, tiny.P)) },
    { parameters: tiny, draw },
  );
  const last = Window.plan(
    { asset, dateFrom, dateTo, obligations: Array.from({ length: 9 }, () => randomObligation(random, tiny.P)) },
    { parameters: tiny, draw },
  );
  return [full.chunks[0], full.chunks[1], last.chunks[2]] as [NettingInput, NettingInput, NettingInput];
}

export function badCases(): readonly BadCase[] {
  const [full, half, last] = sampleChunks();
  const bad = (desc: string, template: string, input: NettingInput): BadCase => ({
    desc,
    template,
    input: { context: 5n, ...input },
  });
  const remade = (desc: string, template: string, base: NettingInput, change: Change) =>
    bad(desc, template, remake(base, change));
  const at =
    (
      name: 'amount' | 'debtor' | 'creditor' | 'used' | 'valueDate' | 'positions',
      index: number,
      value: bigint,
    ): Change =>
    (input) => ({ [name]: input[name].with(index, value) });
  return [
    remade('amount 2^64', 'Range', full, at('amount', 0, 2n ** 64n)),
    remade('amount −1', 'Range', full, at('amount', 0, r - 1n)),
    remade('amount 0', 'NonZeroIf', full, at('amount', 3, 0n)),
    remade('amount 2^64 in an empty slot', 'Range', half, at('amount', 3, 2n ** 64n)),
    remade('debtor P', 'OneHot', full, at('debtor', 0, 4n)),
    remade('debtor −1', 'OneHot', full, at('debtor', 0, r - 1n)),
    remade('debtor 2^32', 'OneHot', full, at('debtor', 0, 2n ** 32n)),
    remade('creditor P', 'OneHot', full, at('creditor', 2, 4n)),
    remade('creditor −1', 'OneHot', full, at('creditor', 2, r - 1n)),
    remade('debtor = creditor', 'NonZeroIf', full, at('debtor', 0, full.creditor[0] as bigint)),
    remade('a debtor in an empty slot', 'OneHot', half, at('debtor', 3, 1n)),
    remade('a creditor in an empty slot', 'OneHot', half, at('creditor', 3, 1n)),
    remade('no record at all', 'Prefix', last, () => ({
      used: [0n, 0n, 0n, 0n],
      debtor: [0n, 0n, 0n, 0n],
      creditor: [0n, 0n, 0n, 0n],
    })),
    remade('a hole in used', 'Prefix', full, ({ debtor, creditor }) => ({
      used: [1n, 0n, 1n, 0n],
      debtor: debtor.with(1, 0n).with(3, 0n),
      creditor: creditor.with(1, 0n).with(3, 0n),
    })),
    remade('used 2', 'Prefix', half, at('used', 1, 2n)),
    remade('used −1', 'Prefix', half, at('used', 1, r - 1n)),
    remade('a date before the window', 'Within', full, at('valueDate', 1, BigInt(dateFrom) - 1n)),
    remade('a date after the window', 'Within', full, at('valueDate', 1, BigInt(dateTo) + 1n)),
    remade('a date before the window in an empty slot', 'Within', half, at('valueDate', 2, BigInt(dateFrom) - 1n)),
    remade('a date of −1', 'Within', full, () => ({
      dateFrom: 0n,
      dateTo: 1n,
      valueDate: [r - 1n, r - 1n, r - 1n, r - 1n],
    })),
    remade('a window that ends before it begins', 'Within', full, ({ dateFrom, valueDate }) => ({
      dateTo: dateFrom - 1n,
      valueDate: valueDate.map(() => dateFrom),
    })),
    remade('old positions that sum to 1', 'Netting', full, at('positions', 0, 1n)),
    remade('a position of 2^95 afterwards', 'Range', full, (input) => extremePositions(input, 2n ** 70n)),
    remade('a position below −2^95 afterwards', 'Range', full, (input) => extremePositions(input, -(2n ** 70n))),
    remade('an index that is not a multiple of N', 'AlignedIndex', half, () => ({ firstIndex: 5n })),
    remade('an index behind the last slot', 'AlignedIndex', full, () => ({ firstIndex: 64n })),
    bad('a subtree that is already filled', 'Netting', { ...half, firstIndex: 0n }),
    bad('a batch moved to a later subtree', 'Netting', { ...half, firstIndex: 8n }),
    bad('another asset', 'Netting', { ...full, asset: full.asset + 1n }),
    bad('another old root', 'Netting', { ...full, oldRoot: full.oldRoot + 1n }),
    bad('another new root', 'Netting', { ...full, newRoot: full.newRoot + 1n }),
    bad('another commitment to the old positions', 'Netting', { ...full, oldPositions: full.oldPositions + 1n }),
    bad('another commitment to the new positions', 'Netting', { ...full, newPositions: full.newPositions + 1n }),
    bad('another amount under the same roots', 'Netting', { ...full, amount: full.amount.with(0, 1n) }),
    bad('another reference under the same roots', 'Netting', { ...full, reference: full.reference.with(0, 1n) }),
    bad('another salt under the same roots', 'Netting', { ...full, salt: full.salt.with(0, 1n) }),
    bad('another sibling', 'Netting', { ...full, siblings: full.siblings.with(2, 1n) }),
    bad('another salt of the old positions', 'Netting', { ...full, oldSalt: full.oldSalt + 1n }),
    bad('another salt of the new positions', 'Netting', { ...full, newSalt: full.newSalt + 1n }),
    bad('a record left out of the tree', 'Netting', {
      ...full,
      used: full.used.with(3, 0n),
      debtor: full.debtor.with(3, 0n),
      creditor: full.creditor.with(3, 0n),
    }),
  ];
}

/**
 * Positions of the first record's parties that are 2^95 and −2^95, both moved by `beyond`: one of them ends outside the
 * range, and a third party keeps the sum at zero.
 */
function extremePositions({ debtor, creditor }: NettingInput, beyond: bigint): Partial<NettingInput> {
  const [pays, receives] = [Number(debtor[0]), Number(creditor[0])];
  const third = [0, 1, 2, 3].find((j) => j !== pays && j !== receives) as number;
  const positions = [0n, 0n, 0n, 0n]
    .with(receives, 2n ** 95n + beyond)
    .with(pays, -(2n ** 95n) + beyond)
    .with(third, -2n * beyond);
  return { positions };
}
