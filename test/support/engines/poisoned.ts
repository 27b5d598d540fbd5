/** The fastest engine here, except that its thread ends when a witness has the number that the URL names as `poison`. */
import { chooseEngine } from '../../../prover/engines/choose.ts';
import type { Engine, EngineModule } from '../../../prover/engines/engine.ts';

const poison = Buffer.alloc(32);
poison.writeBigUInt64LE(BigInt(new URL(import.meta.url).searchParams.get('poison') ?? 0xbad_f00dn));

export async function createEngine(): Promise<Engine> {
  const module = (await import(chooseEngine().url.href)) as EngineModule;
  const engine = await module.createEngine();
  return {
    ...engine,
    load: async (zkey) => {
      const handle = await engine.load(zkey);
      return {
        prove: async (witness, ...rest) => {
          if (Buffer.from(witness).includes(poison)) process.exit(3);
          return handle.prove(witness, ...rest);
        },
        release: () => handle.release(),
      };
    },
    close: () => engine.close(),
  };
}
