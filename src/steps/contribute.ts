import {
  type Extended,
  contribute as extend,
  addBeacon as extendByBeacon,
} from '../../prover/keys/ceremony/contribute.ts';
import { artifactBytesMax } from '../../prover/pinned.ts';
import { UsageError } from '../errors.ts';
import { readFileBounded, readTextBounded, writeFileAtomic } from '../files.ts';
import type { Toolbox } from './toolbox.ts';

/** One file of a ceremony becomes the next. */
type Handover = {
  readonly from: string;
  /** Where the new key goes, given how many contributions it has. */
  readonly out: (count: number) => string;
  /** Who contributes. */
  readonly name: string;
};

export type Contribution = {
  readonly out: string;
  /** BLAKE2b-512, lower-case hex: to be published by the contributor. */
  readonly hash: string;
  readonly count: number;
};

/** More than anyone types. */
const entropyBytesMax = 2 ** 20;

/**
 * Adds a contribution to a ceremony's key. Its secret is drawn from the operating system, mixed with the content of a
 * file where one is named, and forgotten.
 * @throws CeremonyError, UsageError, the artifact errors, InputFileError, CancelledError
 */
export async function contribute(
  toolbox: Toolbox,
  { entropyFile, ...handover }: Handover & { readonly entropyFile?: string | undefined },
): Promise<Contribution> {
  const entropy = entropyFile === undefined ? undefined : await readTextBounded(entropyFile, entropyBytesMax);
  return handOver(toolbox, handover, (key) =>
    extend(key, { name: handover.name, entropy, ...toolboxOptions(toolbox) }),
  );
}

/**
 * Closes a ceremony with public randomness.
 * @throws CeremonyError, UsageError, the artifact errors, InputFileError, CancelledError
 */
export async function addBeacon(
  toolbox: Toolbox,
  { hash, iterationsExponent, ...handover }: Handover & { readonly hash: string; readonly iterationsExponent: number },
): Promise<Contribution> {
  return handOver(toolbox, handover, (key) =>
    extendByBeacon(key, { name: handover.name, hash, iterationsExponent, ...toolboxOptions(toolbox) }),
  );
}

function toolboxOptions({ config, signal }: Toolbox) {
  return { engine: config.prover.engine, signal };
}

async function handOver(
  { onProgress }: Toolbox,
  { from, out, name }: Handover,
  step: (key: { readonly bytes: Uint8Array; readonly source: string }) => Promise<Extended>,
): Promise<Contribution> {
  const label = `contribution of ${name}`;
  onProgress({ label });
  const { bytes, contributed, count } = await step({
    bytes: await readFileBounded(from, { bytesMax: artifactBytesMax }),
    source: from,
  });
  const path = out(count);
  if (path === from)
    throw new UsageError('a contribution goes to a new file; the old one stays as it is', { at: path });
  await writeFileAtomic(path, bytes);
  onProgress({ label, finished: true, note: `number ${count}` });
  return { out: path, hash: contributed.hash, count };
}
