/**
 * @module Loads snarkjs and its curve library so that they run in the thread that asks for them and nowhere else.
 * Two habits of theirs are in the way. In a worker thread, importing them crashes: their `web-worker` package takes any
 * worker for one of its own. And they start a thread per processor unless a single-threaded curve is already there.
 * `checkSnarkjsVersion` names the version this was written for; look here first when it changes.
 */
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { ChaCha, Curve } from 'ffjavascript';
import { InternalError } from '../src/errors.ts';

/** The release whose inner workings this file and `engines/snarkjs.ts` rely on. */
export const snarkjsVersion = '0.7.6';

/** Where the libraries keep the curve that all their functions share. */
type CurveHolder = { curve_bn128?: Curve };

let curve: Promise<Curve> | undefined;

/** The curve BN254 (snarkjs' name for it is bn128), computing in the calling thread only. Built once per thread. */
export function loadCurve(): Promise<Curve> {
  curve ??= buildCurve();
  return curve;
}

/** The stream of random numbers that snarkjs would draw from this seed of eight 32-bit words. */
export async function createStream(seed: readonly number[]): Promise<ChaCha> {
  const { ChaCha } = await withoutWebWorker(() => import('ffjavascript'));
  return new ChaCha(seed);
}

/** snarkjs with the curve of `loadCurve` in its hands. @throws InternalError when it is another version */
export async function loadSnarkjs(): Promise<typeof import('snarkjs')> {
  checkSnarkjsVersion();
  const curve = await loadCurve();
  const snarkjs = await withoutWebWorker(() => import('snarkjs'));
  // Not before: a second copy of the curve library, which comes along with snarkjs, empties the place as it loads.
  (globalThis as CurveHolder).curve_bn128 = curve;
  return snarkjs;
}

/** @throws InternalError when a version is not the one this was written for */
export function checkSnarkjsVersion(version = installedVersion()): void {
  if (version === snarkjsVersion) return;
  throw new InternalError(`snarkjs is version ${version}, but this program was written for ${snarkjsVersion}`, {
    remedy: 'run npm ci',
  });
}

function installedVersion(): string {
  const entry = createRequire(import.meta.url).resolve('snarkjs');
  return JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')).version;
}

async function buildCurve(): Promise<Curve> {
  const { getCurveFromName } = await withoutWebWorker(() => import('ffjavascript'));
  return getCurveFromName('bn128', { singleThread: true });
}

/** The stand-in is never constructed: a single-threaded curve starts no worker. */
async function withoutWebWorker<T>(load: () => Promise<T>): Promise<T> {
  if (isMainThread) return load();
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'web-worker'
        ? { url: 'data:text/javascript,export default class {}', shortCircuit: true }
        : next(specifier, context),
  });
  try {
    return await load();
  } finally {
    hooks.deregister();
  }
}
