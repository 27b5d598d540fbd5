import { Client, type ClientConfig } from 'pg';
import { StoreUnavailableError } from '../errors.ts';
import { storeFailure } from './failure.ts';

/** One owner at a time over all processes and machines that share a database. */
export type NamedLock = {
  /** Aborted when the connection is lost and with it the lock: whoever acts under it must stop. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
};

/** How often the connection is asked for a sign of life, so that a silent loss is noticed. */
const beatMs = 5_000;

/**
 * Takes an advisory lock on a connection of its own: the database gives it to another as soon as this connection ends,
 * however it ends. Nothing when someone has it.
 * @param name what is locked, such as `outbox/31337/0x…`; hashed to the number that Postgres locks
 * @throws StoreUnavailableError and what else a connection may fail with
 */
export async function holdNamed(config: ClientConfig, name: string): Promise<NamedLock | undefined> {
  const client = new Client(config);
  const lost = new AbortController();
  const lose = () => lost.abort(new StoreUnavailableError('the lock was lost with its connection', { at: name }));
  client.on('error', lose);
  try {
    await client.connect();
    const { rows } = await client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [name],
    );
    if (!rows[0]?.taken) {
      await client.end();
      return undefined;
    }
  } catch (error) {
    client.end().catch(() => undefined);
    throw storeFailure(error);
  }
  client.on('end', lose);
  const beat = setInterval(() => void client.query('SELECT 1').catch(lose), beatMs);
  beat.unref();
  const release = async () => {
    clearInterval(beat);
    client.off('end', lose);
    await client.end().catch(() => undefined);
  };
  return { lost: lost.signal, release };
}
