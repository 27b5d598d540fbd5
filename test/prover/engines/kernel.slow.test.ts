import { describe, expect, test } from 'vitest';
import { knownQuestion, knownRandomness } from '../../../prover/engines/knownAnswer.ts';
import { createNativeEngine } from '../../../prover/engines/native.ts';
import { createEngine as createWasm } from '../../../prover/engines/wasm.ts';
import { Seal } from '../../../src/model/Seal.ts';
import { kernelBackends } from '../../support/kernel.ts';

const mebibytes = 2 ** 20;

describe.each(kernelBackends)('%s', (name) => {
  test('behavior: a thousand proofs and a hundred keys leave no memory behind, and every proof is the same', async () => {
    const { zkey, witness } = knownQuestion();
    const engine = name === 'wasm' ? await createWasm() : createNativeEngine(name);
    const handle = await engine.load(zkey);
    const prove = async () => Seal.encode((await handle.prove(witness, knownRandomness)).proof);
    const first = await prove();
    const run = async () => {
      for (let i = 0; i < 500; i++) expect(await prove()).toBe(first);
      for (let i = 0; i < 50; i++) await (await engine.load(zkey.slice())).release();
    };
    await run();
    const before = process.memoryUsage();
    await run();
    const after = process.memoryUsage();
    await handle.release();
    await engine.close();
    // Native memory shows in the resident set only; V8 collects instances of WebAssembly when it likes.
    const growth = (after.rss - before.rss - (after.heapTotal - before.heapTotal)) / mebibytes;
    expect(growth).toBeLessThan(name === 'wasm' ? 200 : 16);
  });
});
