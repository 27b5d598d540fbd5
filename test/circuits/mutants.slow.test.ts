import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import disclosure from '../../circuits/disclosure/computation.ts';
import netting from '../../circuits/netting/computation.ts';
import square from '../../circuits/square/computation.ts';
import { CompileError } from '../../src/errors.ts';
import type { Computation } from '../../src/model/Computation.ts';
import { loadCircuit, type TestCircuit } from '../support/circuits.ts';
import { circuitsDir } from '../support/fixtures.ts';
import { type BadCase, isRefusedBy } from '../support/refusal.ts';
import { withCircuitsCopy } from '../support/templates.ts';
import { badDisclosures } from './disclosureCases.ts';
import { badCases } from './nettingCases.ts';

type Suite = { readonly computation: Computation; readonly size: string; readonly cases: readonly BadCase[] };

const suites: readonly Suite[] = [
  {
    computation: square,
    size: 'default',
    cases: [
      { desc: 'another square', template: 'Square', input: { context: 5n, y: 10n, x: 3n } },
      { desc: 'a root of 2^64', template: 'Range', input: { context: 5n, y: 2n ** 128n, x: 2n ** 64n } },
    ],
  },
  { computation: disclosure, size: 'tiny', cases: badDisclosures() },
  {
    computation: netting,
    size: 'tiny',
    cases: badCases(),
  },
];

/**
 * An honest hint never meets the constraint that stops a dishonest one, so these hints lie. A debtor 4 of 0 to 3 is
 * −(1) + (2) + (3): right in count and weighted sum, but not in bits.
 */
const lies: Readonly<Record<string, { readonly hint: string; readonly lie: string }>> = {
  'out[j] * (out[j] - 1) === 0;': {
    hint: '(enabled == 1 && value == j) ? 1 : 0',
    lie: 'value == 4 ? (j == 0 ? 0 : (j == 1 ? -1 : 1)) : ((enabled == 1 && value == j) ? 1 : 0)',
  },
};

/** A statement that only constrains: with `===`, or a template without outputs. */
const constraint = /===|^ *(?:_ <== \w+|[A-Z]\w+)\(.*\)\(.*\);$/;

const files = (await readdir(circuitsDir, { recursive: true })).filter((path) => path.endsWith('.circom')).sort();
type Mutant = { readonly file: string; readonly line: number; readonly text: string };

const mutants = files.flatMap((file): Mutant[] => {
  const lines = readFileSync(join(circuitsDir, file), 'utf8').split('\n');
  const isConstraint = (line: string) => constraint.test(line) && !/^\s*(\*|\/\/)/.test(line);
  return lines.flatMap((text, line) => (isConstraint(text) ? [{ file, line, text: text.trim() }] : []));
});

test('there are constraints to delete', () => {
  expect(mutants.length).toBeGreaterThan(25);
});

describe('Z2 a deleted constraint is noticed', () => {
  test.each(mutants.map((mutant) => [`${mutant.file}: ${mutant.text}`, mutant] as const))('%s', async (_, mutant) => {
    expect(await howNoticed(mutant, (lines) => lines.with(mutant.line, ''))).toBeDefined();
  });

  test('and a hint that lies is not, as long as its constraint stands', async () => {
    const [mutant] = mutants.filter(({ text }) => text in lies);
    expect(await howNoticed(mutant as Mutant, (lines) => lines)).toBeUndefined();
  });
});

/** How the tests see that a copy of the circuits with one changed file is not the original. */
async function howNoticed({ file, text }: Mutant, change: (lines: string[]) => string[]): Promise<string | undefined> {
  return withCircuitsCopy(`${file} ${text}`, async (copy) => {
    const path = join(copy, file);
    const changed = change(readFileSync(path, 'utf8').split('\n')).join('\n');
    const { hint, lie } = lies[text] ?? { hint: '', lie: '' };
    if (!changed.includes(hint)) throw new Error(`${file} does not have the hint ${hint}`);
    await writeFile(path, changed.replace(hint, lie));
    for (const suite of suitesOf(file)) {
      const how = await firstDifference(suite, copy);
      if (how) return how;
    }
    return undefined;
  });
}

function suitesOf(file: string): readonly Suite[] {
  const [folder] = file.split('/');
  return folder === 'lib' ? suites : suites.filter(({ computation }) => computation.name === folder);
}

/** How the suite of a circuit's tests sees that the circuit is another. */
async function firstDifference({ computation, size, cases }: Suite, dir: string): Promise<string | undefined> {
  let circuit: TestCircuit;
  try {
    circuit = await loadCircuit(computation, { size, circuitsDir: dir });
  } catch (error) {
    if (error instanceof CompileError) return `does not compile: ${error.shortMessage}`;
    throw error;
  }
  return cases.find((item) => !isRefusedBy(circuit, item))?.desc;
}
