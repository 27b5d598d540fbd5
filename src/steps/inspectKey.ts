import { stat } from 'node:fs/promises';
import { Zkey } from '../../prover/artifacts/zkey.ts';
import { exportVerifyingKey } from '../../prover/keys/export.ts';
import { openKeys } from '../../prover/keys/keyFolder.ts';
import { lintKey } from '../../prover/keys/lint.ts';
import { artifactBytesMax } from '../../prover/pinned.ts';
import { InputFileError } from '../errors.ts';
import { readFileBounded, readTextBounded, writeFileAtomic } from '../files.ts';
import type { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import { type KeyClass, VerifyingKey } from '../model/VerifyingKey.ts';

export type KeyReport = {
  readonly keyId: Hex;
  readonly keyClass: KeyClass;
  readonly publicCount: number;
  /** Phase-2 contributions, where the file tells. */
  readonly contributions: number | undefined;
};

/**
 * Checks a key on disk: a `.zkey`, a `verification_key.json` or a key folder.
 * @throws UnsafeKeyError, the artifact errors, InputFileError
 */
export async function lintKeyFile(path: string): Promise<KeyReport> {
  const { key, contributions } = await readKey(path);
  return {
    keyId: VerifyingKey.id(key),
    keyClass: key.keyClass,
    publicCount: VerifyingKey.publicCount(key),
    contributions,
  };
}

/**
 * Writes the verifying key of a key on disk in snarkjs' form.
 * @throws UnsafeKeyError, the artifact errors, InputFileError
 */
export async function exportKey(path: string, out: string): Promise<KeyReport & { readonly bytes: Hex }> {
  const { key } = await readKey(path);
  await writeFileAtomic(out, `${Json.stringify(VerifyingKey.toJson(key), 2)}\n`);
  return { ...(await lintKeyFile(path)), bytes: VerifyingKey.toBytes(key) };
}

type ReadKey = { readonly key: VerifyingKey; readonly contributions: number | undefined };

/** A class that a bare file cannot show counts as development. */
async function readKey(path: string): Promise<ReadKey> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause) => {
      throw new InputFileError(`cannot find ${path}`, { at: path, cause });
    },
  );
  if (isFolder) return { key: (await openKeys(path)).verifyingKey, contributions: undefined };
  if (path.endsWith('.json')) {
    const key = VerifyingKey.parse(Json.parse(await readTextBounded(path), path));
    lintKey(key);
    return { key, contributions: undefined };
  }
  const zkey = Zkey.parse(await readFileBounded(path, { bytesMax: artifactBytesMax }), path);
  return { key: exportVerifyingKey(zkey, 'development'), contributions: zkey.contributions.count };
}
