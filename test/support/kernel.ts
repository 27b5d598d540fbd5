/** @module Single operations of the kernel's backends, as tests call them; see `prover/kernel/backends/probe.h`. */

import { existsSync } from 'node:fs';
import { builtAddon, loadNativeAddon } from '../../prover/engines/nativeAddon.ts';
import { compileWasmKernel, probeWasm } from '../../prover/engines/wasmKernel.ts';
import { buildKernel } from '../../prover/kernel/build.ts';
import { Field, q } from '../../src/model/Field.ts';

export const operations = {
  fq: 0,
  fr: 1,
  fq2: 2,
  batchG1: 3,
  batchG2: 4,
  projectiveG1: 5,
  projectiveG2: 6,
  msmG1: 7,
  msmG2: 8,
  transform: 9,
} as const;

// An install builds the addon; without a compiler there is nothing native to test.
if (!existsSync(builtAddon)) await buildKernel();
const loaded = loadNativeAddon();

/** The native backends of this machine. */
export const nativeBackends: readonly string[] = 'addon' in loaded ? loaded.addon.backends() : [];

/** These and WebAssembly. */
export const kernelBackends: readonly string[] = [...nativeBackends, 'wasm'];

const wasm = compileWasmKernel();

/** Runs an operation on `count` items. @throws Error when the kernel answers with a status */
export function probe(
  backend: string,
  operation: keyof typeof operations,
  input: { readonly count: number; readonly bytes: Uint8Array; readonly outputBytes: number },
): Uint8Array {
  const result =
    backend === 'wasm'
      ? probeWasm(wasm, operations[operation], input)
      : probeNative(backend, operations[operation], input);
  if (typeof result === 'number') throw new Error(`status ${result}`);
  return new Uint8Array(result);
}

function probeNative(backend: string, operation: number, input: Parameters<typeof probe>[2]): ArrayBuffer | number {
  if (!('addon' in loaded)) throw new Error(loaded.reason);
  return loaded.addon.probe(backend, operation, input.count, input.bytes, input.outputBytes);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const encodeNumbers = (values: readonly bigint[]): Uint8Array => concat(values.map(Field.toBytesLE));

export function decodeNumbers(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => Field.fromBytesLE(bytes.subarray(32 * i, 32 * i + 32)));
}

/** Coordinates in the Montgomery form of `.zkey` files; zeros for infinity. */
export const encodeCoordinates = (coordinates: readonly bigint[]): Uint8Array =>
  encodeNumbers(coordinates.map((value) => (value << 256n) % q));
