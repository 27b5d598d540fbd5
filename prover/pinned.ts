/** @module Reads artifacts that are known by their content: a byte that changed is found before anything is done with it. */
import { createHash } from 'node:crypto';
import { ArtifactHashError } from '../src/errors.ts';
import { readFileBounded } from '../src/files.ts';
import type { Artifact } from '../src/model/Circuit.ts';

/** The largest proving key that is loaded: one of 2^22 constraints takes about 3 GiB. */
export const artifactBytesMax = 4 * 2 ** 30;

/** The whole content of an artifact. @throws ArtifactHashError when it is not what was recorded, InputFileError */
export async function readPinned({ path, sha256, bytes }: Artifact): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readFileBounded(path, { bytesMax: artifactBytesMax });
  if (content.length === bytes && createHash('sha256').update(content).digest('hex') === sha256) return content;
  throw new ArtifactHashError(`${path} is not the file that was recorded`, {
    at: path,
    details: [`expected SHA-256 ${sha256} over ${bytes} bytes`, `found ${content.length} bytes`],
    remedy: 'restore the file, or make it again',
  });
}
