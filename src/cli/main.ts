/** @module The `tally` program: finds the command, parses its words, runs it, prints what it gives back or why not. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { ExitCode, FileSystemError, InternalError, TallyError, UsageError } from '../errors.ts';
import { Json } from '../model/Json.ts';
import { createTraces, type Traces } from '../traces.ts';
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
  const fail = (error: unknown): number => {
    view.end();
    return report(error, json);
  };
  process.once('uncaughtException', (error) => process.exit(fail(error)));
  // Whoever reads may go away in the middle, as `head` does; `print` hears of a failure that matters.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    const output = await dispatch(words, view);
    view.end();
    await print(json ? toJsonLines(output.json) : output.text);
    return output.exitCode ?? ExitCode.ok;
  } catch (error) {
    return fail(error);
  }
}

/** Says what went wrong, in one line with `--json`, and returns the exit code. */
function report(error: unknown, json: boolean): number {
  const known = error instanceof TallyError ? error : fromForeign(error);
  process.stderr.write(json ? `${JSON.stringify(known)}\n` : `${known.message}\n`);
  if (process.env.TALLY_DEBUG && known.cause) console.error(known.cause);
  return known.exitCode;
}

/** What the system refused is the machine's fault; everything else that has no name is ours. */
function fromForeign(cause: unknown): TallyError {
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  if (typeof code === 'string' && path !== undefined && syscall !== undefined) {
    return new FileSystemError(`the system refused ${syscall}: ${code}`, { at: path, cause });
  }
  return new InternalError('an internal error; please report it', { cause });
}

async function dispatch(words: readonly string[], view: ProgressView): Promise<Output> {
  const { command, rest } = findCommand(words);
  if (!command) return showCommands(rest);
  const { values, positionals } = parseWords(command, rest);
  if (values.help)
    return { text: commandHelp(command, globalOptions), json: { name: command.name, summary: command.summary } };
  if (positionals.length < command.positionalsMin || positionals.length > command.positionalsMax) {
    throw new UsageError(`\`tally ${command.name}\` takes: ${command.usage || 'no arguments'}`, {
      remedy: `see \`tally ${command.name} --help\``,
    });
  }
  const cwd = process.cwd();
  const config = await loadConfig(cwd, values.config as string | undefined);
  const traces = openTraces(view);
  try {
    const signal = interruptSignal();
    return await command.run({ positionals, options: values, config, cwd, onProgress: view.show, signal, traces });
  } finally {
    await traces?.close();
  }
}

/** A collector that is away is told of once; it is no reason to stop. */
function openTraces(view: ProgressView): Traces | undefined {
  let told = false;
  return createTraces(process.env, (count, why) => {
    if (!told) view.show({ label: 'traces', finished: true, note: `${count} spans were not taken: ${why}` });
    told = true;
  });
}

/** The command whose one or two words come first; global options may stand before it. */
function findCommand(words: readonly string[]): { command: Command | undefined; rest: readonly string[] } {
  let start = 0;
  while (words[start]?.startsWith('-')) start += words[start] === '--config' ? 2 : 1;
  const [first, second] = words.slice(start);
  const command =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (!command) return { command, rest: words };
  return { command, rest: [...words.slice(0, start), ...words.slice(start + command.name.split(' ').length)] };
}

function showCommands(words: readonly string[]): Output {
  const { positionals } = parseWords(undefined, words);
  const [first] = positionals;
  if (first === undefined || first === 'help')
    return { text: programHelp(commands), json: commands.map(({ name, summary }) => ({ name, summary })) };
  const longer = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => `\`tally ${name}\``);
  throw new UsageError(`there is no command ${JSON.stringify(first)}`, {
    remedy: longer.length > 0 ? `one of: ${longer.join(', ')}` : 'see `tally --help`',
  });
}

function parseWords(command: Command | undefined, words: readonly string[]) {
  const described = { ...globalOptions, ...command?.options };
  const called = command ? `tally ${command.name}` : 'tally';
  const options = Object.fromEntries(
    Object.entries(described).map(([name, { type, short }]) => [name, short ? { type, short } : { type }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (cause) {
    throw new UsageError(`\`${called}\`: ${(cause as Error).message}`, {
      remedy: `see \`${called} --help\``,
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

/** Waits until a pipe has taken the text, or its reader has gone. @throws FileSystemError */
function print(text: string): Promise<void> {
  if (text === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (cause) => {
      const code = (cause as NodeJS.ErrnoException | null | undefined)?.code;
      if (!cause || code === 'EPIPE') resolve();
      else reject(new FileSystemError(`the output cannot be written: ${code}`, { at: 'standard output', cause }));
    });
  });
}
