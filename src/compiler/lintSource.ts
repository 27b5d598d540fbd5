/**
 * @module What circom accepts but our sources may not have. It sees the computation's own files and `circuits/lib`;
 * circomlib is taken as it is.
 */
import { basename } from 'node:path/posix';
import { CompileError } from '../errors.ts';
import { type Source, withoutComments } from './includes.ts';

/** Further above its `<--`, a hint is not read together with it. */
const hintLinesMax = 3;

/**
 * Checks one source of ours; `mainTemplate` is the template that becomes `component main`, if it is of this file.
 * @throws CompileError with file and line
 */
export function lintSource(source: Pick<Source, 'name' | 'text'>, mainTemplate?: string): void {
  const code = withoutComments(source.text);
  checkHeader(source);
  checkHints(source, code);
  refuseAll(source, code, /\bcomponent\s+main\b/, {
    fault: 'has a `component main`',
    remedy: 'remove it: the main component is generated from computation.ts',
  });
  if (mainTemplate === undefined) return;
  const body = templateBody(code, mainTemplate);
  if (body === undefined) {
    throw new CompileError(`${source.name} does not define template ${mainTemplate}`, {
      at: source.name,
      remedy: 'name the file after its template, and the same in computation.ts',
    });
  }
  refuseAll(source, body, /\bsignal\s+output\b/, {
    fault: `gives the main template ${mainTemplate} an output`,
    remedy: 'make each result a public input and constrain it with ===',
  });
}

function checkHeader({ name, text }: Pick<Source, 'name' | 'text'>): void {
  const isTemplate = /\btemplate\b/.test(withoutComments(text));
  const wanted = ['@title', '@notice', ...(isTemplate ? ['@requires'] : [])];
  const comments = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => comment).join('\n');
  const missing = wanted.filter((tag) => !new RegExp(`${tag}\\s+\\S`).test(comments));
  if (missing.length === 0) return;
  throw new CompileError(`${basename(name)} has no ${missing.join(', ')} in its header`, {
    at: `${name}:1`,
    remedy: 'say above the template what it is, what it guarantees and what its caller must guarantee',
  });
}

/** An assignment by hint constrains nothing, so the reader must be told what does. */
function checkHints({ name, text }: Pick<Source, 'name' | 'text'>, code: string): void {
  const lines = text.split('\n');
  for (const [index, line] of code.split('\n').entries()) {
    if (!/<--|-->/.test(line)) continue;
    const near = lines.slice(Math.max(0, index - hintLinesMax), index + 1);
    if (near.some((candidate) => /\/\/ HINT: *\S/.test(candidate))) continue;
    throw new CompileError(`${basename(name)} assigns by hint and does not say what pins the value`, {
      at: `${name}:${index + 1}`,
      remedy: `use <==, or write "// HINT: pinned by …" at most ${hintLinesMax} lines above`,
    });
  }
}

type Refusal = { readonly fault: string; readonly remedy: string };

function refuseAll({ name }: Pick<Source, 'name'>, code: string, pattern: RegExp, { fault, remedy }: Refusal): void {
  const found = pattern.exec(code);
  if (!found) return;
  const line = code.slice(0, found.index).split('\n').length;
  throw new CompileError(`${basename(name)} ${fault}`, { at: `${name}:${line}`, remedy });
}

/** The code up to the end of a template, all before it blanked out so that lines stay where they are. */
function templateBody(code: string, template: string): string | undefined {
  const start = new RegExp(`\\btemplate\\s+(?:\\w+\\s+)*${template}\\s*\\(`).exec(code)?.index;
  if (start === undefined) return undefined;
  let depth = 0;
  for (let end = code.indexOf('{', start); end >= 0 && end < code.length; end++) {
    if (code[end] === '{') depth++;
    else if (code[end] === '}' && --depth === 0) {
      return code.slice(0, start).replaceAll(/[^\n]/g, ' ') + code.slice(start, end);
    }
  }
  return code.slice(0, start).replaceAll(/[^\n]/g, ' ') + code.slice(start);
}
