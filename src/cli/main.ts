/** @module The `tally` program: finds the command, parses its words, runs it, prints what it gives back or why not. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { ExitCode, InternalError, TallyError, UsageError } from '../errors.ts';
import { Json } from '../model/Json.ts';
import type { Command, Option, Output } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { createProgressView, type ProgressView } from './progress.ts';

const globalOptions: Readonly<Record<string, Option>> = {
  help: { type: 'boolean', short: 'h', summary: 'show this help' },
  json: { type: 'boolean', summary: 'print JSON only: one object, or one line per item' },
  config: { type: 'string', value: '<file>', summary: 'the configuration; default: the nearest tally.config.ts' },
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json');
  const view = createProgressView(process.stderr, json ? 'silent' : 'shown');
  try {
    const output = await dispatch(words, view);
    view.end();
    await print(json ? toJsonLines(output.json) : output.text);
    return ExitCode.ok;
  } catch (error) {
    view.end();
    const known =
      error instanceof TallyError ? error : new InternalError('an internal error; please report it', { cause: error });
    process.stderr.write(json ? `${JSON.stringify(known)}\n` : `${known.message}\n`);
    if (process.env.TALLY_DEBUG && known.cause) console.error(known.cause);
    return known.exitCode;
  }
}

async function dispatch(words: readonly string[], view: ProgressView): Promise<Output> {
  const command = findCommand(words);
  if (!command) {
    const first = words.find((word) => !word.startsWith('-'));
    if (first === undefined || first === 'help')
      return { text: programHelp(commands), json: commands.map(({ name, summary }) => ({ name, summary })) };
    throw new UsageError(`there is no command "${first}"`, { remedy: 'see `tally --help`' });
  }
  const { values, positionals } = parseWords(command, words.slice(command.name.split(' ').length));
  if (values.help)
    return { text: commandHelp(command, globalOptions), json: { name: command.name, summary: command.summary } };
  if (positionals.length < command.positionalsMin || positionals.length > command.positionalsMax) {
    throw new UsageError(`\`tally ${command.name}\` takes: ${command.usage || 'no arguments'}`, {
      remedy: `see \`tally ${command.name} --help\``,
    });
  }
  const cwd = process.cwd();
  const config = await loadConfig(cwd, values.config as string | undefined);
  return command.run({ positionals, options: values, config, cwd, onProgress: view.show, signal: interruptSignal() });
}

/** The command whose one or two words come first. */
function findCommand(words: readonly string[]): Command | undefined {
  const [first, second] = words;
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
}

function parseWords(command: Command, words: readonly string[]) {
  const described = { ...globalOptions, ...command.options };
  const options = Object.fromEntries(
    Object.entries(described).map(([name, { type, short }]) => [name, short ? { type, short } : { type }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (cause) {
    throw new UsageError(`\`tally ${command.name}\`: ${(cause as Error).message}`, {
      remedy: `see \`tally ${command.name} --help\``,
      cause,
    });
  }
}

/** Aborts at the first Ctrl-C or SIGTERM so that a command can leave things in order; a second one ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(name, () => {
      controller.abort();
      process.once(name, () => process.exit(exitCode));
    });
  }
  return controller.signal;
}

function toJsonLines(value: unknown): string {
  return Array.isArray(value) ? value.map((item) => Json.stringify(item)).join('\n') : Json.stringify(value);
}

/** Waits until a pipe has taken the text. */
function print(text: string): Promise<void> {
  if (text === '') return Promise.resolve();
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}
