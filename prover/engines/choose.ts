/**
 * @module Chooses the engine: the fastest that is there and gives the known answer. The order is an explicit wish, the
 * native backends from the fastest on, WebAssembly, and snarkjs, which always works.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../../src/errors.ts';
import type { ShareKey } from './engine.ts';
import { errorOf } from './kernelStatus.ts';
import { knownProofDigest, knownQuestion, knownRandomness } from './knownAnswer.ts';
import { shareKeysOf, stagedProof } from './native.ts';
import { loadNativeAddon, type NativeAddon } from './nativeAddon.ts';
import { proveAtOnce } from './stages.ts';
import { compileWasmKernel, openWasmKernel } from './wasmKernel.ts';

/** What `TALLY_ENGINE` may say besides a backend of the native kernel such as `native:adx`. */
export type EngineChoice = {
  /** `native:ifma`, `native:adx`, `native:generic`, `wasm` or `snarkjs`. */
  readonly name: string;
  /** The engine's module, to be imported by workers. */
  readonly url: URL;
  /** Reads a key once for all threads; absent where every thread reads its own. */
  readonly shareKey?: ShareKey | undefined;
  /** Why faster engines were passed over, one sentence each. */
  readonly passedOver: readonly string[];
};

/** How the engine at a URL that came from `chooseEngine` shares keys; nothing for any other. */
export function shareKeyAt(url: URL): ShareKey | undefined {
  for (const candidate of candidates([])) {
    if (candidate.url.href === url.href) return candidate.shareKey;
  }
  return undefined;
}

type Candidate = {
  readonly name: string;
  readonly url: URL;
  readonly shareKey?: ShareKey;
  readonly check: () => void;
};

/**
 * The engine to prove with. `wish` is the content of `TALLY_ENGINE`: an engine's name, `native` for any native one, or
 * nothing.
 * @throws UsageError when the wish is unknown, or what it names is not there or gives a wrong answer
 */
export function chooseEngine(wish?: string): EngineChoice {
  const passedOver: string[] = [];
  for (const candidate of candidates(passedOver)) {
    if (wish !== undefined && wish !== candidate.name && wish !== candidate.name.split(':')[0]) continue;
    try {
      candidate.check();
      const { name, url, shareKey } = candidate;
      return { name, url, shareKey, passedOver };
    } catch (error) {
      passedOver.push(`${candidate.name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new UsageError(`there is no engine ${JSON.stringify(wish)} here`, {
    details: passedOver,
    remedy: 'unset TALLY_ENGINE, or choose native, native:ifma, native:adx, native:generic, wasm or snarkjs',
  });
}

function* candidates(passedOver: string[]): Generator<Candidate> {
  const loaded = loadNativeAddon();
  if ('addon' in loaded) {
    for (const backend of loaded.addon.backends()) {
      const url = moduleUrl('native');
      url.searchParams.set('backend', backend);
      const { addon } = loaded;
      const shareKey = shareKeysOf(addon, backend);
      yield { name: `native:${backend}`, url, shareKey, check: () => checkNative(addon, backend) };
    }
  } else {
    passedOver.push(`native: ${loaded.reason}`);
  }
  yield { name: 'wasm', url: moduleUrl('wasm'), check: checkWasm };
  yield { name: 'snarkjs', url: moduleUrl('snarkjs'), check: () => {} };
}

/** Source files end in .ts, those of an installed package in .js. */
function moduleUrl(name: string): URL {
  return new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}

function checkNative(addon: NativeAddon, backend: string): void {
  const { zkey, witness } = knownQuestion();
  const key = addon.readKey(backend, 'known answer', zkey);
  if (typeof key === 'number') throw errorOf(key);
  const workspace = addon.createWorkspace(backend);
  try {
    checkAnswer(proveAtOnce(stagedProof(addon, key, workspace), witness, knownRandomness));
  } finally {
    addon.freeWorkspace(workspace);
    addon.releaseKey(key);
  }
}

function checkWasm(): void {
  const { zkey, witness } = knownQuestion();
  checkAnswer(proveAtOnce(openWasmKernel(compileWasmKernel(), zkey), witness, knownRandomness));
}

function checkAnswer(proof: Uint8Array): void {
  const digest = createHash('sha256').update(proof).digest('hex').slice(0, 32);
  if (digest !== knownProofDigest) throw new UsageError('gives a wrong answer to a known question');
}
