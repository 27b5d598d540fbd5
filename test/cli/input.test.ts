/** The acceptance rows about what a person hands in, each driven through the program once. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';
import { addComputation } from '../support/sources.ts';

vi.setConfig(commandsTimeout);

/** Stands for a private value: no output may hold it. */
const secret = '918273645546372819';
/** Generous, for a loaded machine; alone, each of these takes about a second. */
const deadlineMs = 60_000;

let project: Project;
let files = 0;
beforeAll(async () => {
  project = await createProject();
});
afterAll(() => project.remove());

/** Proves `square` with an input that must be refused: exit 2, no private value, no proof. */
async function refuse(content: unknown, code: string) {
  const name = `input-${++files}.json`;
  return refuseFile(await project.write(name, content), code);
}

async function refuseFile(path: string, code: string, computation = 'square') {
  const size = computation === 'disclosure' ? ['--size', 'tiny'] : [];
  const failed = await project.fail(['prove', computation, path, ...size]);
  expect({ exit: failed.code, code: failed.error.code }).toEqual({ exit: 2, code });
  expect(failed.stderr).not.toContain(secret);
  expect(failed.stderr).not.toContain(BigInt(secret).toString(16));
  expect(existsSync(project.path('proof.json'))).toBe(false);
  expect(failed.ms).toBeLessThan(deadlineMs);
  return failed.error;
}

const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

test('L24 an input of the field’s order or more is refused with the signal’s path', async () => {
  expect(await refuse({ context: 1, x: secret, y: `${r}` }, 'input_range')).toMatchObject({ at: 'y' });
  expect(await refuse({ context: `${r + BigInt(secret)}`, x: 1 }, 'input_range')).toMatchObject({ at: 'context' });
});

test('L25 a negative input where the schema is unsigned', async () => {
  expect(await refuse({ context: 1, x: `-${secret}` }, 'input_range')).toMatchObject({ at: 'x' });
});

test('L26 a JSON number that is no exact integer', async () => {
  for (const x of [secret, '0.5', '1e21']) {
    expect(await refuse(`{"context": 1, "x": ${x}}`, 'input_precision'), x).toMatchObject({ at: 'x' });
  }
});

test('L27 a notation other than plain decimal', async () => {
  for (const x of ['0x1f', `+${secret}`, `${secret}_0`, '٣']) {
    expect(await refuse({ context: 1, x }, 'input_type'), x).toMatchObject({ at: 'x' });
  }
});

test('L28 a value of another type', async () => {
  for (const x of ['', null, {}]) await refuse({ context: 1, x }, 'input_type');
});

test('L29 an array for a scalar, a flattened matrix', async () => {
  expect(await refuse({ context: 1, x: [secret] }, 'input_shape')).toMatchObject({ at: 'x' });
  const path = await project.write('flat.json', { context: 1, positions: secret, salt: 1 });
  expect(await refuseFile(path, 'input_shape', 'disclosure')).toMatchObject({ at: 'positions' });
});

test('L30 a missing signal is named', async () => {
  const error = await refuse({ context: 1 }, 'input_missing');
  expect(error).toMatchObject({ at: 'x', message: 'signal x is missing' });
});

test('L31 an extra signal is named', async () => {
  expect(await refuse({ context: 1, x: secret, z: secret }, 'input_unknown')).toMatchObject({ at: 'z' });
});

test('L32 an array that is too long or too short, and one of a million', async () => {
  const path = await project.write('short.json', { context: 1, positions: [1, 2, 3], salt: secret });
  const error = await refuseFile(path, 'input_shape', 'disclosure');
  expect(error.message).toMatch(/^positions must have \d+ elements, got 3$/);
  expect(await refuse(`{"context": 1, "x": [${'0,'.repeat(999_999)}0]}`, 'input_shape')).toMatchObject({ at: 'x' });
});

test('L33 names that objects have by themselves', async () => {
  await refuse(`{"context": 1, "x": 2, "__proto__": {"y": ${secret}}}`, 'input_precision');
  await refuse('{"context": 1, "x": 2, "__proto__": {"y": 3}}', 'input_unknown');
  await refuse('{"context": 1, "x": 2, "constructor": 3}', 'input_unknown');
});

test('L34 duplicate keys', async () => {
  await refuse(`{"context": 1, "x": "${secret}", "x": 2}`, 'json');
});

test('L35 malformed JSON, and nesting of a hundred thousand levels', async () => {
  for (const text of ['', `{"x": "${secret}",}`, `{'x': '${secret}'}`]) await refuse(text, 'json');
  await refuse('['.repeat(100_000), 'json');
});

test('L36 a sparse file of 10 GB is refused unread', async () => {
  const path = await project.write('sparse.json', '');
  await truncate(path, 10 * 2 ** 30);
  await refuseFile(path, 'input_file');
});

test('L37 a byte-order mark, NUL, bytes that are not UTF-8', async () => {
  await refuse('\uFEFF{"context": 1, "x": 2}', 'json');
  await refuse('{"context": 1, "x": 2}\0', 'json');
  await refuse(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'input_file');
});

test('L40 a FIFO, a folder, a device', async () => {
  const fifo = project.path('fifo.json');
  execFileSync('mkfifo', [fifo]);
  for (const path of [fifo, project.path('circuits'), '/dev/zero', project.path('absent.json')]) {
    await refuseFile(path, 'input_file');
  }
});

test('of many inputs the bad one is named, and nothing is proven', async () => {
  const lines = [
    { id: 'good', input: { context: 1, x: 2 } },
    { id: 'bad', input: { context: 1, x: `-${secret}` } },
  ];
  const write = (name: string, all: readonly unknown[]) =>
    project.write(name, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const path = await write('many.ndjson', lines);
  expect(await refuseFile(path, 'input_range')).toMatchObject({ at: 'bad: x' });
  expect(existsSync(project.path('many.proofs.ndjson'))).toBe(false);
  expect(await refuseFile(await write('twice.ndjson', [lines[0], lines[0]]), 'usage')).toMatchObject({
    message: expect.stringContaining('the id "good" stands on two lines'),
  });
  expect(await refuseFile(await write('loose.ndjson', [{ x: 2 }]), 'usage')).toMatchObject({
    at: `${project.path('loose.ndjson')}:1`,
  });
});

test('what a reference function throws stays out of the error', async () => {
  await addComputation(project, {
    name: 'picky',
    template: 'Picky',
    signals: { y: "{ type: 'uint', public: true, result: true }", x: "{ type: 'uint' }" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    reference: '({ x }) => { throw new Error(`I do not like ${x}`); }',
    body: 'y === x * x;',
  });
  const path = await project.write('picky.json', { context: 1, x: secret });
  expect(await refuseFile(path, 'computation', 'picky')).toMatchObject({
    at: 'circuits/picky/computation.ts',
    message: 'the reference function of picky failed on this input',
  });
});
