/**
 * @module Private bytes at rest: AES-256-GCM (NIST SP 800-38D) under a key of the tenant, which is itself sealed under
 * the key-encryption key. The place of a row — tenant, table, row id — is authenticated with it, so a row that is moved
 * or exchanged does not open. Nonces are random: one tenant's key must not seal more than 2^32 times.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KeyEncryptionKeyError, SealBrokenError } from '../errors.ts';
import { secretFile } from '../secretFile.ts';

/** Seals tenants' secrets. It is kept apart from the database: who has only one of both can read nothing. */
export type KeyEncryptionKey = {
  /** Tells keys apart without telling anything of them. */
  readonly id: string;
  readonly bytes: Uint8Array;
};

/** What a tenant's secret is used for; each key is derived from it for one purpose. */
export type TenantKeys = {
  readonly tenant: string;
  /** Seals inputs and salts. */
  readonly sealing: Uint8Array;
  /** Makes job ids (`Job.id`). */
  readonly jobIds: Uint8Array;
};

/** Where sealed bytes belong. */
export type SealPlace = { readonly tenant: string; readonly table: string; readonly row: string };

/** As it is stored. */
export type WrappedSecret = { readonly wrapped: Uint8Array; readonly kekId: string };

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The first byte of everything sealed: another way to seal gets another number. */
const version = 1;

/**
 * The key-encryption key: from the environment variable TALLY_KEK, or else from a file that is made at first use.
 * @param folder the project's `.tally` folder
 * @throws KeyEncryptionKeyError when it is not 64 hex digits, InputFileError when others can read the file
 */
export async function loadKek(folder: string, env: NodeJS.ProcessEnv): Promise<KeyEncryptionKey> {
  if (env.TALLY_KEK !== undefined) return toKek(env.TALLY_KEK, 'TALLY_KEK');
  const path = join(folder, 'secrets', 'kek');
  const bytes = await secretFile(path, () => `${randomBytes(keyBytes).toString('hex')}\n`);
  return toKek(new TextDecoder().decode(bytes).trimEnd(), path);
}

/** Draws a tenant's secret and seals it. @throws nothing */
export function drawSecret(kek: KeyEncryptionKey, tenant: string): WrappedSecret {
  return { wrapped: encrypt(kek.bytes, randomBytes(keyBytes), secretPlace(tenant)), kekId: kek.id };
}

/**
 * Opens a tenant's secret and derives its keys (HKDF-SHA-256, RFC 5869).
 * @throws KeyEncryptionKeyError when it was sealed under another key, SealBrokenError when it is damaged
 */
export function openSecret(kek: KeyEncryptionKey, tenant: string, { wrapped, kekId }: WrappedSecret): TenantKeys {
  if (kekId !== kek.id) {
    throw new KeyEncryptionKeyError(`tenant ${tenant} is sealed under another key-encryption key`, {
      details: [`sealed under ${kekId}`, `given ${kek.id}`],
      remedy: 'give the former key in TALLY_KEK, or restore the file of secrets',
    });
  }
  const secret = decrypt(kek.bytes, wrapped, secretPlace(tenant));
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', secret, '', `tallystick/${purpose}`, keyBytes));
  return { tenant, sealing: derive('sealing'), jobIds: derive('job-ids') };
}

/** Seals bytes for their place: version, nonce, ciphertext, tag; 29 bytes longer than what goes in. */
export function seal(keys: TenantKeys, place: Omit<SealPlace, 'tenant'>, plain: Uint8Array): Uint8Array {
  return encrypt(keys.sealing, plain, { tenant: keys.tenant, ...place });
}

/** Opens what `seal` made for the same place. @throws SealBrokenError */
export function unseal(keys: TenantKeys, place: Omit<SealPlace, 'tenant'>, sealed: Uint8Array): Uint8Array {
  return decrypt(keys.sealing, sealed, { tenant: keys.tenant, ...place });
}

function encrypt(key: Uint8Array, plain: Uint8Array, place: SealPlace): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(placeBytes(place));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Uint8Array.of(version), nonce, body, cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, sealed: Uint8Array, place: SealPlace): Uint8Array {
  const bodyStart = 1 + nonceBytes;
  const bodyEnd = sealed.length - tagBytes;
  if (bodyEnd < bodyStart || sealed[0] !== version) throw broken(place);
  const nonce = sealed.subarray(1, bodyStart);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(placeBytes(place)).setAuthTag(sealed.subarray(bodyEnd));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(bodyStart, bodyEnd)), decipher.final()]);
  } catch {
    throw broken(place);
  }
}

/** JSON keeps neighbouring names apart whatever is in them. */
function placeBytes({ tenant, table, row }: SealPlace): Uint8Array {
  return Buffer.from(JSON.stringify(['tallystick/seal', version, tenant, table, row]));
}

function secretPlace(tenant: string): SealPlace {
  return { tenant, table: 'tenants', row: 'wrapped_key' };
}

function broken({ tenant, table, row }: SealPlace): SealBrokenError {
  return new SealBrokenError('sealed bytes do not open: they were altered, moved, or are of another tenant', {
    at: `${table} ${row} of tenant ${tenant}`,
    remedy: 'restore the row from a backup',
  });
}

function toKek(text: string, at: string): KeyEncryptionKey {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new KeyEncryptionKeyError('the key-encryption key is not 64 hex digits', { at });
  }
  const bytes = Buffer.from(text, 'hex');
  const id = createHash('sha256').update('tallystick/kek-id').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}
