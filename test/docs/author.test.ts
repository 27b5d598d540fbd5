/** Follows docs/start/author.md: writes each file that it shows, runs each command in order, with the packed package. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorEnv, install, pack, repository } from '../support/packed.ts';

const run = promisify(execFile);
const timeoutMs = 900_000;

type Step = { readonly line: number } & (
  | { readonly kind: 'shell'; readonly commands: string }
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
);

let parent: string;
let project: string;
let steps: readonly Step[];
/** What each command printed, with the command. */
const said: { readonly command: string; readonly text: string }[] = [];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tally-author-'));
  project = join(parent, 'repository');
  await mkdir(project);
  await pack(parent);
  steps = readSteps(await readFile(join(repository, 'docs/start/author.md'), 'utf8'));
  for (const step of steps) {
    if (step.kind === 'file') await writeShown(step);
    else await follow(step);
  }
}, timeoutMs);

afterAll(async () => {
  await run('npx', ['tally', 'down'], { cwd: project, env: authorEnv }).catch(() => undefined);
  await rm(parent, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

test('the page has steps: files are written and commands run', () => {
  expect(steps.filter(({ kind }) => kind === 'file')).toHaveLength(5);
  expect(said.length).toBeGreaterThanOrEqual(18);
});

test('the scaffold passes its own test, and a weak range check is found with exit code 3', () => {
  expect(answers('npx tally test savings')[0]).toContain('✓ loose wires');
  const [broken] = answers('npx tally test savings || echo');
  expect(broken).toContain('exit code 3');
  expect(broken).toContain('ranges: accepts private amounts above its range');
  expect(broken).toContain('accepts "an amount of 2^64"');
});

test('the changed circuit is another program, and diff says what changed', () => {
  const [text] = answers('npx tally diff');
  expect(text).toContain('another program');
  expect(text).toContain('+ least');
});

test("the author's own circuit is recorded on a local chain", async () => {
  expect(answers('npx tally records').join()).toMatch(/1\b/);
  const proof = JSON.parse(await readFile(join(project, 'proof.json'), 'utf8'));
  expect(proof.signals.slice(1)).toEqual(['10', `${12n + 30n + 10n + 2n ** 64n - 1n}`]);
});

test('the consumer contract reads what was recorded, and nothing else', () => {
  const [text] = answers('node read.ts');
  expect(text).toContain(`the contract reads: at least 10, in total ${12n + 30n + 10n + 2n ** 64n - 1n}`);
  expect(text).toContain('for another total it gives a revert');
});

test('what the author has type-checks against the declarations of the package, its own included', async () => {
  const config = {
    compilerOptions: {
      ...{ target: 'es2024', lib: ['es2024', 'dom'], module: 'nodenext', types: ['node'], strict: true, noEmit: true },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, allowImportingTsExtensions: true },
    },
    include: ['circuits', 'tally.config.ts', 'caller.ts'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(project, 'caller.ts'), callerText);
  // Without skipLibCheck the declarations of the package are checked as well, and these speak of Node and of pg.
  for (const each of ['@types/node', '@types/pg']) await install(project, each);
  const tsc = join(repository, 'node_modules/.bin/tsc');
  const { stdout } = await run(tsc, ['-p', project], { env: authorEnv }).catch((error) => error);
  expect(stdout).toBe('');
}, 120_000);

test('the package holds what it says and no sources or tests', async () => {
  const home = join(project, 'node_modules/tallystick');
  expect((await readdir(home)).sort()).toEqual(
    [
      ...['ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md'],
      ...['dist', 'docs', 'package.json', 'schemas', 'src', 'verifier-contracts'],
    ].sort(),
  );
  const files = await readdir(home, { recursive: true });
  expect(files.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
});

const callerText = `
import { createProver, FaultsError, type Job } from 'tallystick';
import savings from './circuits/savings/computation.ts';
import type { SavingsInput, SavingsResults, SavingsSignals } from './circuits/savings/types.ts';

export const input: SavingsInput = { least: 1, amounts: ['18446744073709551615', 2n, 3, 4] };
export const results: SavingsResults = { total: 10n };
export const signals: SavingsSignals = [1n, 2n, 3n];
export const given: Job['input'] = savings.reference({ amounts: [1n] }, { N: 1 });
export const error = new FaultsError('nothing');
export const prover = createProver;
// @ts-expect-error three amounts are not four
export const short: SavingsInput = { least: 1, amounts: [1, 2, 3] };
`;

function answers(start: string): readonly string[] {
  return said.filter(({ command }) => command.startsWith(start)).map(({ text }) => text);
}

/** Blocks of the page: \`sh\` ones are run, others are written to the file that the line above them ends with. */
function readSteps(page: string): readonly Step[] {
  const found: Step[] = [];
  for (const match of page.matchAll(/(?:^|\n)([^\n]*)\n\n?```(\w+)\n([\s\S]*?)```/g)) {
    const [, above = '', language, body = ''] = match;
    const line = page.slice(0, match.index).split('\n').length;
    const path = /`([^`]+)`:$/.exec(above)?.[1];
    if (language === 'sh') found.push({ kind: 'shell', line, commands: body });
    else if (path !== undefined) found.push({ kind: 'file', line, path, text: body });
    else throw new Error(`author.md:${line} shows ${language} without saying in which file it belongs`);
  }
  return found;
}

async function writeShown({ path, text }: Step & { readonly kind: 'file' }): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
}

/** Each line as it stands, but for `npm install`, which must do without a registry here. */
async function follow({ commands, line }: Step & { readonly kind: 'shell' }): Promise<void> {
  for (const command of commands.trim().split('\n')) {
    const packages = /^npm install --save-dev (.*)$/.exec(command)?.[1];
    if (packages !== undefined) {
      for (const each of packages.split(' ')) await install(project, each);
      continue;
    }
    const result = await run('bash', ['-c', `set -o pipefail; exec 2>&1; ${command}`], {
      cwd: project,
      env: authorEnv,
    }).catch((error: { code: number; stdout: string }) => {
      throw new Error(`author.md:${line}: \`${command}\` ended with ${error.code}:\n${error.stdout}`);
    });
    said.push({ command, text: result.stdout });
  }
}
