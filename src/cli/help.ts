/** @module The text of `--help`. */
import type { Command, Option } from './command.ts';

/** All commands with a line each. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'tally — compile computations, prove them, record the proofs on chain, and check that both halves match',
    '',
    'Usage: tally <command> [arguments] [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '`tally <command> --help` tells more. Exit codes: 0 ok · 2 bad input · 3 statement false · 4 bad artifact ·',
    '5 resource or time · 6 log or reconciliation · 7 authority or policy · 70 internal.',
  ].join('\n');
}

/** One command with its arguments and options. */
export function commandHelp(command: Command, globalOptions: Readonly<Record<string, Option>>): string {
  const options = Object.entries({ ...command.options, ...globalOptions });
  const left = options.map(
    ([name, { short, value }]) => `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
  );
  const width = Math.max(...left.map((text) => text.length));
  return [
    `tally ${command.name} — ${command.summary}`,
    '',
    `Usage: tally ${command.name}${command.usage ? ` ${command.usage}` : ''} [options]`,
    '',
    ...options.map(([, { summary }], i) => `  ${(left[i] as string).padEnd(width)}  ${summary}`),
    ...(command.notes ? ['', command.notes] : []),
  ].join('\n');
}
