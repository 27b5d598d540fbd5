import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { isAlive, withLock } from '../../src/compiler/lock.ts';
import { CancelledError, CompilerLimitError } from '../../src/errors.ts';
import { computation, scratch, squareBody, squareSignals, template } from './scratch.ts';

const deadlineMs = 20_000;

async function lockPath(): Promise<string> {
  return join((await scratch()).root, 'entry.lock');
}

/** A process of its own, and the lock that it would have written. */
async function holder(): Promise<{ readonly child: ChildProcess; readonly content: string }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, content: `${child.pid} 0011223344556677` };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('withLock', () => {
  test('lets one at a time work, and leaves no file', async () => {
    const path = await lockPath();
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      return inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(path, { deadlineMs }, work)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test('behavior: is released when the work fails', async () => {
    const path = await lockPath();
    const failing = withLock(path, { deadlineMs }, () => Promise.reject(new RangeError('on purpose')));
    await expect(failing).rejects.toThrow(RangeError);
    expect(await withLock(path, { deadlineMs }, async () => 'free')).toBe('free');
  });

  test('L56 takes over the lock of a dead process', async () => {
    const path = await lockPath();
    const { child, content } = await holder();
    await end(child);
    await writeFile(path, content);
    expect(await withLock(path, { deadlineMs }, async () => 'taken over')).toBe('taken over');
  });

  test('L56 waits for a living process, and no longer than it lives', async () => {
    const path = await lockPath();
    const { child, content } = await holder();
    await writeFile(path, content);
    const waits: number[] = [];
    let done = false;
    const working = withLock(path, { deadlineMs, onWait: (ms) => waits.push(ms) }, async () => {
      done = true;
    });
    await sleep(700);
    expect(done).toBe(false);
    expect(waits.length).toBeGreaterThan(1);
    await end(child);
    await working;
    expect(done).toBe(true);
  });

  test('L56 takes over a lock that names no process', async () => {
    const path = await lockPath();
    await writeFile(path, '');
    expect(await withLock(path, { deadlineMs }, async () => 'taken over')).toBe('taken over');
  });

  test('error: a living process that holds it past the deadline', async () => {
    const path = await lockPath();
    await writeFile(path, (await holder()).content);
    await expect(withLock(path, { deadlineMs: 300 }, async () => 'never')).rejects.toThrow(CompilerLimitError);
    expect(existsSync(path)).toBe(true);
  });

  test('error: cancelled while it waits', async () => {
    const path = await lockPath();
    await writeFile(path, (await holder()).content);
    const waiting = withLock(path, { deadlineMs, signal: AbortSignal.timeout(100) }, async () => 'never');
    await expect(waiting).rejects.toThrow(CancelledError);
  });
});

test('L56 a compilation goes on where a killed process left its lock and its folder', async () => {
  const project = await scratch();
  await project.write('alpha/Main.circom', template(squareBody));
  const square = computation('alpha', squareSignals);
  const { r1cs } = await compile(square, project);
  const [entry] = await readdir(join(project.cacheDir, 'circuits'));
  const { child, content } = await holder();
  await end(child);
  const cacheDir = join(project.root, 'second');
  await mkdir(join(cacheDir, `circuits/.building-${child.pid}-00112233`), { recursive: true });
  await writeFile(join(cacheDir, `circuits/${entry}.lock`), content);
  expect((await compile(square, { ...project, cacheDir })).r1cs.sha256).toBe(r1cs.sha256);
  expect(await readdir(join(cacheDir, 'circuits'))).toEqual([entry]);
});

test('isAlive knows this process and not an ended one', async () => {
  const { child } = await holder();
  expect([isAlive(process.pid), isAlive(child.pid as number)]).toEqual([true, true]);
  await end(child);
  expect(isAlive(child.pid as number)).toBe(false);
});
