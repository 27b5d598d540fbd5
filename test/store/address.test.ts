import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, InputFileError, StoreTlsError } from '../../src/errors.ts';
import { parseDatabaseUrl } from '../../src/store/address.ts';
import type { Urls } from '../../src/store/logins.ts';
import { give } from '../../src/store/postgres.ts';
import { openStore } from '../../src/store/store.ts';
import { asServerAdmin, startTestPostgres, type TestPostgres } from '../support/postgres.ts';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const authority = encodeURIComponent(fixture('authority.crt'));

describe('parseDatabaseUrl', () => {
  test('default', async () => {
    expect(await parseDatabaseUrl('postgres://me:p%40ss@127.0.0.1:6000/tally')).toEqual({
      ...{ host: '127.0.0.1', port: 6000, user: 'me', password: 'p@ss', database: 'tally', ssl: false },
    });
    const socket = await parseDatabaseUrl('postgresql://me@localhost/tally?host=/run/postgresql');
    expect(socket).toEqual({ host: '/run/postgresql', port: 5432, user: 'me', database: 'tally', ssl: false });
    expect(await parseDatabaseUrl('postgres://me@[::1]/tally')).toMatchObject({ host: '::1', ssl: false });
  });

  test.each([undefined, 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])(
    'away from this machine sslmode=%s verifies fully',
    async (mode) => {
      const query = mode === undefined ? '' : `?sslmode=${mode}`;
      const { ssl } = await parseDatabaseUrl(`postgres://me:pw@db.example/tally${query}`);
      expect(ssl).toMatchObject({ rejectUnauthorized: true, minVersion: 'TLSv1.2' });
      const check = (ssl as { checkServerIdentity: (name: string, certificate: object) => unknown })
        .checkServerIdentity;
      expect(check('ignored', { subject: { CN: 'x' }, subjectaltname: 'DNS:db.example' })).toBeUndefined();
      expect(check('ignored', { subject: { CN: 'x' }, subjectaltname: 'DNS:other.example' })).toBeInstanceOf(Error);
    },
  );

  test('error: a password in the open', async () => {
    const error = await parseDatabaseUrl('postgres://me:hidden@db.example/tally?sslmode=disable').catch((e) => e);
    expect(error).toBeInstanceOf(StoreTlsError);
    expect(error.message).not.toContain('hidden');
    await expect(parseDatabaseUrl('postgres://me:pw@1270.example/tally?sslmode=disable')).rejects.toThrow(
      StoreTlsError,
    );
  });

  test.each([
    '',
    'tally',
    'mysql://me:hidden@localhost/tally',
    'postgres://me:hidden@localhost',
    'postgres://localhost/tally',
    'postgres://me:hidden%@localhost/tally',
    'postgres://me:hidden@localhost:99999/tally',
    'postgres://me:hidden@localhost/tally?sslmod=verify-full',
    'postgres://me:hidden@localhost/tally?sslmode=no-verify',
  ])('error: %s', async (url) => {
    const error = await parseDatabaseUrl(url).catch((e) => e);
    expect(error).toBeInstanceOf(ConfigError);
    expect(`${error.message} ${error.cause ?? ''}`).not.toContain('hidden');
  });

  test('error: a certificate that cannot be read', async () => {
    const url = 'postgres://me:pw@db.example/tally?sslrootcert=/nowhere.crt';
    await expect(parseDatabaseUrl(url)).rejects.toThrow(InputFileError);
  });
});

describe('TLS', () => {
  let postgres: TestPostgres;
  let urls: Urls;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    urls = await postgres.createDatabase();
  });
  afterAll(() => postgres.stop());

  const open = (query: string) => openStore({ url: `${urls.app}?${query}`, as: 'app' });
  const refusal = async (query: string) => {
    const error = await open(query).catch((e) => e);
    expect(error).toBeInstanceOf(StoreTlsError);
    return error.details.join(' ');
  };
  /** Restarts the server with TLS under a certificate; the key must be the server's own file. */
  const serve = async (certificate: string) => {
    const { dataDir, binaries } = postgres.options;
    const paths = [join(dataDir, 'server.crt'), join(dataDir, 'server.key')] as const;
    await copyFile(fixture(certificate), paths[0]);
    await copyFile(fixture('server.key'), paths[1]);
    await chmod(paths[1], 0o600);
    await give(binaries.account, ...paths);
    await postgres.kill();
    await postgres.restart({ ssl: 'on' });
  };

  test('error: a server without it', async () => {
    expect(await refusal('sslmode=verify-full')).toContain('no TLS');
  });

  test('a server that proves its name is spoken to in secret', async () => {
    await serve('here.crt');
    const store = await open(`sslmode=verify-full&sslrootcert=${authority}`);
    const sessions = await asServerAdmin(postgres, async (client) => {
      const text = `SELECT ssl, s.version FROM pg_stat_ssl s JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'tallystick app'`;
      return (await client.query(text)).rows;
    });
    expect(sessions).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
    await store.close();
    expect(await refusal('sslmode=verify-full')).toMatch(/UNABLE_TO|SELF_SIGNED/);
    expect(await refusal('sslmode=require')).toMatch(/UNABLE_TO|SELF_SIGNED/);
  });

  test('error: a certificate of another name', async () => {
    await serve('elsewhere.crt');
    expect(await refusal(`sslmode=verify-full&sslrootcert=${authority}`)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await refusal(`sslmode=require&sslrootcert=${authority}`)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});
