/** An engine that fails with a text that quotes its witness, as a careless library would. */
import type { Engine } from '../../../prover/engines/engine.ts';

export const createEngine = async (): Promise<Engine> => ({
  name: 'throwing',
  load: async () => ({
    prove: async (witness) => {
      throw new RangeError(`cannot prove ${Buffer.from(witness).toString('hex')}`);
    },
    release: async () => {},
  }),
  close: async () => {},
});
