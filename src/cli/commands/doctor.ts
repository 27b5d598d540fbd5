import { ExitCode } from '../../errors.ts';
import { doctor } from '../../steps/doctor.ts';
import type { Command } from '../command.ts';

const marks = { ok: '✓', note: '!', missing: '✗' } as const;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'look at what this machine has and what is missing',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {},
  run: async ({ config, onProgress, signal }) => {
    const checks = await doctor({ config, onProgress, signal });
    const width = Math.max(...checks.map(({ name }) => name.length));
    const lines = checks.flatMap(({ name, state, says, remedy }) => [
      `${marks[state]} ${name.padEnd(width)}  ${says}`,
      ...(remedy ? [`  ${' '.repeat(width)}  → ${remedy}`] : []),
    ]);
    const isMissing = checks.some(({ state }) => state === 'missing');
    return { text: lines.join('\n'), json: checks, exitCode: isMissing ? ExitCode.resource : ExitCode.ok };
  },
};
