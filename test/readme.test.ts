/** What README.md shows is what there is: its code is the files' code, its commands run, its contract compiles. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import solc from 'solc';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { ExitCode } from '../src/errors.ts';
import { commandsTimeout, createProject, type Project, repositoryRoot } from './support/project.ts';

vi.setConfig(commandsTimeout);

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');

/** The code blocks of a language below a heading, without the next heading's. */
function blocks(heading: string, language: string): readonly string[] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code]) => code as string,
  );
}

/** Lines of code: no comments, no empty lines, one space between words. */
function codeLines(text: string): readonly string[] {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .map((line) => line.replace(/\s*\/\/.*$/, '').trim())
    .filter((line) => line !== '');
}

const own = 'A computation of your own';

describe('the code of square', () => {
  test('the circuit is that of the file', () => {
    const [shown = ''] = blocks(own, 'circom');
    const file = readFileSync(join(repositoryRoot, 'circuits', 'square', 'Square.circom'), 'utf8');
    const template = file.slice(file.indexOf('template Square()'));
    expect(codeLines(shown).length).toBeGreaterThan(5);
    expect(codeLines(shown)).toEqual(codeLines(template));
  });

  test('the computation is that of the file, as far as it is shown', () => {
    const [shown = ''] = blocks(own, 'ts');
    const file = codeLines(readFileSync(join(repositoryRoot, 'circuits', 'square', 'computation.ts'), 'utf8'));
    const lines = codeLines(shown);
    expect(lines.length).toBeGreaterThan(10);
    expect(file.filter((line) => lines.includes(line))).toEqual(lines);
  });
});

describe('the commands', () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject();
    const bin = project.path('node_modules', '.bin');
    await mkdir(bin, { recursive: true });
    await symlink(join(repositoryRoot, 'src', 'cli', 'tally.js'), join(bin, 'tally'));
  });
  afterAll(() => project.remove());

  test('run one after the other, and do what is said beside them', async () => {
    const [script = ''] = blocks(own, 'sh');
    const lines = script.trim().split('\n');
    expect(lines.length).toBe(7);
    // As a reader has it who wrote the two files a moment ago: nothing is compiled yet.
    await rm(project.data, { recursive: true });
    const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: process.env.HOME ?? project.root };
    const said = lines.map((line) => {
      const options = { cwd: project.root, env, encoding: 'utf8', timeout: 120_000 } as const;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', line], options);
      expect(status, `${line}\n${stderr}`).toBe(0);
      return stdout;
    });
    expect(existsSync(project.path('proof.json'))).toBe(true);
    expect(said[0]).toContain('program square');
    expect(said[3]).toContain('the proof holds  yes');
    expect(said[4]).toMatch(/gas {2}0x[0-9a-f]{64}/);
    expect(said[5]).toContain('144');
    expect(said[6]).toBe('stopped the local chain and the database\n');
  });
});

describe('the contract', () => {
  test('compiles', () => {
    const [code = ''] = blocks('In a contract', 'solidity');
    const content = `// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n${code}`;
    const input = {
      language: 'Solidity',
      sources: { 'Consumer.sol': { content } },
      settings: { outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
    expect(output.errors ?? []).toEqual([]);
    expect(output.contracts['Consumer.sol'].Consumer.evm.bytecode.object.length).toBeGreaterThan(100);
  });
});

/** `tallystick/` stands for the repository, as an installed package has it. */
function readImport(path: string): { contents: string } | { error: string } {
  if (!path.startsWith('tallystick/')) return { error: `the README imports ${path}` };
  return { contents: readFileSync(join(repositoryRoot, path.slice('tallystick/'.length)), 'utf8') };
}

describe('the prose', () => {
  test('names every command, and no other', () => {
    const section = readme.split(/^## /m).find((text) => text.startsWith('Commands\n')) ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, text]) => text));
    const names = named.map((text) => (text as string).replace(/ [<[].*$/, '')).sort();
    expect(names).toEqual(commands.map(({ name }) => name).sort());
  });

  test('names every exit code', () => {
    const missing = Object.values(ExitCode).filter((code) => !new RegExp(`(: |·\\s)${code} `).test(readme));
    expect(missing).toEqual([]);
  });

  test('names only files that are there', () => {
    const names = [...readme.matchAll(/\b((?:src|docs|circuits|verifier-contracts)\/[\w./-]+\w\/?|[A-Z]+\.md)/g)];
    expect(names.length).toBeGreaterThan(8);
    const missing = names.map(([, name]) => name as string).filter((name) => !existsSync(join(repositoryRoot, name)));
    expect(missing).toEqual([]);
  });
});
