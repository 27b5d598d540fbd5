import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { isAlive, tryLock, waitForLock } from '../src/lock.ts';
import { temporaryFolder } from './support/chain.ts';

const source = fileURLToPath(new URL('../src/lock.ts', import.meta.url));
let folder: string;
beforeEach(async () => {
  const parent = await temporaryFolder();
  folder = join(parent, 'lock');
  return () => rm(parent, { recursive: true, force: true });
});

/** A process that takes the lock, says so, and holds it until it is killed or has waited `holdMs`. */
function holder(holdMs: number) {
  const program = `import { waitForLock } from ${JSON.stringify(source)};
    const outcome = await waitForLock(${JSON.stringify(folder)}, 20_000);
    process.stdout.write('lock' in outcome ? 'taken ' + Date.now() + '\\n' : 'refused\\n');
    await new Promise((resolve) => setTimeout(resolve, ${holdMs}));
    process.stdout.write('left ' + Date.now() + '\\n');
    await outcome.lock.release();`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program]);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(output)));
  return { child, ended, said: () => output };
}

describe('tryLock', () => {
  test('default: one at a time', async () => {
    const first = await tryLock(folder);
    expect(first).toHaveProperty('lock');
    expect(await tryLock(folder)).toMatchObject({ heldBy: process.pid });
    if ('lock' in first) await first.lock.release();
    expect(await tryLock(folder)).toHaveProperty('lock');
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('L56 the lock of a dead process is taken over', async () => {
    const { child, ended, said } = holder(60_000);
    await expect.poll(said, { timeout: 10_000 }).toContain('taken');
    expect(await tryLock(folder)).toMatchObject({ heldBy: child.pid });
    child.kill('SIGKILL');
    await ended;
    expect(await tryLock(folder)).toHaveProperty('lock');
  });

  test.skipIf(process.platform !== 'linux')('L56 a process number that was used again is not the owner', async () => {
    await mkdir(folder);
    // This process lives, but it did not start one tick after the machine.
    await writeFile(join(folder, `${process.pid}-1-abcdef`), '');
    expect(await tryLock(folder)).toHaveProperty('lock');
  });
});

describe('waitForLock', () => {
  test('L56 the lock of a live process is waited for, and only one of many has it', async () => {
    const holders = [holder(60), holder(60), holder(60), holder(60)];
    const times = (await Promise.all(holders.map(({ ended }) => ended))).map((output) => {
      const [, from, to] = /taken (\d+)\nleft (\d+)/.exec(output) ?? [];
      return { from: Number(from), to: Number(to) };
    });
    times.sort((a, b) => a.from - b.from);
    expect(times).toHaveLength(4);
    for (let i = 1; i < times.length; i++) expect(times[i]?.from).toBeGreaterThanOrEqual(times[i - 1]?.to as number);
  });

  test('gives up after its time', async () => {
    const outcome = await tryLock(folder);
    const start = Date.now();
    expect(await waitForLock(folder, 150)).toMatchObject({ heldBy: process.pid });
    expect(Date.now() - start).toBeLessThan(3_000);
    if ('lock' in outcome) await outcome.lock.release();
  });
});

describe('isAlive', () => {
  test('a process that ended is not', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.on('close', resolve));
    expect(isAlive(child.pid as number)).toBe(false);
    expect(isAlive(process.pid)).toBe(true);
  });
});
