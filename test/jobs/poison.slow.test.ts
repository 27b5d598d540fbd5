import { afterAll, beforeAll, expect, test } from 'vitest';
import { countsOf, historiesOf, type JobsWorld, smallLine, startJobsWorld, workUntil } from '../support/jobs.ts';
import { engineAt } from '../support/small.ts';

const jobs = 400;
/** The witness with this number ends the thread that proves it. */
const poison = 0xbad_f00d;
const lossMax = 0.1;

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

/** Processor time that a run's jobs take together, whatever else the machine does meanwhile. */
async function processorMs(runId: string): Promise<number> {
  const before = process.cpuUsage();
  const isOver = async () => {
    const { pending, leased } = await countsOf(world, runId);
    return pending + leased === 0;
  };
  await workUntil(world, isOver, {
    prover: { threads: 1, deadlineMs: 60_000, engine: engineAt('poisoned').pathname },
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test(`Q12 a poison job among ${jobs} is quarantined, and the others keep nine tenths of their rate`, async () => {
  const lines = (first: number) => Array.from({ length: jobs }, (_, i) => smallLine(first + i));
  const warm = [smallLine(1)];
  await world.start('warm', warm);
  await processorMs('warm');

  await world.start('sound', lines(10_000));
  const without = await processorMs('sound');
  const [first, ...rest] = lines(20_000);
  await world.start('poisoned', [first as object, smallLine(poison, 'poison'), ...rest]);
  const among = await processorMs('poisoned');

  expect(await countsOf(world, 'poisoned')).toMatchObject({ done: jobs, dead: 1 });
  const dead = (await historiesOf(world, 'poisoned')).filter(({ job }) => job.state === 'dead');
  expect(dead.map(({ asked }) => asked[0]?.caller_key)).toEqual(['poison']);
  expect(dead[0]?.attempts.map(({ state, error_code }) => [state, error_code])).toEqual(
    new Array(3).fill(['failed', 'worker_lost']),
  );
  process.stdout.write(`processor ms: ${without.toFixed(0)} without the poison, ${among.toFixed(0)} with it\n`);
  expect(without / among).toBeGreaterThan(1 - lossMax);
});
