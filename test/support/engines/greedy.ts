/** An engine that fills its worker's heap. */
import type { Engine } from '../../../prover/engines/engine.ts';

export const createEngine = async (): Promise<Engine> => ({
  name: 'greedy',
  load: async () => ({
    prove: async () => {
      const hoard: object[][] = [];
      for (;;) hoard.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
    },
    release: async () => {},
  }),
  close: async () => {},
});
