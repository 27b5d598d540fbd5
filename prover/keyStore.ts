/**
 * @module The artifacts that a process holds for its workers: proving keys in shared memory, once for all threads, and
 * circuits' compiled WebAssembly. Each is checked against its recorded hash, parsed and linted before it is used.
 */
import { ArtifactMismatchError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import type { Keys } from '../src/model/Keys.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { Zkey } from './artifacts/zkey.ts';
import { exportVerifyingKey } from './keys/export.ts';
import { readPinned } from './pinned.ts';
import { createRecent } from './recent.ts';
import { compileWitnessModule } from './witness.ts';

export type KeyStore = {
  /**
   * The bytes of a proving key that fits the circuit.
   * @throws ArtifactHashError, ArtifactMismatchError, UnsafeKeyError and what `Zkey.parse` throws
   */
  readonly loadKey: (circuit: Circuit, keys: Keys) => Promise<SharedArrayBuffer>;
  /** @throws ArtifactHashError, ArtifactFormatError */
  readonly loadModule: (circuit: Circuit) => Promise<WebAssembly.Module>;
  readonly clear: () => Promise<void>;
};

/** @param keptMax how many keys, and how many circuits, stay loaded */
export function createKeyStore(keptMax: number): KeyStore {
  const keys = createRecent<LoadedKey>({ max: keptMax });
  const modules = createRecent<WebAssembly.Module>({ max: keptMax });
  return {
    loadKey: async (circuit, wanted) => {
      checkProgram(circuit, wanted);
      const loaded = await keys.get(`${wanted.provingKey.sha256} ${wanted.keyId}`, () => loadKey(wanted));
      checkSize(circuit, wanted, loaded);
      return loaded.zkey;
    },
    loadModule: ({ wasm }) =>
      modules.get(wasm.sha256, async () => compileWitnessModule(await readPinned(wasm), wasm.path)),
    clear: async () => {
      await keys.clear();
      await modules.clear();
    },
  };
}

type LoadedKey = { readonly zkey: SharedArrayBuffer; readonly wires: number; readonly publicCount: number };

async function loadKey({ provingKey, keyId, verifyingKey }: Keys): Promise<LoadedKey> {
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
  const zkey = new SharedArrayBuffer(bytes.length);
  new Uint8Array(zkey).set(bytes);
  return { zkey, wires: parsed.wires, publicCount: parsed.publicCount };
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
