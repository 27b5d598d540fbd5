/**
 * @module The kernel as a WebAssembly module, for machines where nothing could be compiled: `prover/kernel/kernel.wasm`,
 * built from the same source by `prover/kernel/buildWasm.ts`. One instance holds one key; giving it up frees the memory.
 */
import { readFileSync } from 'node:fs';
import { errorOf, proofBytes } from './kernelStatus.ts';
import type { StagedProof } from './stages.ts';

/** What the module exports. Pointers are addresses in its memory; null is 0. */
export type WasmExports = {
  readonly memory: WebAssembly.Memory;
  readonly take: (bytes: number) => number;
  readonly give: (pointer: number, bytes: number) => void;
  readonly status: () => number;
  readonly readKey: (zkey: number, bytes: number) => number;
  readonly createWorkspace: () => number;
  readonly beginProof: (
    workspace: number,
    key: number,
    witness: number,
    elements: number,
    r: number,
    s: number,
  ) => number;
  readonly runStage: (proof: number, stage: number, workspace: number) => number;
  readonly finishProof: (proof: number, out: number) => void;
  readonly scalePoints: (out: number, points: number, count: number, scalar: number) => number;
  readonly sumPoints: (group: number, out: number, points: number, scalars: number, count: number) => number;
  readonly combinePoints: (
    group: number,
    out: number,
    points: number,
    count: number,
    starts: number,
    numbers: number,
    scalars: number,
    sums: number,
  ) => number;
  readonly probe: (operation: number, out: number, input: number, count: number) => number;
};

/** Compiles the module. */
export function compileWasmKernel(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL('../kernel/kernel.wasm', import.meta.url)));
}

/** Reads a key into a new instance, for one proof at a time. @throws the errors of `errorOf` */
export function openWasmKernel(module: WebAssembly.Module, zkey: Uint8Array): StagedProof {
  const wasm = instantiate(module);
  const key = withBytes(wasm, zkey, (pointer) => wasm.readKey(pointer, zkey.length));
  if (key === 0) throw errorOf(wasm.status());
  const workspace = wasm.createWorkspace();
  if (workspace === 0) throw errorOf(1);
  let proof = 0;
  return {
    begin: (witness, r, s) => {
      const all = new Uint8Array(witness.length + 64);
      all.set(r);
      all.set(s, 32);
      all.set(witness, 64);
      proof = withBytes(wasm, all, (at) =>
        wasm.beginProof(workspace, key, at + 64, witness.length % 32 ? 0 : witness.length / 32, at, at + 32),
      );
      if (proof === 0) throw errorOf(wasm.status());
    },
    run: (stage) => wasm.runStage(proof, stage, workspace),
    finish: () =>
      withBytes(wasm, new Uint8Array(proofBytes), (at) => {
        wasm.finishProof(proof, at);
        return new Uint8Array(wasm.memory.buffer, at, proofBytes).slice();
      }),
  };
}

/** For tests: an operation of `prover/kernel/backends/probe.h`; its output or its status. */
export function probeWasm(
  module: WebAssembly.Module,
  operation: number,
  input: { readonly count: number; readonly bytes: Uint8Array; readonly outputBytes: number },
): Uint8Array | number {
  const wasm = instantiate(module);
  return withBytes(wasm, input.bytes, (at) =>
    withBytes(wasm, new Uint8Array(input.outputBytes), (out) => {
      const status = wasm.probe(operation, out, at, input.count);
      return status || new Uint8Array(wasm.memory.buffer, out, input.outputBytes).slice();
    }),
  );
}

/** A fresh instance, with memory of its own. */
export function instantiate(module: WebAssembly.Module): WasmExports {
  return new WebAssembly.Instance(module).exports as WasmExports;
}

/** Copies bytes into the instance for the length of a call. */
function withBytes<T>(wasm: WasmExports, bytes: Uint8Array, call: (pointer: number) => T): T {
  const pointer = wasm.take(bytes.length);
  if (pointer === 0) throw errorOf(1);
  new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
  try {
    return call(pointer);
  } finally {
    wasm.give(pointer, bytes.length);
  }
}
