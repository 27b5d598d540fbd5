/** @module Sums and multiples of points by the native or the WebAssembly kernel, from and to the points of a file. */
import { errorOf } from './kernelStatus.ts';
import { loadNativeAddon, type NativeAddon } from './nativeAddon.ts';
import { compileWasmKernel, instantiate, type WasmExports } from './wasmKernel.ts';

/** Sum number k runs over the terms starts[k] up to starts[k + 1]: the number of a point and a scalar of 32 bytes. */
export type Terms = {
  readonly starts: Uint32Array;
  readonly numbers: Uint32Array;
  readonly scalars: Uint8Array;
};

type Group = 'g1' | 'g2';

/** Points as files hold them, scalars of 32 bytes below r. All throw the errors of `errorOf`. */
export type CurveKernel = {
  /** Every point of a row of G1 times one scalar. */
  readonly scale: (points: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** Σ scalar·point. */
  readonly sum: (group: Group, points: Uint8Array, scalars: Uint8Array) => Uint8Array;
  /** Many sums over one row of points, a point each. */
  readonly combine: (group: Group, points: Uint8Array, terms: Terms) => Uint8Array;
};

const numberOf = { g1: 1, g2: 2 } as const;
const bytesOf = { g1: 64, g2: 128 } as const;

/** The curve arithmetic of an engine that has given the known answer; undefined for one without a kernel. */
export function openCurveKernel(engine: string): CurveKernel | undefined {
  const [kind, backend] = engine.split(':');
  if (kind === 'wasm') return wasmCurve();
  const loaded = loadNativeAddon();
  if (kind !== 'native' || backend === undefined || !('addon' in loaded)) return undefined;
  return nativeCurve(loaded.addon, backend);
}

function nativeCurve(addon: NativeAddon, backend: string): CurveKernel {
  return {
    scale: (points, scalar) => filled(points.length, (out) => addon.scalePoints(backend, points, scalar, out)),
    sum: (group, points, scalars) =>
      filled(bytesOf[group], (out) => addon.sumPoints(backend, numberOf[group], points, scalars, out)),
    combine: (group, points, terms) =>
      filled((terms.starts.length - 1) * bytesOf[group], (out) =>
        addon.combinePoints(
          backend,
          numberOf[group],
          points,
          bytesIn(terms.starts),
          bytesIn(terms.numbers),
          terms.scalars,
          out,
        ),
      ),
  };
}

/** An instance per call, so that its memory goes with it. */
function wasmCurve(): CurveKernel {
  const module = compileWasmKernel();
  const run = (
    inputs: readonly Uint8Array[],
    outputBytes: number,
    call: (wasm: WasmExports, out: number, pointers: readonly number[]) => number,
  ): Uint8Array => {
    const wasm = instantiate(module);
    const room = (length: number): number => {
      const pointer = wasm.take(Math.max(length, 1));
      if (pointer === 0) throw errorOf(1);
      return pointer;
    };
    const pointers = inputs.map((bytes) => {
      const pointer = room(bytes.length);
      new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
      return pointer;
    });
    const out = room(outputBytes);
    const status = call(wasm, out, pointers);
    if (status !== 0) throw errorOf(status);
    return new Uint8Array(wasm.memory.buffer, out, outputBytes).slice();
  };
  return {
    scale: (points, scalar) =>
      run([points, scalar], points.length, (wasm, out, [row, factor]) =>
        wasm.scalePoints(out, row as number, points.length / bytesOf.g1, factor as number),
      ),
    sum: (group, points, scalars) =>
      run([points, scalars], bytesOf[group], (wasm, out, [row, factors]) =>
        wasm.sumPoints(numberOf[group], out, row as number, factors as number, points.length / bytesOf[group]),
      ),
    combine: (group, points, { starts, numbers, scalars }) => {
      const sums = starts.length - 1;
      const inputs = [points, bytesIn(starts), bytesIn(numbers), scalars];
      return run(inputs, sums * bytesOf[group], (wasm, out, [row, first, number, factors]) =>
        wasm.combinePoints(
          numberOf[group],
          out,
          row as number,
          points.length / bytesOf[group],
          first as number,
          number as number,
          factors as number,
          sums,
        ),
      );
    },
  };
}

function filled(length: number, call: (out: Uint8Array) => number): Uint8Array {
  const out = new Uint8Array(length);
  const status = call(out);
  if (status !== 0) throw errorOf(status);
  return out;
}

/** Machines that Node runs on are little-endian, as the kernel takes its numbers. */
function bytesIn(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
