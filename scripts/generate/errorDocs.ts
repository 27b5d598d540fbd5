/** @module `docs/errors.md`: the classes of `src/errors.ts` with their codes, exit codes and first sentences. */
import { readFile } from 'node:fs/promises';
import { ExitCode } from '../../src/errors.ts';

const pattern =
  /\/\*\*\s+(?:\* )?(Thrown when (?:[^*]|\*(?!\/))*?)\s+\*\/\nexport class (\w+) extends (\w+) \{\n((?: {2}.*\n|\n)*)\}/g;
const section = /^\/\/ ── (.+?) ─+$/gm;

/** Exit code of each abstract base in `src/errors.ts`. */
const bases: Readonly<Record<string, keyof typeof ExitCode>> = {
  BadInput: 'badInput',
  StatementFalse: 'statementFalse',
  BadArtifact: 'badArtifact',
  Exhausted: 'resource',
  Unreconciled: 'reconciliation',
  Refused: 'authority',
};

/** The text of `docs/errors.md`. */
export async function errorDocs(): Promise<string> {
  const source = await readFile(new URL('../../src/errors.ts', import.meta.url), 'utf8');
  const headings = [...source.matchAll(section)].map((match) => ({ at: match.index, text: `\n## ${match[1]}` }));
  const entries = [...source.matchAll(pattern)].map((match) => ({ at: match.index, text: entry(match) }));
  const body = [...headings, ...entries].sort((a, b) => a.at - b.at).map(({ text }) => text);
  return [
    '# Errors',
    '',
    'Generated from `src/errors.ts` by `npm run generate`. With `--json` a failing command prints one line',
    '`{"code", "message", "at"}` on standard error; the code and the exit code are the contract, the texts are not.',
    ...body,
    '',
  ].join('\n');
}

function entry([, sentence, name, base, body]: RegExpExecArray | RegExpMatchArray): string {
  const code = /readonly code = '([a-z_]+)'/.exec(body as string)?.[1];
  const own = /readonly exitCode = ExitCode\.(\w+)/.exec(body as string)?.[1];
  const varies = (body as string).includes('readonly exitCode: ExitCode;');
  const exit = varies ? 'as its causes' : ExitCode[(own ?? bases[base as string]) as keyof typeof ExitCode];
  if (!code || exit === undefined) throw new Error(`src/errors.ts: ${name} has no code or exit code`);
  const retry = (body as string).includes('retryable = true') ? ', may succeed when tried again' : '';
  const text = (sentence as string).replace(/\s*\n \* /g, ' ');
  return `\n### ${code.replaceAll('_', '-')}\n\`${name}\`, exit ${exit}${retry}. ${text}`;
}
