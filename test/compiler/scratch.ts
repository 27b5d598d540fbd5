/** Projects of one test: a circuits folder and a cache in the system's temporary folder, removed when the test ends. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Computation, contextSignal, defineComputation, type SignalSpec } from '../../src/model/Computation.ts';

export type Scratch = {
  readonly root: string;
  readonly circuitsDir: string;
  readonly cacheDir: string;
  /** Writes a file below the circuits folder. */
  write(path: string, text: string): Promise<void>;
};

export async function scratch(): Promise<Scratch> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tally-compiler-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const circuitsDir = join(root, 'circuits');
  await mkdir(circuitsDir);
  return {
    root,
    circuitsDir,
    cacheDir: join(root, 'cache'),
    write: async (path, text) => {
      await mkdir(dirname(join(circuitsDir, path)), { recursive: true });
      await writeFile(join(circuitsDir, path), text);
    },
  };
}

/** A circom file with the header that every source has. */
export function template(body: string, includes = ''): string {
  return `pragma circom 2.2.3;
${includes}
/**
 * @title of a test
 * @notice proves nothing of interest.
 * @requires nothing.
 */
${body}
`;
}

export function computation(name: string, signals: Readonly<Record<string, SignalSpec>> = {}): Computation {
  return defineComputation({
    name,
    version: 1,
    template: 'Main',
    parameters: [],
    sizes: { default: {} },
    signals: { context: contextSignal, ...signals },
    reference: () => ({}),
  });
}

/** A main template in which y is the square of x. */
export const squareBody = `template Main() {
    signal input context;
    signal input y;
    signal input x;
    signal contextSquare <== context * context;
    y === x * x;
}`;

export const squareSignals = { y: { type: 'field', public: true }, x: { type: 'field' } } as const;
