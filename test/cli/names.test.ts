/** The acceptance rows about names, folders and circuits, each driven through the program once. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';
import { addComputation } from '../support/sources.ts';

vi.setConfig(commandsTimeout);

let project: Project;
beforeEach(async () => {
  project = await createProject();
  return () => project.remove();
});

test('L38 a name that is none', async () => {
  await project.write('outside/computation.ts', 'process.exit(99);');
  for (const name of ['../outside', project.path('outside'), 'a'.repeat(300), 'ѕquare', 'Square']) {
    const { code, error } = await project.fail(['compile', name]);
    expect({ code, name: error.code }, name).toEqual({ code: 2, name: 'name' });
  }
  for (const words of [
    ['compile', 'square', '--size', '../default'],
    ['keys', 'dev', '../outside'],
  ]) {
    expect(await project.fail(words)).toMatchObject({ code: 2, error: { code: 'name' } });
  }
});

test('error: a computation or a size that is not there', async () => {
  const unknown = await project.fail(['compile', 'cube']);
  expect(unknown).toMatchObject({ code: 2, error: { code: 'computation' } });
  const size = await project.fail(['compile', 'square', '--size', 'huge']);
  expect(size).toMatchObject({ code: 2, error: { code: 'computation' } });
});

test('L39 a link that leads out of the circuits folder', async () => {
  await project.write('outside/computation.ts', 'process.exit(99);');
  await mkdir(project.path('circuits', 'linked'));
  await symlink(project.path('outside', 'computation.ts'), project.path('circuits', 'linked', 'computation.ts'));
  expect(await project.fail(['compile', 'linked'])).toMatchObject({ code: 4, error: { code: 'artifact_escape' } });

  await rename(project.path('circuits', 'square', 'Square.circom'), project.path('outside', 'Square.circom'));
  await symlink(project.path('outside', 'Square.circom'), project.path('circuits', 'square', 'Square.circom'));
  expect(await project.fail(['compile', 'square'])).toMatchObject({ code: 4, error: { code: 'artifact_escape' } });
});

test('L41 an include that leaves the roots', async () => {
  await project.write('secret.circom', 'template Secret() {}');
  for (const include of ['../../secret.circom', project.path('secret.circom'), 'absent.circom']) {
    const body = 'signal square <== x * x;';
    await addComputation(project, { name: 'curious', template: 'Curious', body, includes: [include] });
    expect(await project.fail(['compile', 'curious']), include).toMatchObject({ code: 2, error: { code: 'include' } });
  }
});

test('L42 a circuit that makes the compiler explode', async () => {
  const functions = 'template Deep(n) { signal input in; signal output out; out <== Deep(n + 1)(in); }';
  const body = 'signal deep <== Deep(0)(x);';
  await addComputation(project, { name: 'explosive', template: 'Explosive', body, functions });
  expect(await project.fail(['compile', 'explosive'])).toMatchObject({ code: 5, error: { code: 'compiler_limit' } });
  expect((await readdir(project.path('.tally', 'cache', 'circuits'))).join()).not.toContain('explosive');
});

test('L43 Q4 a witness calculator that never ends is ended at the deadline', async () => {
  const signals = { x: "{ type: 'uint', max: 2n ** 200n }" };
  const body = '// HINT: pinned by the equation below.\n    signal last <-- countTo(x);\n    last === x;';
  const functions =
    'function countTo(end) {\n    var i = 0;\n    while (i < end) {\n        i++;\n    }\n    return i;\n}\n';
  await addComputation(project, { name: 'endless', template: 'Endless', signals, body, functions });
  const secret = `${2n ** 150n}`;
  await project.write('input.json', { context: 1, x: secret });
  await project.json(['keys', 'dev', 'endless']);
  await project.write('tally.config.ts', 'export default { prover: { deadlineMs: 2000 } };');
  const { code, error, ms, stderr } = await project.fail(['prove', 'endless', 'input.json']);
  expect({ code, name: error.code }).toEqual({ code: 5, name: 'deadline' });
  expect(stderr).not.toContain(secret);
  expect(ms).toBeGreaterThan(2_000);
  // The rest is the start of the program and of its worker, on a machine that does other things as well.
  expect(ms).toBeLessThan(40_000);
  expect(existsSync(project.path('proof.json'))).toBe(false);
});

test('compile without a name compiles all; what is there is taken from the cache', async () => {
  await rm(project.path('circuits', 'netting'), { recursive: true });
  await rm(project.path('circuits', 'disclosure'), { recursive: true });
  await addComputation(project, { name: 'product', template: 'Product', body: 'signal square <== x * x;' });
  const circuits = await project.json(['compile']);
  expect(circuits.map(({ name }) => name)).toEqual(['product', 'square']);
  for (const { r1cs } of circuits) expect(existsSync((r1cs as { path: string }).path)).toBe(true);
  expect(await project.json(['compile'])).toEqual(circuits);
});
