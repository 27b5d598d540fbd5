/**
 * @module The artifacts that a process holds for its workers: proving keys once for all threads, as the engine reads them
 * or as they lie in their files, and circuits' compiled WebAssembly. Each is checked against its recorded hash, parsed
 * and linted before it is used.
 */
import { ArtifactMismatchError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import type { Keys } from '../src/model/Keys.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { Zkey } from './artifacts/zkey.ts';
import type { ShareKey } from './engines/engine.ts';
import { exportVerifyingKey } from './keys/export.ts';
import { readPinned } from './pinned.ts';
import { createRecent } from './recent.ts';
import { compileWitnessModule } from './witness.ts';

export type KeyStore = {
  /**
   * A proving key that fits the circuit; it stays until its user releases it.
   * @throws ArtifactHashError, ArtifactMismatchError, UnsafeKeyError and what `Zkey.parse` throws
   */
  readonly loadKey: (circuit: Circuit, keys: Keys) => Promise<UsedKey>;
  /** @throws ArtifactHashError, ArtifactFormatError */
  readonly loadModule: (circuit: Circuit) => Promise<WebAssembly.Module>;
  readonly clear: () => Promise<void>;
};

export type UsedKey = {
  /** The file in shared memory; absent when the engine finds the key by its hash. */
  readonly zkey: SharedArrayBuffer | undefined;
  readonly release: () => void;
};

export type KeyStoreOptions = {
  /** How many keys, and how many circuits, stay loaded. */
  readonly keptMax: number;
  /** How the engine shares keys among threads, when it does. */
  readonly shareKey?: ShareKey | undefined;
};

export function createKeyStore({ keptMax, shareKey }: KeyStoreOptions): KeyStore {
  const keys = createRecent<LoadedKey>({ max: keptMax, release: async (key) => key.leave() });
  const modules = createRecent<WebAssembly.Module>({ max: keptMax });
  return {
    loadKey: async (circuit, wanted) => {
      checkProgram(circuit, wanted);
      const id = `${wanted.provingKey.sha256} ${wanted.keyId}`;
      // A key may be given up for others between the moment it is there and the moment it is used.
      for (;;) {
        const loaded = await keys.get(id, () => loadKey(wanted, shareKey));
        checkSize(circuit, wanted, loaded);
        if (loaded.enter()) return { zkey: loaded.zkey, release: loaded.leave };
      }
    },
    loadModule: ({ wasm }) =>
      modules.get(wasm.sha256, async () => compileWitnessModule(await readPinned(wasm), wasm.path)),
    clear: async () => {
      await keys.clear();
      await modules.clear();
    },
  };
}

type LoadedKey = {
  readonly zkey: SharedArrayBuffer | undefined;
  readonly wires: number;
  readonly publicCount: number;
  /** Whether it could still be entered. */
  readonly enter: () => boolean;
  readonly leave: () => void;
};

async function loadKey(keys: Keys, shareKey: ShareKey | undefined): Promise<LoadedKey> {
  const { provingKey, keyId, verifyingKey } = keys;
  const bytes = await readPinned(provingKey);
  const parsed = Zkey.parse(bytes, provingKey.path);
  const own = exportVerifyingKey(parsed, verifyingKey.keyClass);
  if (VerifyingKey.id(own) !== keyId || VerifyingKey.id(verifyingKey) !== keyId) {
    throw new ArtifactMismatchError('the proving key and the verifying key do not belong together', {
      at: provingKey.path,
      details: [`recorded key id: ${keyId}`, `key id of the proving key: ${VerifyingKey.id(own)}`],
      remedy: 'use the files that were made together',
    });
  }
  const { wires, publicCount } = parsed;
  const shared = shareKey?.(provingKey.sha256, bytes);
  const zkey = shared ? undefined : copyShared(bytes);
  // The file is as large as all else together, and garbage is collected at leisure.
  bytes.buffer.transfer(0);
  return { zkey, wires, publicCount, ...countUsers(() => shared?.release()) };
}

function copyShared(bytes: Uint8Array): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** The store is the first user; jobs come and go, and whoever leaves last releases. */
function countUsers(release: () => void): Pick<LoadedKey, 'enter' | 'leave'> {
  let users = 1;
  return {
    enter: () => {
      if (users === 0) return false;
      users++;
      return true;
    },
    leave: () => {
      users--;
      if (users === 0) release();
    },
  };
}

function checkProgram(circuit: Circuit, keys: Keys): void {
  if (circuit.programId === keys.programId) return;
  throw new ArtifactMismatchError(`the keys are of another program than ${circuit.name}`, {
    at: keys.provingKey.path,
    details: [`program of the circuit: ${circuit.programId}`, `program of the keys: ${keys.programId}`],
    remedy: 'make or choose keys for this circuit',
  });
}

function checkSize(circuit: Circuit, keys: Keys, { wires, publicCount }: LoadedKey): void {
  if (circuit.wires === wires && circuit.publicCount === publicCount) return;
  throw new ArtifactMismatchError(`the proving key is of another circuit than ${circuit.name}`, {
    at: keys.provingKey.path,
    details: [
      `circuit: ${circuit.wires} wires, ${circuit.publicCount} public`,
      `key: ${wires} wires, ${publicCount} public`,
    ],
    remedy: 'make or choose keys for this circuit',
  });
}
