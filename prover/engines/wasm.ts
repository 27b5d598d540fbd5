/**
 * @module The engine over the WebAssembly kernel: needs nothing but Node, and gives up between stages like the native
 * one. Each thread has its own copy of a key, since instances do not share memory.
 */
import { InternalError } from '../../src/errors.ts';
import type { Engine } from './engine.ts';
import { proveByStages, type StagedProof } from './stages.ts';
import { compileWasmKernel, openWasmKernel } from './wasmKernel.ts';

/** @throws Error when this Node cannot compile the module */
export async function createEngine(): Promise<Engine> {
  const module = compileWasmKernel();
  return {
    name: 'wasm',
    load: async (zkey) => {
      let kernel: StagedProof | undefined = openWasmKernel(module, zkey);
      let last: Promise<unknown> = Promise.resolve();
      return {
        prove: (witness, randomness, { signal } = {}) => {
          const result = last.then(() => {
            if (!kernel) throw new InternalError('the key handle was released');
            return proveByStages(kernel, witness, randomness, { signal });
          });
          last = result.catch(() => {});
          return result;
        },
        release: async () => {
          await last;
          kernel = undefined;
        },
      };
    },
    close: async () => {},
  };
}
