import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InputFileError, KeyEncryptionKeyError, SealBrokenError } from '../../src/errors.ts';
import { drawSecret, loadKek, openSecret, seal, unseal } from '../../src/store/sealing.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-sealing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kekOf = (digit: string) => loadKek(folder, { TALLY_KEK: digit.repeat(64) });
const place = { table: 'jobs', row: 'a1' };
const input = new TextEncoder().encode('{"amount":"1234567"}');
async function keysOf(tenant: string) {
  const kek = await kekOf('a');
  return openSecret(kek, tenant, drawSecret(kek, tenant));
}

describe('seal', () => {
  test('opens in its place, and never looks the same twice', async () => {
    const keys = await keysOf('alpha');
    const [first, second] = [seal(keys, place, input), seal(keys, place, input)];
    expect(unseal(keys, place, first)).toEqual(Buffer.from(input));
    expect(Buffer.from(first).equals(second)).toBe(false);
    expect(first.length).toBe(input.length + 29);
    expect(Buffer.from(first).includes('1234567')).toBe(false);
  });

  test('behavior: nothing and a megabyte are sealed as well', async () => {
    const keys = await keysOf('alpha');
    for (const plain of [new Uint8Array(0), randomBytes(2 ** 20)]) {
      expect(Buffer.from(plain).equals(unseal(keys, place, seal(keys, place, plain)))).toBe(true);
    }
  });

  test('error: every flipped bit and every cut is noticed', async () => {
    const keys = await keysOf('alpha');
    const sealed = seal(keys, place, input);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Uint8Array.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => unseal(keys, place, altered)).toThrow(SealBrokenError);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(keys, place, sealed.subarray(0, length))).toThrow(SealBrokenError);
    }
    expect(() => unseal(keys, place, Buffer.concat([sealed, Uint8Array.of(0)]))).toThrow(SealBrokenError);
  });

  test('error: in another row, table or tenant it does not open', async () => {
    const keys = await keysOf('alpha');
    const sealed = seal(keys, place, input);
    expect(() => unseal(keys, { ...place, row: 'a2' }, sealed)).toThrow(SealBrokenError);
    expect(() => unseal(keys, { ...place, table: 'salts' }, sealed)).toThrow(SealBrokenError);
    // The same key under another name, so that only the place differs.
    expect(() => unseal({ ...keys, tenant: 'beta' }, place, sealed)).toThrow(SealBrokenError);
    // A boundary between two names cannot be moved.
    const joined = seal(keys, { table: 'jobs', row: '","b' }, input);
    expect(() => unseal(keys, { table: 'jobs","', row: 'b' }, joined)).toThrow(SealBrokenError);
  });

  test('error: another tenant’s key, and an error without the text', async () => {
    const sealed = seal(await keysOf('alpha'), place, input);
    const other = { ...(await keysOf('beta')), tenant: 'alpha' };
    const error = await Promise.resolve()
      .then(() => unseal(other, place, sealed))
      .catch((e) => e);
    expect(error).toBeInstanceOf(SealBrokenError);
    expect(`${error.message} ${error.cause ?? ''}`).not.toContain('1234567');
  });
});

describe('openSecret', () => {
  test('derives the same keys again, and different ones for each use and tenant', async () => {
    const kek = await kekOf('a');
    const secret = drawSecret(kek, 'alpha');
    const keys = openSecret(kek, 'alpha', secret);
    expect(openSecret(kek, 'alpha', secret)).toEqual(keys);
    expect(Buffer.from(keys.sealing).equals(keys.jobIds)).toBe(false);
    expect(openSecret(kek, 'alpha', drawSecret(kek, 'alpha'))).not.toEqual(keys);
  });

  test('error: another key-encryption key', async () => {
    const secret = drawSecret(await kekOf('a'), 'alpha');
    const other = await kekOf('b');
    expect(() => openSecret(other, 'alpha', secret)).toThrow(KeyEncryptionKeyError);
    expect(() => openSecret(other, 'alpha', { ...secret, kekId: other.id })).toThrow(SealBrokenError);
  });

  test('error: another tenant’s row', async () => {
    const kek = await kekOf('a');
    const secret = drawSecret(kek, 'alpha');
    expect(() => openSecret(kek, 'beta', secret)).toThrow(SealBrokenError);
  });
});

describe('loadKek', () => {
  test('draws a key at first use, for many at once, and finds it again', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadKek(folder, {})));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect((await loadKek(folder, {})).id).toBe(keys[0]?.id);
    const path = join(folder, 'secrets', 'kek');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('behavior: the environment goes before the file, and its id does not tell it', async () => {
    await loadKek(folder, {});
    const kek = await kekOf('c');
    expect(Buffer.from(kek.bytes).toString('hex')).toBe('c'.repeat(64));
    expect('c'.repeat(64)).not.toContain(kek.id);
  });

  test('error: malformed, or readable by others', async () => {
    await expect(loadKek(folder, { TALLY_KEK: '' })).rejects.toThrow(KeyEncryptionKeyError);
    const error = await loadKek(folder, { TALLY_KEK: 'topsecret' }).catch((e) => e);
    expect(error).toBeInstanceOf(KeyEncryptionKeyError);
    expect(error.message).not.toContain('topsecret');
    await loadKek(folder, {});
    const path = join(folder, 'secrets', 'kek');
    await chmod(path, 0o644);
    await expect(loadKek(folder, {})).rejects.toThrow(InputFileError);
    await writeFile(path, 'short');
    await chmod(path, 0o600);
    await expect(loadKek(folder, {})).rejects.toThrow(KeyEncryptionKeyError);
  });
});
