/** An engine whose proofs are well-formed points and prove nothing: C is negated. */
import type { Engine } from '../../../prover/engines/engine.ts';
import { createEngine as createReference } from '../../../prover/engines/snarkjs.ts';
import { q } from '../../../src/model/Field.ts';

export async function createEngine(): Promise<Engine> {
  const engine = await createReference();
  return {
    ...engine,
    load: async (zkey) => {
      const handle = await engine.load(zkey);
      return {
        ...handle,
        prove: async (...given) => {
          const { proof, stages } = await handle.prove(...given);
          return { proof: { ...proof, c: { x: proof.c.x, y: q - proof.c.y } }, stages };
        },
      };
    },
  };
}
