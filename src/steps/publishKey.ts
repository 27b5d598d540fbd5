import { requireFinished } from '../../prover/keys/ceremony/verify.ts';
import { importKeys } from '../../prover/keys/import.ts';
import { ArtifactMismatchError, UsageError } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { Json } from '../model/Json.ts';
import type { Keys } from '../model/Keys.ts';
import { Manifest } from '../model/Manifest.ts';
import { keysFolder } from './makeKeys.ts';
import type { Toolbox } from './toolbox.ts';
import { type VerifyCeremonyOptions, verifyCeremony } from './verifyCeremony.ts';

export type PublishOptions = VerifyCeremonyOptions & {
  /** Where the key can be had by others. */
  readonly url?: string | undefined;
  /** Where the manifest goes. */
  readonly out: string;
};

/**
 * Replays a finished ceremony, takes its key among the repository's as a ceremony key, and writes its manifest.
 * @throws CeremonyError without a beacon, UsageError for a bad address, and the errors of `verifyCeremony`
 */
export async function publishKey(
  toolbox: Toolbox,
  options: PublishOptions,
): Promise<{ keys: Keys; manifest: Manifest }> {
  const url = options.url === undefined ? null : checkUrl(options.url);
  const { keys, manifest } = await importCeremonyKey(toolbox, options);
  const published: Manifest = { ...manifest, provingKey: { ...manifest.provingKey, url } };
  await writeFileAtomic(options.out, `${Json.stringify(Manifest.toJson(published), 2)}\n`);
  return { keys, manifest: published };
}

/**
 * Takes a key among the repository's as a ceremony key, after its ceremony was replayed.
 * @throws CeremonyError without a beacon, ArtifactMismatchError, and the errors of `verifyCeremony`
 */
export async function importCeremonyKey(
  toolbox: Toolbox,
  options: VerifyCeremonyOptions,
): Promise<{ keys: Keys; manifest: Manifest }> {
  const { circuit, manifest } = await verifyCeremony(toolbox, options);
  requireFinished(manifest.ceremony.contributions, options.key);
  const keysDir = keysFolder(toolbox.config.dataDir);
  const keys = await importKeys(options.key, circuit, { keysDir, keyClass: 'ceremony' });
  if (keys.provingKey.sha256 !== manifest.provingKey.sha256) {
    throw new ArtifactMismatchError(`${options.key} changed while it was verified`, { at: options.key });
  }
  if (keys.verifyingKey.keyClass !== 'ceremony') {
    throw new ArtifactMismatchError(`the key ${keys.keyId} is there already as a development key`, {
      at: keys.provingKey.path,
      remedy: 'remove its folder, then import it again',
    });
  }
  return { keys, manifest };
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Whoever fetches the key compares its hash, but an address with a password in it should not be published.
  if (url && ['https:', 'http:', 'ipfs:'].includes(url.protocol) && !url.username && !url.password) return text;
  throw new UsageError('an address begins with https://, http:// or ipfs:// and holds no password', { at: '--url' });
}
