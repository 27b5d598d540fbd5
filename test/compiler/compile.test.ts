import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readEntry } from '../../src/compiler/cache.ts';
import { compile } from '../../src/compiler/compile.ts';
import { loadComputation } from '../../src/compiler/discover.ts';
import {
  CancelledError,
  CompileError,
  CompilerLimitError,
  ExitCode,
  IncludeError,
  NameError,
} from '../../src/errors.ts';
import { Circuit } from '../../src/model/Circuit.ts';
import { computation, type Scratch, scratch, squareBody, squareSignals, template } from './scratch.ts';

async function squareProject(body: string = squareBody): Promise<Scratch> {
  const project = await scratch();
  await project.write('alpha/Main.circom', template(body));
  return project;
}

const square = computation('alpha', squareSignals);

/** The error with which compiling a main template ends. */
async function failure(
  body: string,
  signals: Parameters<typeof computation>[1] = squareSignals,
): Promise<CompileError> {
  const error = await compile(computation('alpha', signals), await squareProject(body)).catch((reason) => reason);
  expect(error).toBeInstanceOf(CompileError);
  expect(error.exitCode).toBe(ExitCode.badInput);
  return error;
}

describe('compile', () => {
  test('gives the circuit with its counts, hashes and program id', async () => {
    const project = await squareProject();
    const circuit = await compile(square, project);
    expect(circuit).toMatchObject({ name: 'alpha', size: 'default', template: 'Main', constraints: 2, publicCount: 2 });
    for (const artifact of [circuit.r1cs, circuit.wasm, circuit.sym]) {
      const content = await readFile(artifact.path);
      expect(artifact.bytes).toBe(content.length);
      expect(artifact.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    }
    expect(circuit.programId).toBe(Circuit.programId(circuit.r1cs.sha256, circuit.signals));
  });

  test('behavior: the same content is compiled once', async () => {
    const project = await squareProject();
    const first = await compile(square, project);
    const { ino, mtimeMs } = await stat(first.r1cs.path);
    expect(await compile(square, project)).toEqual(first);
    expect(await stat(first.r1cs.path)).toMatchObject({ ino, mtimeMs });
  });

  test('behavior: a changed source is compiled again, under another key', async () => {
    const project = await squareProject();
    const first = await compile(square, project);
    await project.write('alpha/Main.circom', template(squareBody.replace('y === x * x', 'y === x * x + 1')));
    const second = await compile(square, project);
    expect(second.r1cs.path).not.toBe(first.r1cs.path);
    expect(second.programId).not.toBe(first.programId);
  });

  test('behavior: reports progress while the compiler runs', async () => {
    const seen: number[] = [];
    await compile(square, { ...(await squareProject()), onProgress: ({ elapsedMs }) => seen.push(elapsedMs) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('behavior: nothing but entries is left in the cache', async () => {
    const project = await squareProject();
    await compile(square, project);
    await compile(square, { ...project, deadlineMs: 1 });
    await project.write('alpha/Main.circom', template('template Main() { broken }'));
    await compile(square, project).catch(() => undefined);
    const left = await readdir(join(project.cacheDir, 'circuits'));
    expect(left).toEqual([expect.stringMatching(/^alpha-default-[0-9a-f]{16}$/)]);
  });

  test('Z5 a rebuild elsewhere gives the same r1cs and wasm', async () => {
    const [here, there] = [await squareProject(), await squareProject()];
    const [first, second] = [await compile(square, here), await compile(square, there)];
    expect(first.r1cs.path).not.toBe(second.r1cs.path);
    expect([second.r1cs.sha256, second.wasm.sha256]).toEqual([first.r1cs.sha256, first.wasm.sha256]);
    for (const path of [first.r1cs.path, first.wasm.path, first.sym.path]) {
      expect((await readFile(path)).includes(here.root)).toBe(false);
    }
  });

  test('Z5 the computations of this project are the same in a copy of it', async () => {
    const { root, cacheDir } = await scratch();
    const circuitsDir = join(import.meta.dirname, '../../circuits');
    const computation = await loadComputation(circuitsDir, 'square');
    await cp(circuitsDir, join(root, 'copy'), { recursive: true });
    const first = await compile(computation, { circuitsDir, cacheDir });
    const second = await compile(computation, { circuitsDir: join(root, 'copy'), cacheDir: join(root, 'other') });
    expect(second.wasm.sha256).toBe(first.wasm.sha256);
    expect(second.programId).toBe(first.programId);
  });

  test('L38 refuses a size that is a path', async () => {
    await expect(compile(square, { ...(await squareProject()), size: '../x' })).rejects.toThrow(NameError);
  });

  test('L41 refuses an include outside of the roots before the compiler starts', async () => {
    const project = await squareProject();
    await project.write('alpha/Main.circom', template(squareBody, 'include "/etc/passwd";'));
    await expect(compile(square, project)).rejects.toThrow(IncludeError);
    expect(existsSync(project.cacheDir)).toBe(false);
  });
});

describe('compile: the cache', () => {
  test('L54 several writers of one key have one winner and equal hashes', async () => {
    const project = await squareProject();
    const circuits = await Promise.all(Array.from({ length: 4 }, () => compile(square, project)));
    expect(new Set(circuits.map(({ r1cs }) => r1cs.sha256)).size).toBe(1);
    expect(await readdir(join(project.cacheDir, 'circuits'))).toHaveLength(1);
  });

  test('L55 a reader during a compilation finds no entry or a whole one', async () => {
    const project = await squareProject();
    const { r1cs } = await compile(square, project);
    const cacheDir = join(project.root, 'second');
    const dir = join(cacheDir, 'circuits', basename(dirname(r1cs.path)));
    const compiling = compile(square, { ...project, cacheDir });
    const seen = new Set<string>();
    for (let ended = false; !ended; ) {
      const entry = await readEntry(dir);
      seen.add(typeof entry === 'string' ? entry : entry.r1cs.sha256);
      ended = await Promise.race([compiling.then(() => true), sleep(1).then(() => false)]);
    }
    await compiling;
    expect(seen.has('absent')).toBe(true);
    expect([...seen].filter((state) => state !== 'absent' && state !== r1cs.sha256)).toEqual([]);
    expect(await readEntry(dir)).toMatchObject({ r1cs: { sha256: r1cs.sha256 } });
  });

  test.each(['circuit.r1cs', 'circuit.wasm', 'circuit.sym', 'circuit.json'])(
    'L57 a changed byte in %s is put aside and built again',
    async (file) => {
      const project = await squareProject();
      const first = await compile(square, project);
      const path = join(dirname(first.r1cs.path), file);
      const content = await readFile(path);
      content[Math.floor(content.length / 2)] = (content[Math.floor(content.length / 2)] as number) ^ 1;
      await writeFile(path, content);
      const labels: string[] = [];
      const second = await compile(square, { ...project, onProgress: ({ label }) => labels.push(label) });
      expect(second).toEqual(first);
      expect(labels[0]).toContain('damaged');
      const entries = await readdir(join(project.cacheDir, 'circuits'));
      expect(entries.filter((name) => name.includes('.damaged-'))).toHaveLength(1);
    },
  );
});

describe('readEntry', () => {
  test('L57 a changed byte at any offset of the description, and at many of the files, is noticed', async () => {
    const project = await squareProject();
    const dir = dirname((await compile(square, project)).r1cs.path);
    const missed: string[] = [];
    for (const file of ['circuit.json', 'circuit.r1cs', 'circuit.wasm', 'circuit.sym']) {
      const content = await readFile(join(dir, file));
      const step = file === 'circuit.json' ? 1 : Math.max(1, Math.floor(content.length / 64));
      for (let offset = 0; offset < content.length; offset += step) {
        const changed = Buffer.from(content);
        changed[offset] = (changed[offset] as number) ^ 1;
        await writeFile(join(dir, file), changed);
        if ((await readEntry(dir)) !== 'damaged') missed.push(`${file} at ${offset}`);
      }
      await writeFile(join(dir, file), content);
    }
    expect(missed).toEqual([]);
    expect(await readEntry(dir)).toMatchObject({ publicCount: 2 });
  });
});

describe('compile: what circom says', () => {
  test('error: a syntax error, with file and line and without colours', async () => {
    const error = await failure(squareBody.replace('y === x * x;', 'y === x * x'));
    expect(error.at).toMatch(/^circuits\/alpha\/Main\.circom:\d+:\d+$/);
    expect(error.message).not.toContain('\u001b');
  });

  test('error: a warning of --inspect', async () => {
    const error = await failure(squareBody.replace('y ===', 'signal idle;\n    y ==='));
    expect(error.shortMessage).toMatch(/warning\[CA0\d\]/);
  });

  test('error: a constraint that is not quadratic', async () => {
    await failure(squareBody.replace('x * x', 'x * x * x'));
  });
});

describe('compile: the schema', () => {
  test('Z4 refuses a public signal in no constraint', async () => {
    const error = await failure(squareBody.replace('signal contextSquare <== context * context;', ''));
    expect(error.shortMessage).toMatch(/context/);
  });

  test('Z4 refuses a public element that only a discarded product mentions', async () => {
    const body = squareBody.replace('input y', 'input y[2]').replace('y ===', '_ <== y[1] * y[1];\n    y[0] ===');
    const error = await failure(body, { ...squareSignals, y: { type: 'field', public: true, shape: [2] } });
    expect(error.shortMessage).toBe('public signal "y[1]" of "alpha" is in no constraint');
  });

  test('error: a main template with an output', async () => {
    await failure(squareBody.replace('signal input y', 'signal output y').replace('y === x * x', 'y <== x * x'));
  });

  test.each([
    ['a missing signal', { ...squareSignals, z: { type: 'field' } }, 'z'],
    ['a signal that is no input', { ...squareSignals, contextSquare: { type: 'field' } }, 'contextSquare'],
    ['an input that the schema lacks', { y: squareSignals.y }, 'x'],
    ['another size', { ...squareSignals, x: { type: 'field', shape: [2] } }, 'x'],
  ] as const)('error: %s', async (_, signals, name) => {
    expect((await failure(squareBody, signals)).shortMessage).toContain(`"${name}"`);
  });

  test('error: another shape of the same size', async () => {
    const body = squareBody.replace('input x;', 'input x[2][3];').replace('x * x', 'x[0][0] * x[1][2]');
    const used = body.replace('y ===', 'signal s <== x[0][1]*x[0][2]+x[1][0]; s*x[1][1] === 0;\n    y ===');
    const fitting = { ...squareSignals, x: { type: 'field', shape: [2, 3] } } as const;
    const project = await squareProject(used);
    expect((await compile(computation('alpha', fitting), project)).signals[2]?.dimensions).toEqual([2, 3]);
    const error = await failure(used, { ...fitting, x: { type: 'field', shape: [3, 2] } });
    expect(error.shortMessage).toContain('"x"');
  });

  test('error: public signals in another order than the template declares', async () => {
    const body = squareBody
      .replace('signal input y;', 'signal input z;\n    signal input y;')
      .replace('x * x', 'x * z');
    const z = { type: 'field', public: true } as const;
    const error = await failure(body, { y: z, z, x: { type: 'field' } });
    expect(error.shortMessage).toContain('out of order');
  });

  test('error: private signals in another order than the template declares', async () => {
    const body = squareBody
      .replace('signal input x;', 'signal input w;\n    signal input x;')
      .replace('x * x', 'x * w');
    const error = await failure(body, { ...squareSignals, w: { type: 'field' } });
    expect(error.shortMessage).toContain('out of order');
  });
});

describe('compile: limits', () => {
  const endless = squareBody.replace('y ===', 'var i = 1; while (i > 0) { i = 1 + i % 2; }\n    y ===');
  const huge = squareBody.replace(
    'y ===',
    `signal s[20000000]; s[0] <== x * x; for (var i = 1; i < 20000000; i++) { s[i] <== s[i - 1] * x; }\n    y ===`,
  );
  const recursive = `${squareBody.replace('y ===', 'signal s <== Deep(0)(x);\n    y ===')}
template Deep(n) { signal input in; signal output out; out <== Deep(n + 1)(in); }`;

  test('L42 ends a compiler that passes its deadline', async () => {
    const project = await squareProject(endless);
    const startedMs = Date.now();
    const error = await compile(square, { ...project, deadlineMs: 1500 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(CompilerLimitError);
    expect(error.exitCode).toBe(ExitCode.resource);
    expect(Date.now() - startedMs).toBeLessThan(4000);
    expect(await readdir(join(project.cacheDir, 'circuits'))).toEqual([]);
  });

  test('L42 ends a compiler that passes its memory bound', async () => {
    const project = await squareProject(huge);
    const limits = { deadlineMs: 50_000, memoryBytesMax: 400 * 2 ** 20 };
    const error = await compile(square, { ...project, ...limits }).catch((reason) => reason);
    expect(error).toBeInstanceOf(CompilerLimitError);
    expect(error.shortMessage).toContain('memory');
  });

  test('L42 names the limit when a template calls itself for ever', async () => {
    await expect(compile(square, await squareProject(recursive))).rejects.toThrow(CompilerLimitError);
  });

  test('error: cancelled while it runs, and before', async () => {
    const project = await squareProject(endless);
    const started = AbortSignal.timeout(700);
    await expect(compile(square, { ...project, signal: started })).rejects.toThrow(CancelledError);
    await expect(compile(square, { ...project, signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });
});
