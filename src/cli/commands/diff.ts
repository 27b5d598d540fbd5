import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProgramDiff } from '../../model/ProgramDiff.ts';
import { type DiffBase, diff } from '../../steps/diff.ts';
import type { Command } from '../command.ts';
import { count, facts } from '../table.ts';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'compare a computation with an earlier form: constraints, schema, program',
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    against: { type: 'string', value: '<revision | file>', summary: 'default: HEAD' },
    size: { type: 'string', value: '<size>', summary: 'one size only; default: all' },
  },
  notes: [
    'A file holds what `tally compile <computation> --json` printed. Another program has to be registered, and statements',
    'of the earlier one stay what they are.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const diffs = await diff(
      { config, onProgress, signal },
      {
        name: positionals[0] as string,
        size: options.size as string | undefined,
        against: diffBase(cwd, (options.against as string | undefined) ?? 'HEAD'),
      },
    );
    return { text: diffs.map(diffText).join('\n\n'), json: diffs };
  },
};

/** A file when there is one of that name, otherwise a revision. */
function diffBase(cwd: string, against: string): DiffBase {
  const file = resolve(cwd, against);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? { file } : { revision: against };
}

const marks = { added: '+', removed: '−', changed: '~' } as const;

function diffText({ name, size, programId, constraints, wires, publicSignals, signals, system }: ProgramDiff): string {
  const isSame = programId.before === programId.after;
  return [
    facts([
      [`${name} (${size})`, isSame ? 'the same program' : 'another program'],
      ['  program', isSame ? programId.after : `${programId.before} → ${programId.after}`],
      ['  constraints', `${numbers(constraints)}${system === 'changed' ? ', another system' : ''}`],
      ['  wires', numbers(wires)],
      ['  public signals', numbers(publicSignals)],
    ]),
    ...signals.map(
      (signal) => `  ${marks[signal.kind]} ${[signal.name, signal.changes.join(', ')].join('  ').trimEnd()}`,
    ),
  ].join('\n');
}

function numbers({ before, after }: ProgramDiff['wires']): string {
  if (before === after) return count(after);
  return `${count(before)} → ${count(after)} (${after > before ? '+' : '−'}${count(Math.abs(after - before))})`;
}
