import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeys } from '../../prover/keys/keyFolder.ts';
import { verify, verifyProofJson } from '../../prover/verify.ts';
import { ArtifactMismatchError, InputFileError } from '../errors.ts';
import { readTextBounded } from '../files.ts';
import type { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import { ProofFile } from '../model/ProofFile.ts';
import { VerifyingKey } from '../model/VerifyingKey.ts';
import { keysFolder } from './makeKeys.ts';
import type { Toolbox } from './toolbox.ts';

export type Verified = {
  readonly statementId: Hex | undefined;
  readonly keyId: Hex;
  readonly keyClass: VerifyingKey['keyClass'];
  readonly signals: readonly bigint[];
};

export type VerifyOptions = {
  /** One of our proof files, or snarkjs' `proof.json` with `key` and `publicSignals` beside it. */
  readonly proof: string;
  /** A `verification_key.json`; without it the key is looked up among the repository's by its id. */
  readonly key?: string | undefined;
  readonly publicSignals?: string | undefined;
};

/**
 * Verifies a proof on disk, strictly.
 * @throws ProofRejectedError, SignalCountError, ProofProtocolError, UnsafeKeyError, ArtifactMismatchError,
 * InputFileError, JsonError
 */
export async function verifyFile(toolbox: Toolbox, { proof, key, publicSignals }: VerifyOptions): Promise<Verified> {
  if (publicSignals !== undefined && key !== undefined) {
    const verifyingKey = await readJson(key);
    const { signals } = await verifyProofJson({
      verifyingKey,
      signals: await readJson(publicSignals),
      proof: await readJson(proof),
    });
    return { statementId: undefined, signals, ...identify(VerifyingKey.parse(verifyingKey)) };
  }
  const file = ProofFile.parse(await readJson(proof), proof);
  const verifyingKey = key === undefined ? await findKey(toolbox, file.keyId) : VerifyingKey.parse(await readJson(key));
  if (VerifyingKey.id(verifyingKey) !== file.keyId) {
    throw new ArtifactMismatchError(`${proof} was not made with the key in ${key}`, { at: key });
  }
  await verify(verifyingKey, file.signals, file.proof);
  return { statementId: file.statementId, signals: file.signals, ...identify(verifyingKey) };
}

/** One of the repository's verifying keys by its id. @throws InputFileError and the errors of opening a key folder */
export async function findKey({ config }: Toolbox, keyId: Hex): Promise<VerifyingKey> {
  const folder = keysFolder(config.dataDir);
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.endsWith(`-${keyId.slice(2, 18)}`));
  if (name) return (await openKeys(join(folder, name))).verifyingKey;
  throw new InputFileError(`the key ${keyId} is not among those in ${folder}`, {
    at: folder,
    remedy: 'name its file with --key',
  });
}

async function readJson(path: string) {
  return Json.parse(await readTextBounded(path), path);
}

function identify(key: VerifyingKey) {
  return { keyId: VerifyingKey.id(key), keyClass: key.keyClass };
}
