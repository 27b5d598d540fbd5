/**
 * The reference engine, except that a proof whose context is 1 waits until another thread has come to help, but not
 * longer than the URL says in `patienceMs`, and that a helper stays until it is told to leave. When one has come, the file
 * is there that the URL names as `marker`.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { Board } from '../../../prover/board.ts';
import type { Engine } from '../../../prover/engines/engine.ts';
import { createEngine as createReference } from '../../../prover/engines/snarkjs.ts';

const { searchParams } = new URL(import.meta.url);
const marker = searchParams.get('marker') ?? '';
const patienceMs = Number(searchParams.get('patienceMs'));

export async function createEngine(): Promise<Engine> {
  const engine = await createReference();
  return {
    ...engine,
    load: async (zkey) => {
      const handle = await engine.load(zkey);
      return {
        ...handle,
        prove: async (witness, randomness, { board = Board.create() } = {}) => {
          Board.announce(board, 1);
          // The context is the first element behind the constant 1.
          const helpedMs = witness[32] === 1 ? await waited(() => existsSync(marker)) : -1;
          Board.close(board);
          const { proof } = await handle.prove(witness, randomness);
          return { proof, stages: { helpedMs } };
        },
      };
    },
    help: async (board) => {
      writeFileSync(marker, '');
      await waited(() => Board.isRecalled(board));
    },
  };
}

/** How long it took, or -1 when it did not happen. */
async function waited(hasHappened: () => boolean): Promise<number> {
  const started = performance.now();
  while (!hasHappened()) {
    if (performance.now() - started > patienceMs) return -1;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - started;
}
