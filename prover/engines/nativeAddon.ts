/**
 * @module Finds and loads the Node-API addon of `prover/kernel/node/addon.cpp`: first the package that was published
 * for this platform, then what `npm ci` built here.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** An opaque thing of the kernel's; freed by its release function, or with its last reference. */
export type NativeKey = { readonly nativeKey: unique symbol };
export type NativeWorkspace = { readonly nativeWorkspace: unique symbol };
export type NativeGenerator = { readonly nativeGenerator: unique symbol };

/** The functions of the addon. Statuses are those of `prover/kernel/status.h`. */
export type NativeAddon = {
  /** What this processor can run, the fastest first. */
  readonly backends: () => string[];
  /** A key that some thread of this process has loaded already. */
  readonly findKey: (backend: string, hash: string) => NativeKey | undefined;
  /** The key, or the status that says why it is refused. */
  readonly readKey: (backend: string, hash: string, zkey: Uint8Array) => NativeKey | number;
  readonly releaseKey: (key: NativeKey) => void;
  readonly keyCount: () => number;
  readonly createWorkspace: (backend: string) => NativeWorkspace;
  readonly freeWorkspace: (workspace: NativeWorkspace) => void;
  readonly workspaceBytes: (workspace: NativeWorkspace) => number;
  readonly beginProof: (
    workspace: NativeWorkspace,
    key: NativeKey,
    witness: Uint8Array,
    r: Uint8Array,
    s: Uint8Array,
  ) => number;
  readonly runStage: (workspace: NativeWorkspace, stage: number) => number;
  /** Lets other threads join the proof by the number that comes back; see `prover/kernel/node/split.h`. */
  readonly openProof: (workspace: NativeWorkspace) => number;
  /** The first stage of a task that nobody has begun, to be run here, or -1. The quotient's task is `h` as well. */
  readonly claimTask: (workspace: NativeWorkspace) => number;
  /** Waits for the threads that have joined. The status of what they ran. */
  readonly closeProof: (workspace: NativeWorkspace) => number;
  /** Runs tasks of the proof with the number `board[0]` while `board[1]` is 0. How many. */
  readonly helpProof: (workspace: NativeWorkspace, board: Int32Array) => number;
  readonly finishProof: (workspace: NativeWorkspace) => ArrayBuffer;
  readonly abandonProof: (workspace: NativeWorkspace) => void;
  /** Multiples of the generator of G1 (group 1) or G2 (group 2) by windows of some bits. */
  readonly createGenerator: (backend: string, group: 1 | 2, windowBits: number) => NativeGenerator;
  /** 32-byte scalars to points as `.zkey` files hold them. */
  readonly multiplyGenerator: (generator: NativeGenerator, scalars: Uint8Array, output: Uint8Array) => number;
  /** Points of G1 as `.zkey` files hold them, each times one scalar of 32 bytes. */
  readonly scalePoints: (backend: string, points: Uint8Array, scalar: Uint8Array, output: Uint8Array) => number;
  /** One sum of scalar·point. */
  readonly sumPoints: (
    backend: string,
    group: 1 | 2,
    points: Uint8Array,
    scalars: Uint8Array,
    output: Uint8Array,
  ) => number;
  /** Many sums over one row of points; `starts` and `numbers` hold 32-bit integers. */
  readonly combinePoints: (
    backend: string,
    group: 1 | 2,
    points: Uint8Array,
    starts: Uint8Array,
    numbers: Uint8Array,
    scalars: Uint8Array,
    output: Uint8Array,
  ) => number;
  /**
   * Verifies up to 64 proofs of one key: its points alpha1, beta2, gamma2, delta2 and IC as canonical integers, the
   * signals of all proofs, 256 bytes per proof and a factor of 32 bytes per proof.
   */
  readonly verify: (
    backend: string,
    key: Uint8Array,
    signals: Uint8Array,
    proofs: Uint8Array,
    factors: Uint8Array,
  ) => number;
  /** For tests: an operation of `prover/kernel/backends/probe.h`. */
  readonly probe: (
    backend: string,
    operation: number,
    count: number,
    input: Uint8Array,
    outputBytes: number,
  ) => ArrayBuffer | number;
};

export type Loaded = { readonly addon: NativeAddon; readonly from: string };

/** Where `prover/kernel/build.ts` puts the addon. */
export const builtAddon = fileURLToPath(new URL('../kernel/built/kernel.node', import.meta.url));

/** The addon, or why there is none; an addon that does not load is as good as none. */
export function loadNativeAddon(): Loaded | { readonly reason: string } {
  const require = createRequire(import.meta.url);
  const published = `@tallystick/kernel-${process.platform}-${process.arch}`;
  const candidates = [
    isInstalled(require, published) ? published : undefined,
    existsSync(builtAddon) ? builtAddon : undefined,
  ];
  let reason = 'no addon was built or published for this platform';
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    try {
      return { addon: require(candidate) as NativeAddon, from: candidate };
    } catch (error) {
      reason = `${candidate} does not load: ${(error as Error).message.split('\n')[0]}`;
    }
  }
  return { reason };
}

function isInstalled(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
