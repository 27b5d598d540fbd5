/** An engine that ends its thread instead of proving. */
import type { Engine } from '../../../prover/engines/engine.ts';

export const createEngine = async (): Promise<Engine> => ({
  name: 'exiting',
  load: async () => ({ prove: async () => process.exit(3), release: async () => {} }),
  close: async () => {},
});
