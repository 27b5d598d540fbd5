/**
 * @module Where a database is and how it proves who it is. Away from this machine nothing is sent before the server's
 * certificate has been checked against a known authority and its own name, whatever `sslmode` says: weaker modes give
 * the password to whoever answers.
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { ClientConfig } from 'pg';
import { ConfigError, StoreTlsError } from '../errors.ts';
import { readTextBounded } from '../files.ts';

/** What may stand after the question mark; anything else would be left out in silence. */
const knownParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host'] as const;
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const certificateBytesMax = 2 ** 20;

/**
 * Reads a `postgres://user:password@host:port/database` URL. A host that is an absolute path is a unix socket's folder.
 * @throws ConfigError when it is malformed, StoreTlsError when it asks for less than a verified connection, and
 * InputFileError when a certificate cannot be read. No error repeats the password.
 */
export async function parseDatabaseUrl(text: string): Promise<ClientConfig> {
  const url = parseUrl(text);
  const parameters = readParameters(url);
  const host = parameters.host ?? decode(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decode);
  if (!host || !user || !database) {
    throw new ConfigError('DATABASE_URL lacks a host, a user or a database', { remedy: usage });
  }
  const port = url.port === '' ? 5432 : Number(url.port);
  const ssl = await tlsOptions(host, parameters);
  return { host, port, user, database, ...(password ? { password } : {}), ssl: ssl ?? false };
}

const usage = 'write postgres://user:password@host:5432/database';

type Parameters = { readonly [name in (typeof knownParameters)[number]]?: string };

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'postgres:' || url.protocol === 'postgresql:')) return url;
  throw malformed();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed();
  }
}

function malformed(): ConfigError {
  return new ConfigError('DATABASE_URL is not the address of a Postgres database', { remedy: usage });
}

function readParameters(url: URL): Parameters {
  const entries = [...url.searchParams];
  const unknown = entries.find(([name]) => !(knownParameters as readonly string[]).includes(name));
  if (unknown) {
    const remedy = `known: ${knownParameters.join(', ')}`;
    throw new ConfigError(`DATABASE_URL has an unknown parameter "${unknown[0]}"`, { remedy });
  }
  const parameters: Parameters = Object.fromEntries(entries);
  if (parameters.sslmode !== undefined && !sslModes.includes(parameters.sslmode)) {
    throw new ConfigError('DATABASE_URL has an unknown sslmode', { remedy: `known: ${sslModes.join(', ')}` });
  }
  return parameters;
}

async function tlsOptions(host: string, parameters: Parameters): Promise<ConnectionOptions | undefined> {
  const { sslmode, sslrootcert, sslcert, sslkey } = parameters;
  const mayBeOpen = sslmode === undefined || ['disable', 'allow', 'prefer'].includes(sslmode);
  if (isThisMachine(host) && mayBeOpen) return undefined;
  if (sslmode === 'disable') {
    throw new StoreTlsError('sslmode=disable would send the password in the open', {
      at: host,
      remedy: 'leave sslmode away, or reach the database through a tunnel to this machine',
    });
  }
  const read = (path: string | undefined) => (path ? readTextBounded(path, certificateBytesMax) : undefined);
  const [ca, cert, key] = await Promise.all([read(sslrootcert), read(sslcert), read(sslkey)]);
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // The name that was asked for, also where it is an address: the driver's default would be this machine's.
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  };
}

function isThisMachine(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
