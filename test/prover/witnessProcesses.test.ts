import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProver } from '../../prover/index.ts';
import { verify } from '../../prover/verify.ts';
import { createWitnessProcesses } from '../../prover/witnessProcesses.ts';
import { DeadlineError, InputMissingError, UnsatisfiedError, WorkerMemoryError } from '../../src/errors.ts';
import { isAlive } from '../../src/lock.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import endless from '../support/computations/endless/computation.ts';
import { type Fixture, loadFixture, testCircuitsDir } from '../support/fixtures.ts';
import { type HungryOptions, hungryModule } from '../support/hungryModule.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let folder: string;
let small: Fixture;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-witness-'));
  small = await loadSmall();
});
afterAll(() => rm(folder, { recursive: true }));

/** A circuit of two inputs with another calculator. */
async function hungryCircuit(options: Pick<HungryOptions, 'pages' | 'use'>): Promise<Circuit> {
  const { circuit } = await loadFixture(endless, { circuitsDir: testCircuitsDir });
  const bytes = hungryModule({ wires: circuit.wires, inputs: circuit.signals.length, ...options });
  const path = join(folder, `${options.use}.wasm`);
  await writeFile(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...circuit, wasm: { path, sha256, bytes: bytes.length } };
}

describe('createProver with witness processes', () => {
  test('default', async () => {
    const prover = createProver({ threads: 2, witness: 'process' });
    try {
      const jobs = [1n, 2n, 3n, 4n].map((x) => small.job({ ...smallInput, x }, `${x}`));
      const proven = await Promise.all(jobs.map((job) => prover.prove(job)));
      expect(proven.map(({ signals }) => signals[1])).toEqual([4n, 7n, 12n, 19n]);
      for (const { signals, proof, timing } of proven) {
        await verify(small.keys.verifyingKey, signals, proof);
        expect(timing.witnessMs).toBeGreaterThan(0);
        expect(timing.cpuMs).toBeGreaterThan(0);
      }
    } finally {
      await prover.close();
    }
  });

  test('error: what the input lacks or contradicts comes back by its class', async () => {
    const prover = createProver({ threads: 1, witness: 'process' });
    try {
      const { context: _, ...incomplete } = small.job(smallInput).input;
      await expect(prover.prove({ ...small.job(smallInput), input: incomplete })).rejects.toThrow(InputMissingError);
      const wrong = { ...small.job(smallInput).input, y: 1n };
      await expect(prover.prove({ ...small.job(smallInput), input: wrong })).rejects.toThrow(UnsatisfiedError);
      expect((await prover.prove(small.job(smallInput))).signals[1]).toBe(12n);
    } finally {
      await prover.close();
    }
  });

  test('L43 a witness that does not end is ended at the limit, and the next job has its turn', async () => {
    const { job } = await loadFixture(endless, { circuitsDir: testCircuitsDir });
    const prover = createProver({ threads: 1, witness: 'process' });
    try {
      await prover.prove(job({ context: 1n, x: 3n }));
      const started = performance.now();
      const deadlineMs = 1_500;
      await expect(prover.prove(job({ context: 1n, x: 2n ** 200n }), { deadlineMs })).rejects.toThrow(DeadlineError);
      const tookMs = performance.now() - started;
      expect(tookMs).toBeGreaterThan(deadlineMs * 0.9);
      expect(tookMs).toBeLessThan(deadlineMs * 1.1);
      expect((await prover.prove(job({ context: 1n, x: 4n }))).signals).toEqual([1n]);
      // The thread that proves was not touched.
      expect(prover.stats().replaced).toBe(0);
    } finally {
      await prover.close();
    }
  });

  test.each(['touch', 'reserve'] as const)(
    'L44 a calculator that grows to 4 GiB (%s) is refused, and other jobs finish',
    async (use) => {
      const circuit = await hungryCircuit({ pages: 65_535, use });
      const prover = createProver({ threads: 1, witness: 'process' });
      const processes = createWitnessProcesses({ keptMax: 1, bytesMax: 256 * 2 ** 20 });
      try {
        const input = { context: 1n, x: 1n };
        const hungry = processes.calculate({ circuit, input }, new AbortController().signal);
        const outcome = expect(hungry).rejects.toThrow(WorkerMemoryError);
        const others = await Promise.all([1, 2].map((i) => prover.prove(small.job(smallInput, `${i}`))));
        await outcome;
        expect(others.map(({ signals }) => signals[1])).toEqual([12n, 12n]);
      } finally {
        processes.close();
        await prover.close();
      }
    },
  );
});

describe('a process that calculates witnesses', () => {
  test('behavior: it does not outlive its parent, even in a calculation that does not end', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('../support/witnessParent.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});
