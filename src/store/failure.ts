/**
 * @module What Postgres and its driver say, as errors of ours. Their texts may quote rows, so nothing of them is passed
 * on but what names a place: the SQLSTATE, a table, a constraint, a damaged page.
 */
import {
  StoreAuthError,
  StoreBusyError,
  StoreConflictError,
  StoreConstraintError,
  StoreDamagedError,
  StoreForbiddenError,
  StoreFullError,
  StoreTimeoutError,
  StoreTlsError,
  StoreUnavailableError,
  TallyError,
} from '../errors.ts';

/** What the driver adds to an error. */
type Reported = Error & {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly routine?: string;
};

const tlsCode =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;
const systemCode = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ENOENT|EACCES)/;
const lostText = /Connection terminated|Client has encountered a connection error|server conn crashed|socket hang up/;

/** An error of ours for what came out of a query or a connection. */
export function storeFailure(error: unknown): Error {
  if (error instanceof TallyError || !(error instanceof Error)) return error as Error;
  const { code = '', message } = error as Reported;
  if (/^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE') return fromState(error as Reported, code);
  if (tlsCode.test(code) || message.includes('does not support SSL')) {
    return new StoreTlsError('the database does not prove who it is', {
      details: [code || 'the server offers no TLS'],
      remedy: 'name its certificate authority with sslrootcert in DATABASE_URL',
    });
  }
  if (/timeout/i.test(message)) return timedOut(message);
  if (systemCode.test(code) || lostText.test(message)) {
    return new StoreUnavailableError('the database cannot be reached', { details: code ? [code] : [] });
  }
  return error;
}

/** What Kysely and pg say to who asks a store that another has closed. */
const closedText = /^(driver has already been destroyed|Cannot use a pool after calling end on the pool)$/;

/** Whoever shares a store that another closes hears of a database that is away, and may ask a new one. */
export async function whileOpen<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof Error && closedText.test(cause.message))) throw cause;
    throw new StoreUnavailableError('the connection to the database was closed', { cause });
  }
}

/** Whether a connection that failed so may be used again. */
export function isReusable(failure: Error): boolean {
  const lost = failure instanceof StoreUnavailableError || failure instanceof StoreTlsError;
  return !lost && !(failure instanceof StoreTimeoutError && failure.details.includes(noAnswer));
}

/** Out of resources, connection lost, operator at work, the system beneath fails. */
const awayKinds = ['53', '08', '57', '58'];
const noAnswer = 'no answer came in time';

function timedOut(message: string): Error {
  // The driver gives one text to two cases: no connection is free, and none can be made.
  if (message === 'timeout exceeded when trying to connect') {
    return new StoreBusyError('no connection to the database became free in time');
  }
  if (message.startsWith('Connection terminated')) {
    return new StoreUnavailableError('the database did not take a connection in time');
  }
  return new StoreTimeoutError('the database stalls', { details: [noAnswer] });
}

function fromState(error: Reported, state: string): Error {
  const { schema, table, constraint } = error;
  const place = table === undefined ? undefined : [schema, table].filter(Boolean).join('.');
  const facts = { at: place, details: [`SQLSTATE ${state}`, ...(constraint ? [`constraint ${constraint}`] : [])] };
  const kind = state.slice(0, 2);
  if (state === '57014') return new StoreTimeoutError('a statement took longer than it may', facts);
  if (state === '55P03') return new StoreTimeoutError('a lock in the database was not given in time', facts);
  if (state === '25P03' || state === '25P04') return new StoreTimeoutError('a transaction took too long', facts);
  if (state === '40001' || state === '40P01') return new StoreConflictError('two transactions met', facts);
  if (state === '53100') return new StoreFullError('the disk of the database is full', facts);
  if (state === '53300') return new StoreBusyError('the database takes no more connections', facts);
  if (awayKinds.includes(kind)) return new StoreUnavailableError('the database is away', facts);
  if (kind === '28') return new StoreAuthError('the database does not know this user or its password', facts);
  if (state === '42501') return new StoreForbiddenError('the database refuses what this role asks', facts);
  if (state === 'XX001' || state === 'XX002') return damaged(error, facts.details);
  if (kind === '23') return new StoreConstraintError('rows contradict a rule of the schema', facts);
  if (state === '3D000') return new StoreAuthError('there is no such database on this server', facts);
  return new StoreConstraintError('the database does not accept a statement', facts);
}

function damaged({ message }: Reported, details: readonly string[]): StoreDamagedError {
  // Of a broken page Postgres names the block and the file, nothing else.
  const page = /invalid page in block \d+ of relation "?[\w/.]+"?/.exec(message)?.[0];
  return new StoreDamagedError('the database is damaged', {
    details: [...(page ? [page] : []), ...details],
    remedy: 'stop, and restore the database from a backup',
  });
}
