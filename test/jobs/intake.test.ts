import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BudgetError, JobsFullError, RunConflictError } from '../../src/errors.ts';
import { findEntries } from '../../src/journal/prove.ts';
import { Json } from '../../src/model/Json.ts';
import { countsOf, historiesOf, type JobsWorld, smallLine, startJobsWorld } from '../support/jobs.ts';

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

const jobs = { openMax: 1_000, perDay: undefined, attemptsMax: 3 };
const idsOf = async (runId: string) => (await historiesOf(world, runId)).map(({ job }) => job.job_id);
const readErrors = async (path: string | undefined) =>
  (await readFile(path as string, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => Json.parse(line) as Record<string, unknown>);

describe('startRun', () => {
  test('default', async () => {
    const started = await world.start('plain', [smallLine(1), smallLine(2)]);
    expect(started).toMatchObject({ runId: 'plain', taken: 2, added: 2, refused: 0, errors: undefined });
    expect(await countsOf(world, 'plain')).toMatchObject({ ids: 2, jobs: 2, pending: 2 });
    const [first] = await historiesOf(world, 'plain');
    expect(first).toMatchObject({ hasInput: true, attempts: [], asked: [{ caller_key: 'job-1', line: 1 }] });
  });

  test('behavior: what is stored of an input is sealed, and each new job is in the journal', async () => {
    const secret = 987_654_321_987;
    await world.start('sealed', [smallLine(secret)]);
    const [jobId] = await idsOf('sealed');
    const { session } = world;
    await session.store.transaction(session.tenant, async (tx) => {
      const row = await tx
        .selectFrom('jobs')
        .selectAll()
        .where('job_id', '=', jobId as string)
        .executeTakeFirstOrThrow();
      expect(row.sealed_input?.toString('latin1')).not.toContain(String(secret));
      const entries = await findEntries(tx, session.journal.origin, `job/0x${jobId}`);
      expect(entries.map(({ event }) => event.kind)).toEqual(['job.accepted']);
    });
  });

  test('Q9 the same id with the same input is the same job, with another input it is refused', async () => {
    await world.start('nine', [smallLine(11, 'a')]);
    const again = await world.start('nine', [smallLine(11, 'a')]);
    expect(again).toMatchObject({ taken: 1, added: 0, refused: 0 });
    expect(await idsOf('nine')).toHaveLength(1);
    const other = await world.start('nine', [smallLine(12, 'a'), smallLine(13, 'b'), smallLine(14, 'b')]);
    expect(other).toMatchObject({ taken: 1, added: 1, refused: 2 });
    const errors = await readErrors(other.errors);
    expect(errors.map(({ line, id, code }) => [line, id, code])).toEqual([
      [1, 'a', 'job_conflict'],
      [3, 'b', 'job_conflict'],
    ]);
    expect(await countsOf(world, 'nine')).toMatchObject({ ids: 2, jobs: 2 });
  });

  test('Q10 the same input under another id, or in another run, is one job', async () => {
    await world.start('ten', [smallLine(21, 'a'), smallLine(21, 'b')]);
    await world.start('ten-more', [smallLine(21, 'c')]);
    const ids = [...(await idsOf('ten')), ...(await idsOf('ten-more'))];
    expect(new Set(ids).size).toBe(1);
    expect(await countsOf(world, 'ten')).toMatchObject({ ids: 2, jobs: 1 });
  });

  test('error: each line that is no input is named with its error, and the others are taken in', async () => {
    const valid = smallLine(31);
    const lines = [
      valid,
      '{"id":"x"}',
      '{nonsense',
      '["id"]',
      '\uFEFF{}',
      Json.stringify({ ...smallLine(32), id: '' }),
      Json.stringify({ id: 'early', input: { ...valid.input, x: -1 } }),
      Json.stringify({ id: 'short', input: { context: 1 } }),
      `{"id":"deep","input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '',
      smallLine(33),
    ];
    const started = await world.start('mixed', lines);
    expect(started).toMatchObject({ taken: 2, refused: 8 });
    const errors = await readErrors(started.errors);
    expect(errors.map(({ line, code }) => [line, code])).toEqual([
      [2, 'input_type'],
      [3, 'json'],
      [4, 'input_type'],
      [5, 'json'],
      [6, 'input_type'],
      [7, 'input_range'],
      [8, 'input_missing'],
      [9, 'json'],
    ]);
    expect(errors[5]).toMatchObject({ id: 'early', at: 'x' });
  });

  test('Q11 a full queue refuses, keeps what it has, and takes the rest when there is room', async () => {
    const { pending, leased } = await everything();
    const openMax = pending + leased + 250;
    const lines = Array.from({ length: 300 }, (_, i) => smallLine(1_000 + i));
    await expect(world.start('full', lines, { config: { jobs: { ...jobs, openMax } } })).rejects.toThrow(JobsFullError);
    expect(await countsOf(world, 'full')).toMatchObject({ jobs: 250 });
    const again = await world.start('full', lines, { config: { jobs: { ...jobs, openMax: openMax + 50 } } });
    expect(again).toMatchObject({ taken: 300, added: 50 });
    expect(await countsOf(world, 'full')).toMatchObject({ jobs: 300 });
  });

  test('Q11 a budget that is used up says until when, and nothing of the batch is taken', async () => {
    const limited = { config: { jobs: { ...jobs, perDay: 3 } } };
    await world.start('thrift', [smallLine(2_001), smallLine(2_002)], limited);
    const error = await world.start('thrift', [smallLine(2_003), smallLine(2_004)], limited).catch((error) => error);
    expect(error).toBeInstanceOf(BudgetError);
    expect(error.details[0]).toMatch(/until \d{4}-\d\d-\d\dT00:00:00.000Z/);
    expect(await countsOf(world, 'thrift')).toMatchObject({ jobs: 2 });
    // What is there already costs nothing.
    await world.start('thrift', [smallLine(2_001), smallLine(2_003)], limited);
    expect(await countsOf(world, 'thrift')).toMatchObject({ jobs: 3 });
  });

  test('error: a name that stands for another program', async () => {
    await world.start('taken', [smallLine(41)]);
    await expect(world.start('taken', [smallLine(42)], { size: 'twin' })).rejects.toThrow(RunConflictError);
  });
});

async function everything() {
  const { session } = world;
  const rows = await session.store.transaction(session.tenant, (tx) => tx.selectFrom('jobs').select('state').execute());
  const of = (state: string) => rows.filter((row) => row.state === state).length;
  return { pending: of('pending'), leased: of('leased') };
}
