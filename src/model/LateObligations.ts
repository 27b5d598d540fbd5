/**
 * @module Obligations that arrive when their window is closed: they go into the next window that is open, due on its first
 * day, and say which window they adjust. What a closed window holds is never touched.
 */
import { Obligation } from './Obligation.ts';
import type { BookedObligation, WindowBook } from './ObligationFile.ts';

/** A window's book, whether it may still change, and what it holds when it may not, where that is known. */
export type BookState = {
  readonly book: WindowBook;
  readonly isOpen: boolean;
  readonly fixed?: WindowBook | undefined;
};

export type CarriedBooks = {
  readonly books: readonly WindowBook[];
  /** What found no open window after its own. */
  readonly waiting: readonly BookedObligation[];
};

/**
 * Carries what is late from window to window, in the order of their labels. A fixed window keeps what it holds; what its
 * book has beyond that is late. A book that lacks something of what is fixed is left as it is, for the ledger to refuse.
 */
export function carryLate(states: readonly BookState[]): CarriedBooks {
  const books: WindowBook[] = [];
  let waiting: readonly BookedObligation[] = [];
  for (const { book, isOpen, fixed } of states) {
    if (isOpen) {
      const moved = waiting.map((obligation) => ({ ...obligation, valueDate: book.dateFrom }));
      books.push({ ...book, obligations: [...book.obligations, ...moved] });
      waiting = [];
      continue;
    }
    const { extra, missing } = compare(book.obligations, fixed?.obligations ?? book.obligations);
    if (!fixed || missing.some(({ adjusts }) => adjusts === undefined)) {
      books.push(book);
      continue;
    }
    // What was carried into this window before is not late any more.
    const { extra: left } = compare(waiting, missing);
    const late = extra.map(
      (obligation): BookedObligation => ({
        ...obligation,
        adjusts: obligation.adjusts ?? { window: book.label, valueDate: obligation.valueDate },
      }),
    );
    books.push(fixed);
    waiting = [...left, ...late];
  }
  return { books, waiting };
}

/** What `given` has beyond `held`, and what of `held` it lacks; each counts as often as it stands there. */
function compare(given: readonly BookedObligation[], held: readonly BookedObligation[]) {
  const rest = new Map<string, BookedObligation[]>();
  for (const obligation of held) rest.set(keyOf(obligation), [...(rest.get(keyOf(obligation)) ?? []), obligation]);
  const extra = given.filter((obligation) => rest.get(keyOf(obligation))?.pop() === undefined);
  return { extra, missing: [...rest.values()].flat() };
}

/** One obligation has one key, whichever window it stands in. */
function keyOf(obligation: BookedObligation): string {
  const { adjusts, reference } = obligation;
  const valueDate = adjusts?.valueDate ?? obligation.valueDate;
  return `${adjusts?.window ?? ''} ${Obligation.word({ ...obligation, valueDate })} ${reference}`;
}
