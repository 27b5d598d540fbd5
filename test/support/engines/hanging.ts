/** An engine that never comes back and never yields. */
import type { Engine } from '../../../prover/engines/engine.ts';

export const createEngine = async (): Promise<Engine> => ({
  name: 'hanging',
  load: async () => ({
    prove: async () => {
      for (;;);
    },
    release: async () => {},
  }),
  close: async () => {},
});
