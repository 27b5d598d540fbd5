import { resolve } from 'node:path';
import { writeFileAtomic } from '../../files.ts';
import { Json } from '../../model/Json.ts';
import { requireSound, type TestReport, testComputation } from '../../steps/testComputation.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';
import { count } from '../table.ts';

export const testCommand: Command = {
  name: 'test',
  summary: 'test a computation: what it accepts, rejects, forgets to constrain',
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    size: { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' },
    runs: { type: 'string', value: '<number>', summary: 'random inputs; default: 20, or 3 for large circuits' },
    seed: { type: 'string', value: '<text>', summary: 'other random inputs than the usual ones' },
    report: { type: 'string', value: '<file>', summary: 'write the report as JSON, faults or not' },
  },
  notes: [
    'The circuit must accept and refuse the inputs of examples.json beside computation.ts, agree with the reference on random',
    'inputs, hold private signals to their ranges by itself, and leave no wire loose. Random inputs are drawn from the',
    'schema, or made by `sample` in computation.ts; `looseWires` there explains wires that may be loose. Exit code 3 when',
    'something is found. That nothing is found is no proof that nothing is there.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const report = await testComputation(
      { config, onProgress, signal },
      {
        name: positionals[0] as string,
        size: options.size as string | undefined,
        seed: options.seed as string | undefined,
        runs: wholeNumber(options.runs, 'runs'),
      },
    );
    if (options.report !== undefined) {
      await writeFileAtomic(resolve(cwd, options.report as string), `${Json.stringify(report, 2)}\n`);
    }
    requireSound(report);
    return { text: reportText(report), json: report };
  },
};

function reportText({ name, size, programId, constraints, seed, checks }: TestReport): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap((check) => [
    `✓ ${check.name.padEnd(width)}  ${check.tried}`,
    ...check.explained.map((line) => `  ${' '.repeat(width)}  explained: ${line}`),
  ]);
  return [`${name} (${size}), ${count(constraints)} constraints, program ${programId}`, ...lines, `seed: ${seed}`].join(
    '\n',
  );
}
