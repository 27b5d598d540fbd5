/**
 * @module Two words of shared memory about one proof in the making: the number by which other threads may join it, 0
 * before there is one and -1 when it is over, and whether they are to leave after what they have begun.
 */

export type Board = Int32Array<SharedArrayBuffer>;

const number = 0;
const leave = 1;

export const Board = {
  create: (): Board => new Int32Array(new SharedArrayBuffer(8)),

  /** The proof can be joined from now on. */
  announce: (board: Board, proof: number): void => {
    Atomics.store(board, number, proof);
    Atomics.notify(board, number);
  },

  /** The proof is over, or never began. */
  close: (board: Board): void => Board.announce(board, -1),

  /** Resolves when the proof was announced or closed. */
  untilAnnounced: async (board: Board): Promise<void> => {
    await Atomics.waitAsync(board, number, 0).value;
  },

  isOpen: (board: Board): boolean => Atomics.load(board, number) > 0,

  /** Whoever helps leaves after the task that it is at. */
  recall: (board: Board): void => {
    Atomics.store(board, leave, 1);
  },

  /** Takes `recall` back. */
  invite: (board: Board): void => {
    Atomics.store(board, leave, 0);
  },

  isRecalled: (board: Board): boolean => Atomics.load(board, leave) !== 0,
} as const;
