/**
 * @module The engine over the native kernel. A key is read once per process and shared by all threads; a proof runs on
 * the calling thread, stage by stage, and can be given up between stages. The URL of this module names the backend:
 * `native.ts?backend=adx`; without one it takes the fastest that this processor runs.
 */
import { createHash } from 'node:crypto';
import { InternalError, UsageError } from '../../src/errors.ts';
import type { Engine, KeyHandle, ShareKey } from './engine.ts';
import { checkStatus, errorOf } from './kernelStatus.ts';
import { loadNativeAddon, type NativeAddon, type NativeKey, type NativeWorkspace } from './nativeAddon.ts';
import { proveByStages, type StagedProof } from './stages.ts';

/** @throws UsageError when there is no addon, or the processor cannot run the backend that the URL names */
export async function createEngine(): Promise<Engine> {
  return createNativeEngine(new URL(import.meta.url).searchParams.get('backend') ?? undefined);
}

/** As `createEngine`, for a backend by name: `ifma`, `adx` or `generic`. @throws UsageError */
export function createNativeEngine(wanted?: string): Engine {
  const loaded = loadNativeAddon();
  if (!('addon' in loaded)) throw new UsageError('there is no native proving kernel', { details: [loaded.reason] });
  const { addon } = loaded;
  const backends = addon.backends();
  const backend = wanted ?? backends[0];
  if (backend === undefined || !backends.includes(backend)) {
    throw new UsageError(`this processor cannot run the kernel's backend ${backend}`, {
      details: [`it can run: ${backends.join(', ')}`],
    });
  }
  const workspace = addon.createWorkspace(backend);
  const queue = createQueue();
  return {
    name: `native:${backend}`,
    load: async (zkey) => createHandle(addon, loadKey(addon, backend, zkey), workspace, queue),
    find: async (sha256) => {
      const key = addon.findKey(backend, sha256);
      if (!key) throw new InternalError('the proving key was given up before the proof began');
      return createHandle(addon, key, workspace, queue);
    },
    help: (board) => queue(async () => void addon.helpProof(workspace, board)),
    close: async () => queue(async () => addon.freeWorkspace(workspace)),
  };
}

/** Reads keys for all threads of this process. The function that comes back @throws the errors of `checkStatus` */
export function shareKeysOf(addon: NativeAddon, backend: string): ShareKey {
  return (sha256, zkey) => {
    const key = readKey(addon, backend, sha256, zkey);
    return { release: () => addon.releaseKey(key) };
  };
}

function loadKey(addon: NativeAddon, backend: string, zkey: Uint8Array): NativeKey {
  return readKey(addon, backend, createHash('sha256').update(zkey).digest('hex'), zkey);
}

/** @throws the errors of `checkStatus` */
function readKey(addon: NativeAddon, backend: string, hash: string, zkey: Uint8Array): NativeKey {
  const key = addon.findKey(backend, hash) ?? addon.readKey(backend, hash, zkey);
  if (typeof key === 'number') throw errorOf(key);
  return key;
}

function createHandle(addon: NativeAddon, key: NativeKey, workspace: NativeWorkspace, queue: Queue): KeyHandle {
  let isReleased = false;
  return {
    prove: (witness, randomness, options) =>
      queue(async () => {
        if (isReleased) throw new InternalError('the key handle was released');
        try {
          return await proveByStages(stagedProof(addon, key, workspace), witness, randomness, options);
        } finally {
          addon.abandonProof(workspace);
        }
      }),
    release: () =>
      queue(async () => {
        if (!isReleased) addon.releaseKey(key);
        isReleased = true;
      }),
  };
}

/** A proof with this key in this workspace. */
export function stagedProof(addon: NativeAddon, key: NativeKey, workspace: NativeWorkspace): StagedProof {
  return {
    begin: (witness, r, s) => checkStatus(addon.beginProof(workspace, key, witness, r, s)),
    run: (stage) => addon.runStage(workspace, stage),
    shared: {
      open: () => addon.openProof(workspace),
      claim: () => addon.claimTask(workspace),
      close: () => addon.closeProof(workspace),
    },
    finish: () => new Uint8Array(addon.finishProof(workspace)),
  };
}

/** Runs one task after the other: a workspace holds one proof at a time. */
type Queue = <T>(task: () => Promise<T>) => Promise<T>;

function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}
