/**
 * @module A closed part of a stream, cut into chunks that the Netting circuit proves. Every state between two chunks is
 * worked out here, so that all chunks of a window can be proven at the same time.
 */
import { ObligationError, WindowError } from '../errors.ts';
import type { Parameters } from './Computation.ts';
import { Obligation } from './Obligation.ts';
import { Positions } from './Positions.ts';
import { type Frontier, Tree } from './Tree.ts';

export type Window = {
  /** The stream's number of the asset. */
  readonly asset: number;
  /** First and last day on which an obligation may fall due, in days since 1970-01-01. */
  readonly dateFrom: number;
  readonly dateTo: number;
  /** In the order in which they are committed to. */
  readonly obligations: readonly Obligation[];
};

/** What Netting takes, without the context: arrays of N, depth − log2 N (siblings) and P (positions). */
export type NettingInput = {
  readonly asset: bigint;
  readonly dateFrom: bigint;
  readonly dateTo: bigint;
  readonly oldRoot: bigint;
  readonly newRoot: bigint;
  readonly firstIndex: bigint;
  readonly oldPositions: bigint;
  readonly newPositions: bigint;
  readonly used: readonly bigint[];
  readonly debtor: readonly bigint[];
  readonly creditor: readonly bigint[];
  readonly amount: readonly bigint[];
  readonly valueDate: readonly bigint[];
  readonly reference: readonly bigint[];
  readonly salt: readonly bigint[];
  readonly siblings: readonly bigint[];
  readonly positions: readonly bigint[];
  readonly oldSalt: bigint;
  readonly newSalt: bigint;
};

/** What Disclosure takes, without the context. */
type DisclosureInput = {
  readonly commitment: bigint;
  readonly positions: readonly bigint[];
  readonly salt: bigint;
};

export type WindowPlan = {
  /** Of the window's tree when all chunks are in. */
  readonly root: bigint;
  /** The first slot behind the last chunk: N for each chunk. */
  readonly next: number;
  /** Final net positions, in units. */
  readonly positions: Positions;
  /** What the final positions are committed to with; private. */
  readonly salt: bigint;
  /** The commitment to the final positions, which Disclosure opens. */
  readonly commitment: bigint;
  /** In order; each starts from the state that the one before it leaves. */
  readonly chunks: readonly NettingInput[];
};

type Size = { readonly N: number; readonly P: number; readonly depth: number };

/** Between two chunks. */
type State = {
  readonly frontier: Frontier;
  readonly root: bigint;
  readonly positions: Positions;
  readonly salt: bigint;
  readonly commitment: bigint;
};

/** The circuit holds the distance of a date from either end of its window in 16 bits. */
const daysMax = 2 ** 16;
const uint32Max = 2 ** 32 - 1;

export const Window = {
  /**
   * Cuts a window into chunks of N obligations for the Netting circuit of some size. `draw` gives uniform field elements
   * and is called once for each obligation, in order, and once after each chunk for the positions' salt.
   * @throws WindowError, ObligationError
   * @example
   * Window.plan({ asset: 1, dateFrom: 8401, dateTo: 8431, obligations }, { parameters: { N: 64, P: 16, depth: 24 }, draw })
   */
  plan: (
    window: Window,
    { parameters, draw }: { readonly parameters: Parameters; readonly draw: () => bigint },
  ): WindowPlan => {
    const size = checkSize(parameters);
    checkWindow(window, size);
    const chunks: NettingInput[] = [];
    let state = openingState(size);
    for (let start = 0; start < window.obligations.length; start += size.N) {
      const obligations = window.obligations.slice(start, start + size.N);
      const [chunk, after] = planChunk({ window, size, state, obligations, draw });
      chunks.push(chunk);
      state = after;
    }
    const { root, positions, salt, commitment } = state;
    return { root, next: chunks.length * size.N, positions, salt, commitment, chunks };
  },

  /** What opens a planned window's final positions: the input of Disclosure without its context. */
  disclosure: ({ commitment, positions, salt }: WindowPlan): DisclosureInput => ({ commitment, positions, salt }),
} as const;

/** The state in which a contract opens a window: constants of the circuit's size. */
function openingState({ N, P, depth }: Size): State {
  const positions = Positions.zero(P);
  return {
    frontier: Tree.frontier({ height: Math.log2(N), depth }),
    root: Tree.emptyRoot(depth),
    positions,
    salt: 0n,
    commitment: Positions.commitment(positions, 0n),
  };
}

function planChunk({
  window,
  size,
  state,
  obligations,
  draw,
}: {
  readonly window: Window;
  readonly size: Size;
  readonly state: State;
  readonly obligations: readonly Obligation[];
  readonly draw: () => bigint;
}): readonly [NettingInput, State] {
  const firstIndex = state.frontier.count * size.N;
  const salts = obligations.map(draw);
  const newSalt = draw();
  const leaves = obligations.map((obligation, i) => Obligation.leaf(obligation, firstIndex + i, salts[i] as bigint));
  const { frontier, siblings, root } = Tree.append(state.frontier, Tree.subtree(pad(leaves, size.N, 0n)));
  const positions = Positions.apply(state.positions, obligations);
  const commitment = Positions.commitment(positions, newSalt);
  const column = (value: (obligation: Obligation) => bigint | number, empty = 0n) =>
    pad(
      obligations.map((obligation) => BigInt(value(obligation))),
      size.N,
      empty,
    );
  const dateFrom = BigInt(window.dateFrom);
  const input: NettingInput = {
    asset: BigInt(window.asset),
    dateFrom,
    dateTo: BigInt(window.dateTo),
    oldRoot: state.root,
    newRoot: root,
    firstIndex: BigInt(firstIndex),
    oldPositions: state.commitment,
    newPositions: commitment,
    used: column(() => 1n),
    debtor: column(({ debtor }) => debtor),
    creditor: column(({ creditor }) => creditor),
    amount: column(({ amount }) => amount),
    // Empty slots are range-checked like all others, so their date is one of the window.
    valueDate: column(({ valueDate }) => valueDate, dateFrom),
    reference: column(({ reference }) => reference),
    salt: pad(salts, size.N, 0n),
    siblings,
    positions: state.positions,
    oldSalt: state.salt,
    newSalt,
  };
  return [input, { frontier, root, positions, salt: newSalt, commitment }];
}

function pad(values: readonly bigint[], length: number, empty: bigint): bigint[] {
  return [...values, ...new Array<bigint>(length - values.length).fill(empty)];
}

function checkSize({ N, P, depth }: Parameters): Size {
  const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value);
  if (!isCount(N) || !isCount(P) || !isCount(depth)) {
    throw new WindowError('a window is planned for a size with the parameters N, P and depth');
  }
  const height = Math.log2(N);
  if (!(Number.isInteger(height) && height <= depth && depth <= 32 && P >= 2 && P <= 31)) {
    throw new WindowError(`no Netting circuit has N = ${N}, P = ${P}, depth = ${depth}`, {
      remedy: 'N is a power of two up to 2^depth, P is 2 to 31, depth is at most 32',
    });
  }
  return { N, P, depth };
}

function checkWindow({ asset, dateFrom, dateTo, obligations }: Window, { P, depth }: Size): void {
  for (const [name, value] of Object.entries({ asset, dateFrom, dateTo })) {
    if (!(Number.isSafeInteger(value) && value >= 0 && value <= uint32Max)) {
      throw new WindowError(`the window's ${name} is not a 32-bit number`, { at: name });
    }
  }
  if (dateTo < dateFrom) throw new WindowError('the window ends before it begins', { at: 'dateTo' });
  if (dateTo - dateFrom >= daysMax)
    throw new WindowError(`the window is longer than ${daysMax} days`, { at: 'dateTo' });
  if (obligations.length > 2 ** depth) {
    throw new WindowError(`the window has ${obligations.length} obligations, but its tree has 2^${depth} slots`, {
      remedy: 'shorten the window or compile the circuit with a deeper tree',
    });
  }
  obligations.forEach((obligation, i) => {
    const at = `obligations[${i}]`;
    const fail = (what: string) => {
      throw new ObligationError(`the obligation's ${what}`, { at });
    };
    Obligation.check(obligation, at);
    if (obligation.asset !== asset) fail("asset is not the window's");
    if (obligation.valueDate < dateFrom || obligation.valueDate > dateTo) fail('value date is outside the window');
    if (Math.max(obligation.debtor, obligation.creditor) >= P) fail(`parties are not all below ${P}`);
  });
}
