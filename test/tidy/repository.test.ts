/** What keeps the repository in order and no linter knows: where things lie, what they are called, that all is said. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import * as errors from '../../src/errors.ts';
import { repositoryRoot } from '../support/project.ts';

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
});
const paths = listed.split('\n').filter((path) => path !== '' && existsSync(join(repositoryRoot, path)));
const isGenerated = (path: string) =>
  path.includes('/generated/') || path.startsWith('test/vectors/') || path === 'package-lock.json';
const textOf = new Map(paths.map((path) => [path, readFileSync(join(repositoryRoot, path), 'utf8')]));
const text = (path: string) => textOf.get(path) ?? '';
const written = paths.filter((path) => !isGenerated(path));
const sources = written.filter((path) => /\.(ts|js|cjs|sol|circom)$/.test(path));
const inFolder = (folder: string) => sources.filter((path) => path.startsWith(folder));

test('there is a repository to look at', () => {
  expect(sources.length).toBeGreaterThan(200);
  expect(paths).toContain('src/pipeline.ts');
});

describe('commands', () => {
  const files = inFolder('src/cli/commands/');

  test('each has a file, and each file is listed', () => {
    const named = files.flatMap((path) =>
      [...text(path).matchAll(/^ {2}name: '([a-z ]+)',$/gm)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(commands.map(({ name }) => name).sort());
  });

  test('each calls a step or the pipeline, and no tool', () => {
    for (const path of files) {
      expect(text(path), path).toMatch(/from '\.\.\/\.\.\/(steps\/\w+|pipeline)\.ts'/);
      expect(text(path), path).not.toMatch(/^import \{.*from '[./]*(prover|chain|compiler|importers|reconcile)\//m);
    }
  });

  test('each is driven by a test', () => {
    const tests = sources.filter((path) => /^test\/(cli|docs|steps|author|jobs|pipeline|readme)/.test(path));
    // The pages that tests follow line by line.
    const pages = ['docs/start/author.md', 'docs/start/operator.md', 'README.md'];
    const all = [
      ...tests.map(text),
      ...pages.map((path) => text(path).replaceAll(/^(npx )?tally (.*)$/gm, "'$2'")),
    ].join('\n');
    const missing = commands.filter(({ name }) => {
      const words = name.split(' ').map((word) => `'${word}'`);
      return !new RegExp(`${words.join(', ')}[,\\])]|['\`]${name}['\` ]`).test(all);
    });
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe('errors', () => {
  const classes = Object.values(errors).filter(
    (value): value is typeof errors.UsageError =>
      typeof value === 'function' && value !== (errors.TallyError as unknown),
  );
  const code = (Class: typeof errors.UsageError) =>
    /readonly code = '(\w+)'/.exec(text('src/errors.ts').split(`class ${Class.name} `)[1] ?? '')?.[1] ?? '';

  test('each has a code of its own and a section in docs/errors.md', () => {
    const codes = classes.map(code);
    expect(new Set(codes).size).toBe(classes.length);
    const docs = text('docs/errors.md');
    const missing = codes.filter((each) => !docs.includes(`\n### ${each.replaceAll('_', '-')}\n`));
    expect(missing).toEqual([]);
  });

  test('each is thrown somewhere', () => {
    const program = [...inFolder('src/'), ...inFolder('prover/')].filter((path) => path !== 'src/errors.ts');
    const all = program.map(text).join('\n');
    // Made with `new`, or handed as a class to whoever makes one of several.
    const silent = classes.filter(({ name }) => !new RegExp(`new ${name}\\(|[:=?] ${name}\\b`).test(all));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('each Solidity error says when it is thrown', () => {
    const contracts = inFolder('verifier-contracts/');
    expect(contracts.length).toBeGreaterThan(5);
    const unexplained = contracts.flatMap((path) => {
      const lines = text(path).split('\n');
      return lines.flatMap((line, i) => {
        const name = /^\s*error (\w+)\(/.exec(line)?.[1];
        return name === undefined || commentAbove(lines, i).includes('Thrown when') ? [] : [`${path}: ${name}`];
      });
    });
    expect(unexplained).toEqual([]);
  });
});

function commentAbove(lines: readonly string[], index: number): string {
  let start = index;
  while (/^\s*(\/\/\/|\*|\/\*\*)/.test(lines[start - 1] ?? '')) start--;
  return lines.slice(start, index).join('\n');
}

describe('imports', () => {
  const importers = (pattern: RegExp) =>
    sources.filter((path) => /^(src|prover|circuits)\//.test(path) && pattern.test(text(path)));

  test.each([
    ['snarkjs and ffjavascript', /(from|import\()\s*'(snarkjs|ffjavascript)/, 'prover/'],
    ['piscina', /from 'piscina'/, 'prover/'],
    ['circom2', /(from|resolve\()\s*'circom2/, 'src/compiler/'],
    ['the clients of viem', /from 'viem(\/(?!utils')[^']*)?'/, 'src/chain/'],
    ['csv-parse', /from 'csv-parse/, 'src/importers/'],
  ])('%s in one folder', (_, pattern, folder) => {
    const found = importers(pattern);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((path) => !path.startsWith(folder))).toEqual([]);
  });

  test('the tools do not know one another, and the prover knows the model only', () => {
    const tools = ['compiler', 'chain', 'importers', 'reconcile'];
    for (const tool of tools) {
      const others = [...tools.filter((other) => other !== tool), 'prover', 'steps', 'cli'].join('|');
      const meeting = inFolder(`src/${tool}/`).filter((path) =>
        new RegExp(`from '[./]+/(${others})/`).test(text(path)),
      );
      expect(meeting).toEqual([]);
    }
    const curious = inFolder('prover/').filter((path) =>
      /from '[./]*\/src\/(?!model\/|errors\.ts|files\.ts)/.test(text(path)),
    );
    expect(curious).toEqual([]);
  });
});

describe('words', () => {
  const table = text('ARCHITECTURE.md').split('## Words')[1]?.split('\n## ')[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Word '));

  test('each row of the table names something that the code has', () => {
    expect(rows.length).toBeGreaterThan(20);
    const code = sources.map(text).join('\n').toLowerCase();
    const names = rows.flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim().toLowerCase()));
    expect(names.filter((name) => !code.includes(name) && !code.includes(name.replaceAll(' ', '')))).toEqual([]);
  });
});

describe('files', () => {
  test('none has more than 400 lines', () => {
    // The errors are one list, in the order of the path, however long the path becomes.
    const program = sources.filter((path) => !path.startsWith('test/') && path !== 'src/errors.ts');
    const long = program.filter((path) => text(path).split('\n').length > 400);
    expect(long).toEqual([]);
  });

  test('none names a place on somebody’s machine', () => {
    const home = /(?<![\w.$}])\/(home|Users|root|work|opt\/\w+)\/[\w.-]+/;
    expect(written.filter((path) => home.test(text(path)))).toEqual([]);
  });

  test('no unfinished business, no skipped tests, no mocks', () => {
    const marks = new RegExp(
      ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', '\\.sk' + 'ip\\(', '\\.on' + 'ly\\(', 'vi\\.mo' + 'ck'].join('|'),
    );
    expect(sources.filter((path) => marks.test(text(path)))).toEqual([]);
  });

  test('each test of the model is named after what it tests', () => {
    const names = inFolder('test/model/').map((path) => basename(path).replace(/(\.slow)?\.test\.ts$/, '.ts'));
    // The codec is the model as a whole, as several languages see it.
    const strangers = names.filter((name) => name !== 'codec.ts' && !paths.includes(`src/model/${name}`));
    expect(strangers).toEqual([]);
  });
});
