/** @module Runs circom in a child process under a deadline and a memory bound, and judges what it printed. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CancelledError, CompileError, CompilerLimitError } from '../errors.ts';

/** The version of the compiler that the artifacts' hashes stand on (npm package circom2 0.2.23). */
export const circomVersion = '2.2.3';

type Progress = { readonly label: string; readonly elapsedMs: number };

export type CompileLimits = {
  /** The compiler is ended after so long. */
  readonly deadlineMs?: number | undefined;
  /** The compiler is ended when its process holds more. */
  readonly memoryBytesMax?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about every 200 ms while the compiler runs. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

export type CircomRun = CompileLimits & {
  /** Holds `src/`, what circom may read, and `out/`, where it writes. */
  readonly stagingDir: string;
  readonly args: readonly string[];
  readonly label: string;
};

/** The largest settlement circuit takes 15 s and 630 MB; slow machines and users' circuits get some room. */
export const deadlineMsDefault = 300_000;
const memoryBytesMaxDefault = 3 * 2 ** 30;
/** A circuit can print without end at compile time; more than this is not kept. */
const outputCharsMax = 256 * 1024;
/** How circom, Rust's runtime and V8 say that stack or memory ended: a template that calls itself, a huge array. */
const exhaustion =
  /memory access out of bounds|capacity overflow|memory allocation of|Maximum call stack|allocation failed|out of memory/i;
/** Reading /proc is cheap; elsewhere each check starts a `ps`. */
const memoryCheckMs = process.platform === 'linux' ? 50 : 500;
const progressMs = 200;

/**
 * Runs circom over a staging folder; returns when the artifacts are written and circom printed no warning.
 * @throws CompileError with file and line, CompilerLimitError, CancelledError
 */
export async function runCircom(run: CircomRun): Promise<void> {
  const { code, output } = await runChild(run);
  const diagnosis = firstDiagnosis(output);
  if (diagnosis) {
    throw new CompileError(`circom: ${diagnosis.message}`, { at: diagnosis.at, details: diagnosis.lines });
  }
  if (exhaustion.test(output)) throw overLimit(run.label, 'the address space or the stack of its WebAssembly');
  if (code !== 0) {
    throw new CompileError(`circom ended with code ${code}`, { at: run.label, details: output.trim().split('\n', 20) });
  }
  const version = /circom compiler (\S+)/.exec(output)?.[1];
  if (version !== circomVersion) {
    throw new CompileError(`the compiler is circom ${version ?? 'of unknown version'}, not ${circomVersion}`, {
      remedy: 'install the dependencies from the lock file: npm ci',
    });
  }
}

type Ended = { readonly code: number; readonly output: string };

function runChild(run: CircomRun): Promise<Ended> {
  const { deadlineMs = deadlineMsDefault, memoryBytesMax = memoryBytesMaxDefault, signal, onProgress, label } = run;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(label));
    const child = spawn(process.execPath, [childPath(), run.stagingDir, ...run.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {},
    });
    const startedMs = Date.now();
    let output = '';
    let refusal: Error | undefined;
    const end = (reason: Error) => {
      refusal ??= reason;
      child.kill('SIGKILL');
    };
    const keep = (text: string) => {
      output = (output + text).slice(0, outputCharsMax);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);

    const onAbort = () => end(cancelled(label));
    const onExit = () => child.kill('SIGKILL');
    const timers = [
      setTimeout(() => end(overLimit(label, `its deadline of ${deadlineMs} ms`)), deadlineMs),
      setInterval(() => {
        const bytes = child.pid === undefined ? 0 : residentBytes(child.pid);
        if (bytes > memoryBytesMax) end(overLimit(label, `its memory bound of ${memoryBytesMax} bytes`));
      }, memoryCheckMs),
      setInterval(() => onProgress?.({ label, elapsedMs: Date.now() - startedMs }), progressMs),
    ];
    signal?.addEventListener('abort', onAbort, { once: true });
    process.once('exit', onExit);
    const release = () => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      process.removeListener('exit', onExit);
    };
    child.once('error', (cause) => {
      release();
      reject(new CompileError('the compiler does not start', { at: label, cause }));
    });
    child.once('close', (code, killedBy) => {
      release();
      if (refusal) reject(refusal);
      else if (code === null) reject(overLimit(label, `what the system allows: ended by ${killedBy}`));
      else resolve({ code, output: withoutColours(output) });
    });
  });
}

/** The child's file has our own extension: `.ts` in the repository, `.js` in the published package. */
function childPath(): string {
  return fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));
}

function cancelled(label: string): CancelledError {
  return new CancelledError(`the compilation of ${label} was cancelled`, { at: label });
}

function overLimit(label: string, limit: string): CompilerLimitError {
  return new CompilerLimitError(`the compiler passed ${limit}`, {
    at: label,
    remedy: 'make the circuit smaller, or raise the limit if the machine can bear it',
  });
}

/** The resident memory of a process, or 0 when it has just ended. */
function residentBytes(pid: number): number {
  try {
    const kib =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}

type Diagnosis = { readonly message: string; readonly at: string | undefined; readonly lines: readonly string[] };

/** The first `error[…]: …`, or else `warning[…]: …`, that circom printed; below it stands `┌─ "file":line:column`. */
function firstDiagnosis(output: string): Diagnosis | undefined {
  const found = /^error\[\w+\]: .*$/m.exec(output) ?? /^warning\[\w+\]: .*$/m.exec(output);
  if (!found) return undefined;
  const [head = '', ...rest] = output.slice(found.index).split('\n');
  const end = rest.findIndex((line) => line.trim() === '' || /^(error|warning)\[/.test(line));
  const lines = (end < 0 ? rest : rest.slice(0, end)).filter((line) => line.trim() !== '').slice(0, 12);
  const place = /"\/src\/([^"]+)":(\d+):(\d+)/.exec(lines.join('\n'));
  return { message: head.trim(), at: place ? `${place[1]}:${place[2]}:${place[3]}` : undefined, lines };
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts a colour code.
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}
