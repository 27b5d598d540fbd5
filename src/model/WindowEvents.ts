/** @module What the journal tells of a window's life, from what the chain and the statements say of it. */
import type { Hex } from './Hex.ts';
import type { JournalEvent } from './JournalEntry.ts';

export type JournaledWindow = {
  readonly chainId: number;
  readonly ledger: Hex;
  readonly stream: number;
  readonly window: number;
};

/** A window as the ledger has it. */
export type WindowState = {
  readonly dateFrom: number;
  readonly dateTo: number;
  readonly commitDeadline: number;
  readonly next: number;
  readonly root: bigint;
  /** The commitment to the positions. */
  readonly commitment: bigint;
};

export const WindowEvents = {
  opened: (place: JournaledWindow, { dateFrom, dateTo, commitDeadline }: WindowState): JournalEvent => ({
    ...{ kind: 'window.opened', ...place, dateFrom, dateTo, commitDeadline },
  }),

  /** @param signals those of Netting: number 5 is the new root, 6 the first slot, 8 the commitment to new positions */
  advanced: (
    place: JournaledWindow,
    { statementId, signals }: { readonly statementId: Hex; readonly signals: readonly bigint[] },
  ): JournalEvent => {
    const [, , , , , root = 0n, firstIndex = 0n, , positions = 0n] = signals;
    return { kind: 'window.advanced', ...place, statementId, firstIndex: Number(firstIndex), root, positions };
  },

  closed: (place: JournaledWindow, { next, root, commitment }: WindowState): JournalEvent => ({
    ...{ kind: 'window.closed', ...place, next, root, positions: commitment },
  }),

  disclosed: (place: JournaledWindow, statementId: Hex): JournalEvent => ({
    ...{ kind: 'window.disclosed', ...place, statementId },
  }),
} as const;
