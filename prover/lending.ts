/**
 * @module Lends threads that have no job to the proofs that other threads of the pool are making, so that one proof has
 * the whole machine and the last ones of a batch do not leave half of it idle. No thread is added: a helper is a thread
 * of the pool, and a job that comes meanwhile has it back after the task that it is at, some tenth of a proof.
 */
import { Board } from './board.ts';

export type Lending = {
  /** Lets threads help with the proof of this board until the function that comes back is called. */
  readonly follow: (board: Board, engine: string) => () => void;
  /** A thread has lost its job. */
  readonly lend: () => void;
  /** A job wants a thread. */
  readonly reclaim: () => void;
};

export type LendingOptions = {
  readonly threads: number;
  /** Threads that have a job. */
  readonly busy: () => number;
  /** Has a thread help with a proof; settles when it has left. */
  readonly send: (help: { readonly board: Board; readonly engine: string }) => Promise<unknown>;
};

/** A proof has five tasks, of which its own thread takes at least one. */
const helpersMax = 4;

type Proof = { readonly engine: string; helpers: number; isExhausted: boolean };

export function createLending({ threads, busy, send }: LendingOptions): Lending {
  const proofs = new Map<Board, Proof>();
  const helpers = () => [...proofs.values()].reduce((sum, proof) => sum + proof.helpers, 0);
  let leaving = 0;

  const help = async (board: Board, proof: Proof): Promise<void> => {
    proof.helpers++;
    // A helper that is lost harms nobody: its thread is replaced like any other.
    await send({ board, engine: proof.engine }).catch(() => {});
    if (proofs.has(board)) proof.helpers--;
    else leaving--;
    // It went by itself: what is left of the proof is in hand.
    if (!Board.isRecalled(board)) proof.isExhausted = true;
    lend();
  };

  const lend = (): void => {
    for (const [board, proof] of proofs) {
      if (!Board.isOpen(board) || proof.isExhausted) continue;
      while (proof.helpers < helpersMax && busy() + helpers() + leaving < threads) {
        Board.invite(board);
        void help(board, proof);
      }
    }
  };

  return {
    lend,
    reclaim: () => {
      if (busy() + helpers() + leaving <= threads) return;
      for (const board of proofs.keys()) Board.recall(board);
    },
    follow: (board, engine) => {
      const proof: Proof = { engine, helpers: 0, isExhausted: false };
      proofs.set(board, proof);
      void Board.untilAnnounced(board).then(lend);
      return () => {
        proofs.delete(board);
        leaving += proof.helpers;
        Board.recall(board);
        Board.close(board);
      };
    },
  };
}
