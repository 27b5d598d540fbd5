/** @module The shape of a command: what `--help` shows, what it takes, what it gives back to print. */
import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Config } from '../config.ts';
import type { ExitCode } from '../errors.ts';
import type { OnProgress } from '../steps/progress.ts';
import type { Traces } from '../traces.ts';

export type Option = ParseArgsOptionDescriptor & {
  readonly summary: string;
  /** What stands for the value in `--help`, such as `<file>`; absent for flags. */
  readonly value?: string;
};

export type Invocation = {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly config: Config;
  readonly cwd: string;
  readonly onProgress: OnProgress;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Hears what took how long, where somebody collects it. */
  readonly traces?: Traces | undefined;
};

/** What a command prints: `text` for people; with `--json` one object, or a line each for an array. */
export type Output = {
  readonly text: string;
  readonly json: unknown;
  /** Other than 0 when the answer itself is bad news. */
  readonly exitCode?: ExitCode;
};

export type Command = {
  /** One or two words: `prove`, `keys dev`. */
  readonly name: string;
  readonly summary: string;
  /** The positional arguments as `--help` shows them, such as `<computation> [<input>]`. */
  readonly usage: string;
  readonly positionalsMin: number;
  readonly positionalsMax: number;
  readonly options: Readonly<Record<string, Option>>;
  /** Longer help below the options: files, examples. */
  readonly notes?: string;
  readonly run: (invocation: Invocation) => Promise<Output>;
};
