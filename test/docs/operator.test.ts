import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Json, type JsonObject } from '../../src/model/Json.ts';
import { circuitsDir } from '../support/fixtures.ts';

const run = promisify(execFile);
const page = await readFile(new URL('../../docs/start/operator.md', import.meta.url), 'utf8');
const main = fileURLToPath(new URL('../../src/cli/tally.js', import.meta.url));
const blocks = [...page.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, text]) => text as string);
const inputs = blocks.find((text) => text.startsWith('{')) as string;
const commands = blocks.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('tally '));

let folder: string;
let worker: ChildProcess | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-operator-'));
  // The account that runs the database has to pass through.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'tally.config.ts'), `export default { circuits: ${JSON.stringify(circuitsDir)} };\n`);
  await writeFile(join(folder, 'inputs.ndjson'), inputs);
});
afterAll(async () => {
  worker?.kill('SIGKILL');
  await tally('down');
  await rm(folder, { recursive: true, force: true });
});

const tally = async (...words: readonly string[]) =>
  (await run(process.execPath, [main, ...words], { cwd: folder })).stdout;
const jobIds = async () => {
  const lines = (await tally('job', 'list', '--json')).trim().split('\n');
  return lines.map((line) => (Json.parse(line) as JsonObject).job_id as string);
};

describe('docs/start/operator.md', () => {
  test('behavior: every command of the page works in the order of the page', { timeout: 180_000 }, async () => {
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) {
      const words = command.split(' ').slice(1);
      if (command === 'tally work') {
        worker = spawn(process.execPath, [main, ...words], { cwd: folder, stdio: 'ignore' });
        continue;
      }
      const named = words.includes('<job>') ? [(await jobIds())[0] as string] : [];
      await tally(...words.filter((word) => word !== '<job>'), ...named);
    }
    worker?.kill('SIGTERM');
    expect(await once(worker as ChildProcess, 'exit')).toEqual([0, null]);
    const results = (await readFile(join(folder, 'morning.results.ndjson'), 'utf8')).trim().split('\n');
    expect(results.map((line) => (Json.parse(line) as JsonObject).id)).toEqual(['first', 'second']);
  });

  test('behavior: a job is cancelled, put back, and its run tried again', { timeout: 180_000 }, async () => {
    await writeFile(join(folder, 'late.ndjson'), '{"id": "third", "input": {"context": 7, "x": 5}}\n');
    await tally('run', 'start', 'square', 'late.ndjson');
    const stateOf = async () => {
      const [line = ''] = (await tally('job', 'list', 'late', '--json')).trim().split('\n');
      return Json.parse(line) as JsonObject;
    };
    const { job_id: job } = await stateOf();
    await tally('job', 'cancel', job as string);
    expect(await stateOf()).toMatchObject({ job_id: job, state: 'cancelled' });
    await tally('job', 'requeue', job as string);
    expect(await stateOf()).toMatchObject({ job_id: job, state: 'pending' });
    await tally('run', 'retry', 'late');
    await tally('work', '--until-empty');
    expect(await stateOf()).toMatchObject({ job_id: job, state: 'done' });
  });

  test('error: a bad line gives exit code 2, and the error as one line with --json', async () => {
    await writeFile(join(folder, 'bad.ndjson'), `${inputs}nonsense\n`);
    const failure = await tally('run', 'start', 'square', 'bad.ndjson', '--json').catch((error) => error);
    expect(failure.code).toBe(2);
    expect(Json.parse(failure.stderr.trim())).toMatchObject({ code: 'run_input' });
    const shown = await tally('run', 'status', 'bad', '--json');
    expect(Json.parse(shown.trim())).toMatchObject({ state: 'done', counts: { done: 2 } });
  });

  test('error: what is not there gives exit code 2', async () => {
    for (const words of [
      ['run', 'status', 'none'],
      ['job', 'show', '00000000'],
      ['cost', 'none'],
      ['job', 'explain', 'x'],
    ]) {
      const failure = await tally(...words, '--json').catch((error) => error);
      expect([failure.code, (Json.parse(failure.stderr.trim()) as JsonObject).code]).toEqual([2, 'job_unknown']);
    }
  });
});
