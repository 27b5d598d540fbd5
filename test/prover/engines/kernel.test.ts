import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { Board } from '../../../prover/board.ts';
import { chooseEngine, shareKeyAt } from '../../../prover/engines/choose.ts';
import type { Engine, ShareKey } from '../../../prover/engines/engine.ts';
import { knownQuestion, knownRandomness } from '../../../prover/engines/knownAnswer.ts';
import { createNativeEngine, stagedProof } from '../../../prover/engines/native.ts';
import { loadNativeAddon, type NativeAddon, type NativeKey } from '../../../prover/engines/nativeAddon.ts';
import { createEngine as createSnarkjs } from '../../../prover/engines/snarkjs.ts';
import { proveAtOnce } from '../../../prover/engines/stages.ts';
import { syntheticWitness } from '../../../prover/engines/syntheticKey.ts';
import { createEngine as createWasm } from '../../../prover/engines/wasm.ts';
import { drawRandomness } from '../../../prover/randomness.ts';
import { createVerifier } from '../../../prover/verify.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../../prover/witness.ts';
import { ArtifactFormatError, CancelledError, InternalError, UnsafeKeyError, UsageError } from '../../../src/errors.ts';
import { Field, r } from '../../../src/model/Field.ts';
import { Seal } from '../../../src/model/Seal.ts';
import { kernelBackends, nativeBackends } from '../../support/kernel.ts';
import { loadSmall, smallInput } from '../../support/small.ts';
import { makeSynthetic } from '../../support/syntheticKeys.ts';

const loaded = loadNativeAddon();
const { addon } = loaded as { readonly addon: NativeAddon };
const keyCount = () => ('addon' in loaded ? loaded.addon.keyCount() : 0);

const proveWith = async (engine: Engine, zkey: Uint8Array, witness: Uint8Array, randomness = knownRandomness) => {
  const handle = await engine.load(zkey);
  try {
    return (await handle.prove(witness, randomness)).proof;
  } finally {
    await handle.release();
  }
};

const newEngine = async (name: string) => (name === 'wasm' ? createWasm() : createNativeEngine(name));

let snarkjs: Engine;
const engines = new Map<string, Engine>();

beforeAll(async () => {
  snarkjs = await createSnarkjs();
  for (const backend of nativeBackends) engines.set(backend, createNativeEngine(backend));
  engines.set('wasm', await createWasm());
  return async () => {
    for (const engine of engines.values()) await engine.close();
  };
});

const expectSameProofs = async (zkey: Uint8Array, witness: Uint8Array, randomness = knownRandomness) => {
  const reference = await proveWith(snarkjs, zkey, witness, randomness);
  for (const [backend, engine] of engines) {
    expect(await proveWith(engine, zkey, witness, randomness), backend).toEqual(reference);
  }
};

describe('prove', () => {
  test('default: a real circuit, the bytes of snarkjs, and a proof that verifies', async () => {
    const { circuit, keys, job } = await loadSmall();
    const zkey = new Uint8Array(await readFile(keys.provingKey.path));
    const module = await compileWitnessModule(await readFile(circuit.wasm.path), 'small');
    const witness = createWitnessCalculator(module, circuit.signals).calculate(job(smallInput).input);
    await expectSameProofs(zkey, witness);
    const verifier = await createVerifier(keys.verifyingKey);
    for (const engine of engines.values()) {
      const proof = await proveWith(engine, zkey, witness, drawRandomness());
      await verifier.verify([1n, 12n], proof);
    }
  });

  test.each([
    { domainBits: 1, wires: 4, publicCount: 1, coefficients: 3, distinct: 3, infinite: 0 },
    { domainBits: 4, wires: 9, publicCount: 8, coefficients: 20, distinct: 2, infinite: 0.3 },
    { domainBits: 5, wires: 30, publicCount: 2, coefficients: 60, distinct: 30, infinite: 0 },
    { domainBits: 6, wires: 70, publicCount: 3, coefficients: 150, distinct: 1, infinite: 0.5 },
    { domainBits: 7, wires: 90, publicCount: 3, coefficients: 300, distinct: 4, infinite: 0.9 },
    { domainBits: 9, wires: 600, publicCount: 20, coefficients: 1500, distinct: 200, infinite: 0.2 },
    { domainBits: 10, wires: 900, publicCount: 1, coefficients: 2500, distinct: 5, infinite: 0.1 },
  ])('behavior: the bytes of snarkjs for a random system over 2^$domainBits, $distinct points', async (shape) => {
    for (const seed of [1, 2]) {
      const { zkey, witness } = makeSynthetic({ ...shape, seed: seed * 1000 + shape.wires });
      await expectSameProofs(zkey, witness);
    }
  });

  test.each([
    ['zeros', () => 0n],
    ['ones', () => 1n],
    ['minus ones', () => r - 1n],
    ['one large number', () => 0x2b1f_55aa_0123_4567_89ab_cdefn ** 2n % r],
    ['the middle of the field', () => (r - 1n) / 2n],
  ])('behavior: the bytes of snarkjs for a witness of %s', async (_, next) => {
    const shape = { domainBits: 7, wires: 120, publicCount: 3, coefficients: 300 };
    const { zkey } = makeSynthetic({ ...shape, seed: 5, distinct: 40, infinite: 0.1 });
    await expectSameProofs(zkey, syntheticWitness(120, next));
  });

  test.each(nativeBackends)('behavior: %s: the same proof with the help of another thread', (backend) => {
    const shape = { domainBits: 9, wires: 500, publicCount: 2, coefficients: 900 };
    const { zkey, witness } = makeSynthetic({ ...shape, seed: 9, distinct: 50, infinite: 0.1 });
    const key = addon.readKey(backend, 'helped', zkey) as NativeKey;
    const [own, other] = [addon.createWorkspace(backend), addon.createWorkspace(backend)];
    const staged = stagedProof(addon, key, own);
    const alone = proveAtOnce(staged, witness, knownRandomness);
    const [r, s] = [Field.toBytesLE(knownRandomness.r), Field.toBytesLE(knownRandomness.s)];
    for (const ownTasks of [0, 1, 2, 5]) {
      const board = Board.create();
      staged.begin(witness, r, s);
      Board.announce(board, addon.openProof(own));
      for (let task = 0; task < ownTasks; task++) {
        const stage = addon.claimTask(own);
        expect(staged.run(stage)).toBe(0);
        if (stage === 0) expect(staged.run(1)).toBe(0);
      }
      Board.recall(board);
      expect(addon.helpProof(other, board)).toBe(0);
      Board.invite(board);
      expect(addon.helpProof(other, board)).toBe(5 - ownTasks);
      expect(addon.claimTask(own)).toBe(-1);
      expect(addon.closeProof(own)).toBe(0);
      expect(addon.helpProof(other, board)).toBe(0);
      expect(staged.finish()).toEqual(alone);
    }
    for (const workspace of [own, other]) addon.freeWorkspace(workspace);
    addon.releaseKey(key);
  });

  test.each(nativeBackends)('behavior: %s: the same proof while threads come and go', async (backend) => {
    const shape = { domainBits: 10, wires: 1000, publicCount: 2, coefficients: 3000 };
    const { zkey, witness } = makeSynthetic({ ...shape, seed: 11, distinct: 50, infinite: 0.1 });
    const key = addon.readKey(backend, 'shared among threads', zkey) as NativeKey;
    const own = addon.createWorkspace(backend);
    const staged = stagedProof(addon, key, own);
    const alone = proveAtOnce(staged, witness, knownRandomness);
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { createNativeEngine } from '${new URL('../../../prover/engines/native.ts', import.meta.url).href}';
      const engine = createNativeEngine('${backend}');
      parentPort.on('message', async (board) => parentPort.postMessage(await engine.help(board)));
      parentPort.postMessage('ready');`;
    const module = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const helpers = [0, 1].map(() => new Worker(module, { execArgv: [] }));
    const answers = () => Promise.all(helpers.map((helper) => once(helper, 'message')));
    await answers();
    for (let round = 0; round < 20; round++) {
      const board = Board.create();
      staged.begin(witness, Field.toBytesLE(knownRandomness.r), Field.toBytesLE(knownRandomness.s));
      Board.announce(board, addon.openProof(own));
      const left = answers();
      for (const helper of helpers) helper.postMessage(board);
      // In every other round the helpers are alone with the proof, in some they are called back.
      if (round % 2 === 0) await left;
      if (round % 3 === 0) Board.recall(board);
      for (let stage = addon.claimTask(own); stage >= 0; stage = addon.claimTask(own)) {
        expect(staged.run(stage)).toBe(0);
        if (stage === 0) expect(staged.run(1)).toBe(0);
      }
      expect(addon.closeProof(own)).toBe(0);
      expect(staged.finish()).toEqual(alone);
      await left;
    }
    for (const helper of helpers) await helper.terminate();
    addon.freeWorkspace(own);
    addon.releaseKey(key);
  });

  test.each(nativeBackends)(
    'behavior: %s: a key that is shared is found by its hash until it is released',
    async (name) => {
      const { zkey, witness } = knownQuestion();
      const { url, shareKey } = chooseEngine(`native:${name}`);
      expect(shareKeyAt(url)).toBeTypeOf('function');
      const shared = (shareKey as ShareKey)('a shared key', zkey);
      const engine = await newEngine(name);
      const handle = await (engine.find as NonNullable<Engine['find']>)('a shared key');
      shared.release();
      expect((await handle.prove(witness, knownRandomness)).proof).toBeDefined();
      await handle.release();
      await expect(engine.find?.('a shared key')).rejects.toBeInstanceOf(InternalError);
      await engine.close();
    },
  );

  test('behavior: randomness at the ends of the field', async () => {
    const { zkey, witness } = knownQuestion();
    for (const [a, b] of [
      [0n, 0n],
      [r - 1n, 1n],
      [1n, r - 1n],
    ] as const) {
      await expectSameProofs(zkey, witness, { r: a, s: b });
    }
  });

  test.each(kernelBackends)(
    'behavior: %s: a job cancelled between stages says so, and the next one proves',
    async (name) => {
      const { zkey, witness } = knownQuestion();
      const engine = await newEngine(name);
      const handle = await engine.load(zkey);
      const controller = new AbortController();
      const running = handle.prove(witness, knownRandomness, { signal: controller.signal });
      controller.abort();
      await expect(running).rejects.toBeInstanceOf(CancelledError);
      const [first, second] = await Promise.all([
        handle.prove(witness, knownRandomness, { signal: new AbortController().signal }),
        handle.prove(witness, knownRandomness),
      ]);
      expect(Seal.encode(first.proof)).toBe(Seal.encode(second.proof));
      expect(Object.values(first.stages).every((ms) => ms >= 0)).toBe(true);
      await handle.release();
      await expect(handle.prove(witness, knownRandomness)).rejects.toBeInstanceOf(InternalError);
      await engine.close();
    },
  );
});

describe('load', () => {
  test.skipIf(nativeBackends.length === 0)(
    'behavior: one key for all users of the process, gone with the last of them',
    async () => {
      const { zkey } = knownQuestion();
      const shared = new Uint8Array(new SharedArrayBuffer(zkey.length));
      shared.set(zkey);
      const [a, b] = [createNativeEngine(), createNativeEngine()];
      const first = await a.load(zkey);
      const second = await b.load(shared);
      expect(keyCount()).toBe(1);
      await first.release();
      await first.release();
      expect(keyCount()).toBe(1);
      await second.release();
      expect(keyCount()).toBe(0);
      await Promise.all([a.close(), b.close()]);
    },
  );

  test.skipIf(nativeBackends.length === 0)(
    'behavior: a thread that is ended in the middle of a proof lets go of its key',
    async () => {
      const url = new URL('../../../prover/engines/native.ts', import.meta.url).href;
      const question = new URL('../../../prover/engines/knownAnswer.ts', import.meta.url).href;
      const code = `
      import { parentPort } from 'node:worker_threads';
      import { createNativeEngine } from '${url}';
      import { knownQuestion, knownRandomness } from '${question}';
      const { zkey, witness } = knownQuestion();
      const handle = await createNativeEngine().load(zkey);
      for (;;) {
        await handle.prove(witness, knownRandomness, { signal: new AbortController().signal });
        parentPort.postMessage('proved');
      }`;
      for (let round = 0; round < 5; round++) {
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv: [] });
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
        expect(keyCount()).toBe(1);
        await worker.terminate();
        expect(keyCount()).toBe(0);
      }
      const { zkey, witness } = knownQuestion();
      await expectSameProofs(zkey, witness);
    },
  );

  test.each(kernelBackends)('error: L1 L6 L7 %s: nothing of a cut or lengthened key is read', async (name) => {
    const { zkey } = knownQuestion();
    const engine = await newEngine(name);
    const cuts = [0, 3, 11, 12, 100, zkey.length >> 1, zkey.length - 1];
    for (const bytes of [...cuts.map((length) => zkey.slice(0, length)), new Uint8Array([...zkey, 0])]) {
      await expect(engine.load(bytes), `${bytes.length} bytes`).rejects.toBeInstanceOf(ArtifactFormatError);
    }
    await engine.close();
    expect(keyCount()).toBe(0);
  });

  test.each(kernelBackends)('error: L8 %s: no flipped byte of a key crashes the process', async (name) => {
    const step = 499;
    const { zkey, witness } = knownQuestion();
    const engine = await newEngine(name);
    const right = Seal.encode(await proveWith(engine, zkey, witness));
    let refused = 0;
    for (let at = 0; at < zkey.length; at += step) {
      const bytes = zkey.slice();
      bytes[at] = (bytes[at] as number) ^ 0x55;
      const outcome = await proveWith(engine, bytes, witness).then(Seal.encode, (error: unknown) => error);
      if (typeof outcome === 'string') continue;
      expect(
        [ArtifactFormatError, UnsafeKeyError].some((type) => outcome instanceof type),
        `byte ${at}`,
      ).toBe(true);
      refused++;
    }
    // What is not refused lies in coefficients, in points that no proof needs, and in what a prover does not read.
    expect(refused).toBeGreaterThan(zkey.length / step / 2);
    expect(Seal.encode(await proveWith(engine, zkey, witness))).toBe(right);
    await engine.close();
  });

  test.each(kernelBackends)('error: L18 %s: a point off its curve or with a coordinate of q or more', async (name) => {
    const { zkey } = knownQuestion();
    const engine = await newEngine(name);
    for (const [offset, value] of [
      [64, 1],
      [31, 0xff],
    ] as const) {
      const bytes = zkey.slice();
      // The H section is the last but one; its points are 64 bytes each.
      const at = bytes.length - 12 - 68 - 64 * 3 + offset;
      bytes[at] = (bytes[at] as number) ^ value;
      await expect(engine.load(bytes)).rejects.toBeInstanceOf(UnsafeKeyError);
    }
    await engine.close();
  });

  test.each(kernelBackends)(
    'error: L21 L22 %s: a witness of the wrong length, with an element of r or more, or without the 1',
    async (name) => {
      const { zkey, witness } = knownQuestion();
      const engine = await newEngine(name);
      const handle = await engine.load(zkey);
      const changed = (at: number, value: number) => {
        const copy = witness.slice();
        copy[at] = value;
        return copy;
      };
      const wrong = [witness.slice(32), witness.slice(1), new Uint8Array(0), changed(0, 2), changed(32 * 7 + 31, 0xff)];
      for (const bytes of wrong) {
        await expect(handle.prove(bytes, knownRandomness)).rejects.toBeInstanceOf(ArtifactFormatError);
      }
      await handle.release();
      await engine.close();
    },
  );

  test.skipIf(nativeBackends.length === 0)('error: a backend that this processor does not have', () => {
    expect(() => createNativeEngine('abacus')).toThrow(UsageError);
  });
});
