import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../prover/soundness/check.ts';
import { examine } from '../../prover/soundness/examine.ts';
import { loadSystem } from '../../prover/soundness/system.ts';
import { FaultsError } from '../errors.ts';
import { readTextBounded } from '../files.ts';
import { Draw } from '../model/Draw.ts';
import { Examples, type ExamplesOf } from '../model/Examples.ts';
import type { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import { compile } from './compile.ts';
import { computationFolder } from './findComputation.ts';
import type { Toolbox } from './toolbox.ts';

export type TestReport = {
  readonly name: string;
  readonly size: string;
  readonly programId: Hex;
  readonly constraints: number;
  readonly seed: string;
  readonly checks: readonly Check[];
};

export type TestOptions = {
  readonly name: string;
  readonly size?: string | undefined;
  /** The same seed tries the same inputs. */
  readonly seed?: string | undefined;
  /** Random inputs; by default as many as the circuit's size allows in a minute or so. */
  readonly runs?: number | undefined;
};

const seedDefault = 'tally test';
/** One input of a small circuit takes milliseconds, of the largest seconds. */
const smallConstraintsMax = 10_000;
const runsOfSmall = 20;
const runsOfLarge = 3;

/**
 * Tests a computation's circuit: the examples beside it, random inputs against its reference, values out of range, forged
 * witnesses, loose wires. Needs no keys.
 * @throws the errors of `compile` and `Examples.parse`, CancelledError
 */
export async function testComputation(
  toolbox: Toolbox,
  { name, size, seed = seedDefault, runs }: TestOptions,
): Promise<TestReport> {
  const { computation, circuit } = await compile(toolbox, { name, size });
  const label = `test ${name}`;
  toolbox.onProgress({ label });
  const system = await loadSystem(circuit);
  const checks = await examine(system, computation, {
    examples: await readExamples(join(computationFolder(toolbox.config, name), 'examples.json'), {
      signals: circuit.signals,
      size: circuit.size,
      sizeDefault: Object.keys(computation.sizes)[0] as string,
    }),
    draw: Draw.fromSeed(createHash('sha256').update(seed).digest()),
    runs: runs ?? (circuit.constraints > smallConstraintsMax ? runsOfLarge : runsOfSmall),
    signal: toolbox.signal,
    onCheck: (check) => toolbox.onProgress({ label, note: check }),
  });
  const found = checks.reduce((sum, { faults }) => sum + faults.length, 0);
  toolbox.onProgress({ label, finished: true, note: found === 0 ? 'nothing found' : `${found} faults` });
  const { programId, constraints } = circuit;
  return { name, size: circuit.size, programId, constraints, seed, checks };
}

/** Ends a test that found something. @throws FaultsError */
export function requireSound({ name, size, checks }: TestReport): void {
  const found = checks.flatMap((check) => check.faults.map((fault) => ({ check: check.name, ...fault })));
  if (found.length === 0) return;
  throw new FaultsError(`${name} (${size}): ${found.length === 1 ? 'a fault' : `${found.length} faults`}`, {
    at: name,
    details: found.flatMap(({ check, what, details }) => [
      `✗ ${check}: ${what}`,
      ...details.map((each) => `    ${each}`),
    ]),
    remedy: 'mend the circuit, the schema or the reference, or explain a loose wire in `looseWires` of computation.ts',
  });
}

async function readExamples(path: string, of: Omit<ExamplesOf, 'at'>): Promise<Examples> {
  return existsSync(path)
    ? Examples.parse(Json.parse(await readTextBounded(path), path), { ...of, at: path })
    : Examples.none;
}
