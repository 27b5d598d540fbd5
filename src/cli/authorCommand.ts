/** @module Commands that write something of a computation at one size, to a place that `--out` may name. */
import { resolve } from 'node:path';
import type { Toolbox } from '../steps/toolbox.ts';
import type { Command, Output } from './command.ts';

export type AuthorCommand = Pick<Command, 'name' | 'summary' | 'notes'> & {
  /** What the size is for. */
  readonly size: string;
  /** What `--out` names, such as `<file>`, and what stands for it. */
  readonly out: { readonly value: string; readonly summary: string };
  readonly write: (
    toolbox: Toolbox,
    what: { readonly name: string; readonly size: string | undefined; readonly out: string | undefined },
    cwd: string,
  ) => Promise<Output>;
};

/** A command that takes a computation, its size and where to write to. */
export function authorCommand({ size, out, write, ...described }: AuthorCommand): Command {
  return {
    ...described,
    usage: '<computation>',
    positionalsMin: 1,
    positionalsMax: 1,
    options: {
      size: { type: 'string', value: '<size>', summary: size },
      out: { type: 'string', short: 'o', ...out },
    },
    run: ({ positionals, options, config, cwd, onProgress, signal }) => {
      const given = options.out as string | undefined;
      const what = {
        name: positionals[0] as string,
        size: options.size as string | undefined,
        out: given === undefined ? undefined : resolve(cwd, given),
      };
      return write({ config, onProgress, signal }, what, cwd);
    },
  };
}
