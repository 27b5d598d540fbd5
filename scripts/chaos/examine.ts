/** @module After the kills: what was acknowledged is compared with what there is, in the database and on the chain. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Json } from '../../src/model/Json.ts';
import { openChain } from '../../src/steps/openChain.ts';
import { type JobsSession, withJobs } from '../../src/steps/openJobs.ts';
import { records } from '../../src/steps/records.ts';
import { runStatus } from '../../src/steps/runStatus.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { executeSql } from '../../src/store/store.ts';
import { linesPerRun, type World } from './world.ts';

export type Findings = {
  readonly runs: number;
  readonly jobs: number;
  readonly records: number;
  readonly attempts: object;
  readonly transactions: object;
  readonly wrong: readonly string[];
};

type Row = Readonly<Record<string, unknown>>;
type Query = (text: string) => Promise<readonly Row[]>;

/** Leases of the last victims have to lapse first. */
const settleMs = 300_000;
const finalMs = 120_000;

/** Lets workers and who records finish in peace. */
export async function settle(world: World, toolbox: Toolbox): Promise<Findings> {
  const worker = world.startWorker();
  const exited = once(worker, 'exit');
  try {
    return await withJobs(toolbox, async (session) => {
      const end = Date.now() + settleMs;
      while (Date.now() < end && (await openJobs(session)) > 0) await sleep(1_000);
      while (Date.now() < end && (await world.submitNext()) !== 'nothing');
      await makeFinal(toolbox);
      return examine(session, world.acknowledged, toolbox);
    });
  } finally {
    worker.kill('SIGTERM');
    await exited;
  }
}

/** Blocks come only with transactions here, and what was sent is final below a number of them. */
async function makeFinal(toolbox: Toolbox): Promise<void> {
  const { chain, outbox, close } = await openChain(toolbox);
  try {
    const { client } = chain;
    await client.request({
      method: 'anvil_mine',
      params: [`0x${(toolbox.config.chain.finality ?? 1).toString(16)}`],
    } as never);
    await outbox.settled(finalMs);
  } finally {
    await close();
  }
}

async function openJobs({ store, tenant }: JobsSession): Promise<number> {
  const rows = await store.transaction(tenant, (tx) =>
    tx.selectFrom('jobs').select('job_id').where('state', 'in', ['pending', 'leased']).execute(),
  );
  return rows.length;
}

async function examine(session: JobsSession, acknowledged: readonly string[], toolbox: Toolbox): Promise<Findings> {
  const { store, tenant, journal, signer } = session;
  const query: Query = async (text) => {
    const { rows } = await store.transaction(tenant, (tx) => executeSql(tx, text));
    return rows as readonly Row[];
  };
  const wrong: string[] = [];
  let jobs = 0;
  for (const runId of acknowledged) {
    const { counts } = (await runStatus(session, runId))[0] as NonNullable<Awaited<ReturnType<typeof runStatus>>[0]>;
    jobs += counts.jobs;
    if (counts.ids !== linesPerRun || counts.done !== counts.jobs) wrong.push(`${runId}: ${Json.stringify(counts)}`);
  }
  wrong.push(...(await examineJobs(query)));
  const recorded = await records(toolbox);
  wrong.push(...(await examineRecords(query, recorded)), ...(await examineOutbox(query)));
  await store
    .transaction(tenant, (tx) => verifyJournal(tx, { journal, key: signer.key }))
    .catch((error: Error) => wrong.push(error.message));
  return {
    ...{ runs: acknowledged.length, jobs, records: recorded.length },
    attempts: await countStates(query, 'attempts'),
    transactions: await countStates(query, 'outbox'),
    wrong,
  };
}

/** Each job has one accepted result and one entry in the journal, and the queue is empty. */
async function examineJobs(query: Query): Promise<readonly string[]> {
  const doubled = await query(`SELECT job_id FROM attempts WHERE state = 'done' GROUP BY job_id HAVING count(*) > 1`);
  const without = await query(
    `SELECT job_id FROM jobs j WHERE NOT EXISTS (SELECT FROM results r WHERE r.statement_id = j.statement_id)`,
  );
  const told = await query(
    `SELECT r.statement_id, count(e.idx) AS entries FROM results r
     LEFT JOIN entries e ON e.subject = 'statement/' || r.statement_id AND e.kind = 'job.proven'
     GROUP BY r.statement_id HAVING count(e.idx) <> 1`,
  );
  const left = await query(`SELECT state FROM pgboss.job WHERE state IN ('created', 'retry', 'active')`);
  return [
    ...doubled.map(({ job_id }) => `job ${job_id} was accepted twice`),
    ...without.map(({ job_id }) => `job ${job_id} has no result`),
    ...told.map(({ statement_id, entries }) => `${statement_id} has ${entries} entries in the journal`),
    ...(left.length > 0 ? [`${left.length} deliveries are left in the queue`] : []),
  ];
}

/** Each result is one record, and there is no other. */
async function examineRecords(
  query: Query,
  recorded: readonly { readonly statementId: string }[],
): Promise<readonly string[]> {
  const times = new Map<string, number>();
  for (const { statementId } of recorded) times.set(statementId, (times.get(statementId) ?? 0) + 1);
  const proven = new Set((await query('SELECT statement_id FROM results')).map((row) => String(row.statement_id)));
  return [
    ...[...proven].filter((id) => times.get(id) !== 1).map((id) => `${id} has ${times.get(id) ?? 0} records`),
    ...[...times.keys()].filter((id) => !proven.has(id)).map((id) => `${id} is recorded and was never proven`),
  ];
}

/** Everything that was sent is final, and its nonces have no gap. */
async function examineOutbox(query: Query): Promise<readonly string[]> {
  const open = await query(`SELECT what, state FROM outbox WHERE state NOT IN ('final', 'replaced')`);
  const gaps = await query(
    `SELECT nonce FROM (SELECT nonce, lag(nonce, 1, -1::bigint) OVER (ORDER BY nonce) AS before
       FROM outbox WHERE nonce IS NOT NULL AND state <> 'replaced') AS numbered
     WHERE nonce <> before + 1`,
  );
  return [
    ...open.map(({ what, state }) => `${what} is ${state}`),
    ...gaps.map(({ nonce }) => `the transaction before nonce ${nonce} is missing`),
  ];
}

async function countStates(query: Query, table: 'attempts' | 'outbox'): Promise<object> {
  const states = await query(`SELECT state, count(*) AS count FROM ${table} GROUP BY state`);
  return Object.fromEntries(states.map(({ state, count }) => [state, count]));
}
