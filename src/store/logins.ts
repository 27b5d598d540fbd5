/**
 * @module Who logs in to the embedded server, and with what. The first login sets up and is used for nothing else; the
 * app's owns the database without any right beyond it; the worker's has its role's rights only.
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Json } from '../model/Json.ts';
import { storeFailure } from './failure.ts';
import { adminName } from './postgres.ts';
import { ensureRoles, roleName } from './roles.ts';

/** One for each login, in hex digits. */
export type Passwords = { readonly admin: string; readonly app: string; readonly worker: string };

/** Addresses with passwords: `app` owns the schema and may migrate it, `worker` may do what workers do. */
export type Urls = { readonly app: string; readonly worker: string };

/** The login of a role, which has its rights through the role. */
const logins = { app: 'tally_app_login', worker: 'tally_worker_login' } as const;

const passwordBytes = 24;
const probeTimeoutMs = 10_000;

/** New passwords from the operating system's randomness. */
export function drawPasswords(): Passwords {
  const draw = () => randomBytes(passwordBytes).toString('hex');
  return { admin: draw(), app: draw(), worker: draw() };
}

/** Whether a parsed file holds passwords that this program drew. */
export function isPasswords(json: unknown): json is Passwords {
  if (!Json.isObject(json)) return false;
  return ['admin', 'app', 'worker'].every((name) => /^[0-9a-f]{48}$/.test(String(json[name])));
}

/** The addresses of a database of the embedded server. */
export function urlsOf(port: number, passwords: Passwords, database: string): Urls {
  const url = (role: keyof Urls) => `postgres://${logins[role]}:${passwords[role]}@127.0.0.1:${port}/${database}`;
  return { app: url('app'), worker: url('worker') };
}

/**
 * Makes logins and a database where they are missing: an earlier start may have been cut short anywhere.
 * @throws StoreUnavailableError, StoreAuthError
 */
export async function prepareDatabase(port: number, passwords: Passwords, database: string): Promise<void> {
  await asAdmin(port, passwords.admin, async (client) => {
    await ensureRoles(client);
    for (const role of ['app', 'worker'] as const) await prepareLogin(client, role, passwords[role]);
    await client.query(`GRANT ${roleName('operator')}, ${roleName('worker')} TO ${logins.app}`);
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER ${logins.app}`);
    await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${logins.worker}`);
  }).catch((error) => {
    throw storeFailure(error);
  });
}

/** Runs an action as the first login, on a connection of its own. */
export async function asAdmin<T>(port: number, password: string, action: (client: Client) => Promise<T>): Promise<T> {
  const limits = { connectionTimeoutMillis: probeTimeoutMs, query_timeout: probeTimeoutMs };
  const place = { host: '127.0.0.1', port, user: adminName, database: 'postgres' };
  const client = new Client({ ...place, password, ssl: false, ...limits });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await action(client);
  } finally {
    // The answer does not matter, and a lost connection gives none.
    client.end().catch(() => undefined);
  }
}

async function prepareLogin(client: Client, role: keyof Urls, password: string): Promise<void> {
  const login = logins[role];
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login]);
  if (known.rowCount === 0) await client.query(`CREATE ROLE ${login} LOGIN`);
  // Hex digits need no quoting.
  await client.query(`ALTER ROLE ${login} PASSWORD '${password}'`);
  await client.query(`GRANT ${roleName(role)} TO ${login}`);
}
