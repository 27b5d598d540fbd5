/** Compiles single templates of the library, or changed copies of the project's circuits, as computations of their own. */
import { createHash } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contextSignal, defineComputation, type SignalSpec } from '../../src/model/Computation.ts';
import { loadCircuit, type TestCircuit } from './circuits.ts';
import { cacheDir, circuitsDir } from './fixtures.ts';

export type Harness = {
  readonly includes: readonly string[];
  /** Below the declarations of `context` and of all of `signals`. */
  readonly body: string;
  readonly signals: Readonly<Record<string, SignalSpec>>;
};

/** A main template around a library template; the first signals are public, as their schema says. */
export async function loadHarness({ includes, body, signals }: Harness): Promise<TestCircuit> {
  const inputs = Object.entries(signals).map(
    ([name, { shape = [] }]) => `signal input ${name}${shape.map((n) => `[${n}]`).join('')};`,
  );
  const source = [
    'pragma circom 2.2.3;',
    ...includes.map((name) => `include "${name}.circom";`),
    '/** @title Harness @notice For a test. @requires nothing. */',
    'template Harness() {',
    'signal input context;',
    ...inputs,
    'signal contextSquare <== context * context;',
    body,
    '}',
  ].join('\n');
  const computation = defineComputation({
    name: 'harness',
    version: 1,
    template: 'Harness',
    parameters: [],
    sizes: { default: {} },
    signals: { context: contextSignal, ...signals },
    reference: () => {
      throw new Error('a harness has no reference');
    },
  });
  return withCircuitsCopy(source, async (dir) => {
    await mkdir(join(dir, 'harness'));
    await writeFile(join(dir, 'harness', 'Harness.circom'), source);
    return loadCircuit(computation, { circuitsDir: dir });
  });
}

/** Runs with a copy of the circuits folder that may be changed; `seed` tells it from the copies of other tests. */
export async function withCircuitsCopy<T>(seed: string, run: (dir: string) => Promise<T>): Promise<T> {
  const name = createHash('sha256').update(seed).digest('hex').slice(0, 16);
  const dir = join(cacheDir, 'copies', `${name}-${process.pid}`);
  await cp(circuitsDir, dir, { recursive: true });
  try {
    return await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
