import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, test } from 'vitest';
import { chooseEngine } from '../../../prover/engines/choose.ts';
import { knownProofDigest, knownQuestion, knownRandomness } from '../../../prover/engines/knownAnswer.ts';
import { createEngine as createSnarkjs } from '../../../prover/engines/snarkjs.ts';
import { UsageError } from '../../../src/errors.ts';
import type { Proof } from '../../../src/model/Proof.ts';
import { encodeNumbers, nativeBackends } from '../../support/kernel.ts';

const digest = ({ a, b, c }: Proof) =>
  createHash('sha256')
    .update(encodeNumbers([a.x, a.y, ...b.x, ...b.y, c.x, c.y]))
    .digest('hex')
    .slice(0, 32);

/** What the engine of a module calls itself, in a thread like those of the pool. */
async function nameInWorker(url: URL): Promise<string> {
  const code = `
    import { parentPort } from 'node:worker_threads';
    const { createEngine } = await import('${url.href}');
    const engine = await createEngine();
    await engine.close();
    parentPort.postMessage(engine.name);`;
  const data = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const worker = new Worker(data, { execArgv: [], env: {} });
  try {
    return await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  } finally {
    await worker.terminate();
  }
}

describe('chooseEngine', () => {
  test('default: the fastest that is there', () => {
    const choice = chooseEngine();
    if (nativeBackends[0]) expect(choice).toMatchObject({ name: `native:${nativeBackends[0]}`, passedOver: [] });
    else expect(choice.name).not.toMatch(/^native/);
  });

  test.each(['snarkjs', 'wasm', ...nativeBackends.map((backend) => `native:${backend}`)])(
    'behavior: %s when wished for',
    async (name) => {
      const { url, ...choice } = chooseEngine(name);
      expect(choice.name).toBe(name);
      expect(await nameInWorker(url)).toBe(name);
    },
  );

  test('error: an engine that is not there', () => {
    for (const wish of ['abacus', 'native:abacus', '', 'native:']) expect(() => chooseEngine(wish)).toThrow(UsageError);
  });
});

describe('the known answer', () => {
  test('default: is what snarkjs says', async () => {
    const { zkey, witness } = knownQuestion();
    const engine = await createSnarkjs();
    const { proof } = await (await engine.load(zkey)).prove(witness, knownRandomness);
    expect(digest(proof)).toBe(knownProofDigest);
    bn254.G2.Point.fromAffine({
      x: { c0: proof.b.x[0], c1: proof.b.x[1] },
      y: { c0: proof.b.y[0], c1: proof.b.y[1] },
    }).assertValidity();
  });
});
