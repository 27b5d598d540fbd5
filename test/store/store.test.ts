import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  NameError,
  StoreAuthError,
  StoreBusyError,
  StoreConflictError,
  StoreConstraintError,
  StoreDamagedError,
  StoreForbiddenError,
  StoreFullError,
  StoreTimeoutError,
  StoreUnavailableError,
  StoreVersionError,
} from '../../src/errors.ts';
import { checkVersion, executeSql, openStore, type Store } from '../../src/store/store.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { addJob, addTenant, fillTables, hashOf, jobIdOf } from '../support/rows.ts';

let postgres: TestPostgres;
let shared: Store;
beforeAll(async () => {
  postgres = await startTestPostgres();
  shared = await postgres.createStore();
});
afterAll(() => postgres.stop());

describe('transaction', () => {
  test('keeps what an action did, in the types of the model', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    await store.transaction('alpha', (tx) => fillTables(tx, 'alpha', 5));
    await store.transaction('alpha', async (tx) => {
      const result = await tx.selectFrom('results').selectAll().executeTakeFirstOrThrow();
      expect(result).toMatchObject({ statement_id: hashOf(5), job_id: jobIdOf(5), signals: [1n, 2n ** 253n] });
      const sent = await tx.selectFrom('transactions').selectAll().executeTakeFirstOrThrow();
      expect(sent).toMatchObject({ max_fee_per_gas: 2n ** 70n, nonce: 0n, raw: Buffer.from('raw'), sent_at: null });
      const { count } = await tx
        .selectFrom('jobs')
        .select((eb) => eb.fn.countAll<bigint>().as('count'))
        .executeTakeFirstOrThrow();
      expect(count).toBe(1n);
    });
  });

  test('behavior: what an action throws takes everything back', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    const thrown = store.transaction('alpha', async (tx) => {
      await addJob(tx, 'alpha', 1);
      throw new RangeError('no');
    });
    await expect(thrown).rejects.toThrow(RangeError);
    expect(await store.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute())).toEqual([]);
  });

  test('behavior: the database notes when a job ends', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    const finished = () =>
      store.transaction('alpha', async (tx) => (await tx.selectFrom('jobs').selectAll().execute())[0]?.finished_at);
    const become = (state: 'leased' | 'done') =>
      store.transaction('alpha', (tx) => tx.updateTable('jobs').set({ state }).execute());
    await store.transaction('alpha', (tx) => addJob(tx, 'alpha', 1));
    await become('leased');
    expect(await finished()).toBeNull();
    await become('done');
    const at = await finished();
    expect(at).toBeInstanceOf(Date);
    await become('done');
    expect(await finished()).toEqual(at);
  });

  test('error: a tenant’s name that is none', async () => {
    const store = await postgres.createStore();
    const action = store.transaction("a'; reset role; --", async () => 1);
    await expect(action).rejects.toThrow(NameError);
  });

  test('error: a broken rule names the table and the rule, not the values', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    const add = () =>
      store.transaction('alpha', async (tx) => {
        const row = { tenant_id: 'alpha', salt_id: 'private-name', sealed: Buffer.from('x') };
        await tx.insertInto('salts').values(row).execute();
      });
    await add();
    const error = await add().catch((e) => e);
    expect(error).toBeInstanceOf(StoreConstraintError);
    expect(error.at).toBe('tally.salts');
    expect(error.details).toContain('constraint salts_pkey');
    expect(error.message).not.toContain('private-name');
    expect(error.cause).toBeUndefined();
  });
});

describe('what the database says', () => {
  test.each([
    ['57014', StoreTimeoutError, true],
    ['55P03', StoreTimeoutError, true],
    ['40001', StoreConflictError, true],
    ['53100', StoreFullError, true],
    ['53300', StoreBusyError, true],
    ['53200', StoreUnavailableError, true],
    ['57P01', StoreUnavailableError, true],
    ['58030', StoreUnavailableError, true],
    ['28P01', StoreAuthError, false],
    ['42501', StoreForbiddenError, false],
    ['XX001', StoreDamagedError, false],
    ['XX000', StoreConstraintError, false],
    ['22P02', StoreConstraintError, false],
  ])('SQLSTATE %s becomes a typed error without its text', async (state, expected, retryable) => {
    const text = `DO $$ BEGIN RAISE EXCEPTION 'a-private-value' USING ERRCODE = '${state}', DETAIL = 'a-private-value'; END $$`;
    const error = await executeSql(shared.db, text).catch((e) => e);
    expect(error).toBeInstanceOf(expected);
    expect(error.retryable).toBe(retryable);
    expect(error.details).toContain(`SQLSTATE ${state}`);
    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause ?? ''}`).not.toContain('a-private-value');
  });
});

describe('limits', () => {
  test('error: a statement that takes too long ends, and the connection is good again', async () => {
    const store = await postgres.createStore({ limits: { statementMs: 200, connectionsMax: 1 } });
    await expect(executeSql(store.db, 'SELECT pg_sleep(30)')).rejects.toThrow(StoreTimeoutError);
    expect((await executeSql(store.db, 'SELECT $1::int AS n', [7])).rows).toEqual([{ n: 7 }]);
  });

  test('error: a row that another transaction holds for too long', async () => {
    const store = await postgres.createStore({ limits: { lockMs: 100 } });
    await addTenant(store, 'alpha');
    const lock = () => store.transaction('alpha', (tx) => tx.updateTable('tenants').set({ kek_id: 'other' }).execute());
    await store.transaction('alpha', async (tx) => {
      await tx.updateTable('tenants').set({ kek_id: 'mine' }).execute();
      const error = await lock().catch((e) => e);
      expect(error).toBeInstanceOf(StoreTimeoutError);
      expect(error.retryable).toBe(true);
    });
    await lock();
  });

  test('error: of two transactions that wait for one another, one is told to try again', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    await store.transaction('alpha', async (tx) => {
      for (const number of [1, 2]) await addJob(tx, 'alpha', number);
    });
    const touch = (first: number, second: number, meet: () => Promise<void>) =>
      store.transaction('alpha', async (tx) => {
        for (const number of [first, second]) {
          await tx.updateTable('jobs').set({ priority: number }).where('job_id', '=', jobIdOf(number)).execute();
          await meet();
        }
      });
    let arrived = 0;
    let open: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    const meet = async () => {
      if (++arrived === 2) open();
      await both;
    };
    const outcomes = await Promise.allSettled([touch(1, 2, meet), touch(2, 1, meet)]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(StoreConflictError);
    expect(failures[0].retryable).toBe(true);
  });

  test('Q17 too many transactions at once are refused, not piled up', async () => {
    const store = await postgres.createStore({ limits: { connectionsMax: 1, waitingMax: 2, connectMs: 300 } });
    let release: () => void = () => undefined;
    const held = store.transaction('alpha', () => new Promise<void>((resolve) => (release = resolve)));
    const others = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.transaction('alpha', async () => 1)),
    );
    expect(others.every((each) => each.status === 'rejected' && each.reason instanceof StoreBusyError)).toBe(true);
    release();
    await held;
    expect(await store.transaction('alpha', async () => 1)).toBe(1);
  });

  test('Q17 a database that stalls is noticed in time, and what is done again is done once', async () => {
    const store = await postgres.createStore({ limits: { statementMs: 1_500, connectMs: 1_500, answerMs: 1_000 } });
    await addTenant(store, 'alpha');
    const accept = () =>
      store.transaction('alpha', async (tx) => {
        const row = { tenant_id: 'alpha', salt_id: 'once', sealed: Buffer.from('x') };
        await tx
          .insertInto('salts')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    postgres.stall();
    const started = Date.now();
    const failures = await Promise.all([accept().catch((e) => e), accept().catch((e) => e)]);
    const elapsed = Date.now() - started;
    postgres.resume();
    for (const failure of failures) expect(failure.retryable).toBe(true);
    expect(failures.some((failure) => failure instanceof StoreTimeoutError)).toBe(true);
    expect(elapsed).toBeLessThan(8_000);
    await accept();
    await accept();
    const rows = await store.transaction('alpha', (tx) => tx.selectFrom('salts').selectAll().execute());
    expect(rows).toHaveLength(1);
  });
});

describe('a database that ends', () => {
  test('error: a transaction in the middle of it is told so, and the store works when it is back', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    const cut = store.transaction('alpha', async (tx) => {
      await addJob(tx, 'alpha', 1);
      await postgres.kill();
      await addJob(tx, 'alpha', 2);
    });
    const error = await cut.catch((e) => e);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.retryable).toBe(true);
    await expect(store.transaction('alpha', async () => 1)).rejects.toThrow(StoreUnavailableError);
    await postgres.restart();
    const jobs = await store.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute());
    expect(jobs).toEqual([]);
  });
});

describe('a store that another closes', () => {
  test('error: whoever still asks it hears of a database that is away, before, during and after', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    const ask = () => store.transaction('alpha', (tx) => executeSql(tx, 'SELECT pg_sleep(0.05)')).catch((e) => e);
    const asked = Array.from({ length: 8 }, ask);
    await asked[0];
    const closed = store.close();
    asked.push(
      ...Array.from({ length: 10 }, ask),
      store.acrossTenants(async () => 1).catch((e) => e),
    );
    const answers = await Promise.all(asked);
    await closed;
    const refused = [...answers, await ask()].filter((answer) => answer instanceof Error);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ retryable: true });
    expect(refused.some((error) => error instanceof StoreUnavailableError)).toBe(true);
    await expect(executeSql(store.db, 'SELECT 1')).rejects.toThrow(StoreUnavailableError);
  });
});

describe('tryLock', () => {
  test('gives a lock to one at a time', async () => {
    const store = await postgres.createStore();
    const lock = await store.tryLock('outbox/1');
    expect(lock?.lost.aborted).toBe(false);
    expect(await store.tryLock('outbox/1')).toBeUndefined();
    const other = await store.tryLock('outbox/2');
    await lock?.release();
    expect(lock?.lost.aborted).toBe(false);
    const again = await store.tryLock('outbox/1');
    expect(again).toBeDefined();
    await Promise.all([other?.release(), again?.release()]);
  });

  test('behavior: its holder is told when the lock is lost', async () => {
    const store = await postgres.createStore();
    const lock = await store.tryLock('outbox/1');
    await postgres.kill();
    await expect.poll(() => lock?.lost.aborted).toBe(true);
    expect(lock?.lost.reason).toBeInstanceOf(StoreUnavailableError);
    await postgres.restart();
  });
});

describe('openStore', () => {
  test('error: a password, a user or a database that the server does not know', async () => {
    const { app } = await postgres.createDatabase();
    const open = (change: (url: URL) => void) => {
      const url = new URL(app);
      change(url);
      return openStore({ url: url.href, as: 'app' }).catch((e) => e);
    };
    const wrong = [
      await open((url) => {
        url.password = 'secret-of-mine';
      }),
      await open((url) => {
        url.username = 'nobody';
      }),
      await open((url) => {
        url.pathname = '/nothing';
      }),
    ];
    for (const error of wrong) {
      expect(error).toBeInstanceOf(StoreAuthError);
      expect(error.message).not.toContain('secret-of-mine');
    }
  });

  test('error: nobody listens', async () => {
    const url = 'postgres://someone:secret-of-mine@127.0.0.1:1/tally';
    const error = await openStore({ url, as: 'app' }).catch((e) => e);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.message).not.toContain('secret-of-mine');
  });

  test('error: a version that is too old', () => {
    expect(() => checkVersion(150_000)).not.toThrow();
    expect(() => checkVersion(149_999)).toThrow(StoreVersionError);
    expect(() => checkVersion(Number.NaN)).toThrow(StoreVersionError);
  });
});
