import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exitCodes.ts';
import {
  type BatchIncompleteError,
  CancelledError,
  DeadlineError,
  SelfCheckError,
  type TallyError,
  UnsatisfiedError,
} from '../../src/errors.ts';
import { type Prepared, prepare } from '../../src/steps/prepare.ts';
import { type PurposedJob, prove, requireAll } from '../../src/steps/prove.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { createProject, type Project } from '../support/project.ts';
import { makeToolbox } from '../support/toolbox.ts';

let project: Project;
let toolbox: Toolbox;
let square: Prepared;
beforeAll(async () => {
  project = await createProject();
  toolbox = await makeToolbox(project);
  square = await prepare(toolbox, { name: 'square' });
});
afterAll(() => project.remove());

const job = (x: bigint, y = x * x): PurposedJob => ({
  id: `${x}`,
  circuit: square.circuit,
  keys: square.keys,
  purpose: undefined,
  input: { context: 1n, y, x },
});
const folder = () => join(project.data, 'proofs');

describe('prove', () => {
  test('default: in the order of the jobs, each kept on disk, and not made again', async () => {
    const jobs = [5n, 3n, 4n].map((x) => job(x));
    const first = await prove(toolbox, jobs);
    expect(first).toMatchObject({ failed: [], found: 0, proofs: [{ id: '5' }, { id: '3' }, { id: '4' }] });
    expect((await readdir(folder())).length).toBe(3);
    const again = await prove(toolbox, jobs);
    expect(again.found).toBe(3);
    expect(again.proofs.map(({ proof }) => proof)).toEqual(first.proofs.map(({ proof }) => proof));
    expect(await prove(toolbox, [])).toMatchObject({ proofs: [], failed: [] });
  });

  test('behavior: a kept proof that is damaged is made again, and so is one of another statement', async () => {
    await prove(toolbox, [job(6n), job(7n)]);
    const names = await readdir(folder());
    const texts = await Promise.all(names.map((name) => readFile(join(folder(), name), 'utf8')));
    const at = (x: bigint) => join(folder(), names[texts.findIndex((text) => text.includes(`"${x * x}"`))] as string);
    const seven = await readFile(at(7n), 'utf8');
    await writeFile(at(6n), seven);
    await writeFile(at(7n), seven.slice(0, -20));
    const batch = await prove(toolbox, [job(6n), job(7n)]);
    expect(batch.found).toBe(0);
    expect(batch.proofs.map(({ signals }) => signals)).toEqual([
      [1n, 36n],
      [1n, 49n],
    ]);
    expect((await prove(toolbox, [job(6n), job(7n)])).found).toBe(2);
  });

  test('behavior: what fails is a dead letter, and the others go on', async () => {
    const batch = await prove(toolbox, [job(8n), job(9n, 80n), job(10n)]);
    expect(batch.proofs.map(({ id }) => id)).toEqual(['8', '10']);
    expect(batch.failed).toMatchObject([{ id: '9', error: { code: 'unsatisfied' } }]);
    expect(() => requireAll(batch)).toThrow('1 of 3 jobs failed');
    expect(() => requireAll({ ...batch, proofs: [] })).toThrow(batch.failed[0]?.error);
  });

  test('behavior: a batch that is incomplete answers with the worst of its causes', async () => {
    const batch = await prove(toolbox, [job(8n)]);
    const exitOf = (...errors: TallyError[]) => {
      try {
        return requireAll({ ...batch, failed: errors.map((error, i) => ({ id: `${i}`, error })) });
      } catch (error) {
        return (error as BatchIncompleteError).exitCode;
      }
    };
    const [late, wrong] = [new DeadlineError('late'), new UnsatisfiedError('false')];
    expect([exitOf(late, late), exitOf(wrong), exitOf(wrong, late)]).toEqual([5, 3, 5]);
    expect(exitOf(late, new SelfCheckError('defect'), wrong)).toBe(70);
    const stored = ['unsatisfied', 'deadline', 'worker_failed', 'batch_incomplete', 'of another version'];
    expect(stored.map(exitCodeOf)).toEqual([3, 5, 70, 3, 70]);
  });

  test('Q8 error: cancelled before it starts', async () => {
    const cancelled = { ...toolbox, signal: AbortSignal.abort() };
    await expect(prove(cancelled, [job(11n), job(12n)])).rejects.toThrow(CancelledError);
  });
});
