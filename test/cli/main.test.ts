import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { commandsTimeout, createProject, type Project, repositoryRoot } from '../support/project.ts';

vi.setConfig(commandsTimeout);

let project: Project;
beforeAll(async () => {
  project = await createProject();
});
afterAll(() => project.remove());

describe('help', () => {
  test('default: all commands, in the order of the path, and the exit codes', async () => {
    const asked = await project.run(['--help']);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    const lines = asked.stdout.split('\n');
    const places = commands.map(({ name }) => lines.findIndex((line) => line.startsWith(`  ${name} `)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(asked.stdout).toContain('70 internal');
    expect((await project.run([])).stdout).toBe(asked.stdout);
  });

  test.each(commands.map((command) => [command.name, command] as const))('tally %s --help', async (name, command) => {
    const { code, stdout, stderr } = await project.run([...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe(`tally ${name} — ${command.summary}`);
    expect(stdout).toContain(`Usage: tally ${name}${command.usage ? ` ${command.usage}` : ''} [options]`);
    for (const [option, { summary }] of Object.entries(command.options)) {
      expect(stdout).toContain(`--${option}`);
      expect(stdout).toContain(summary);
    }
    expect(stdout).toContain('--json');
  });

  test('behavior: as JSON', async () => {
    expect(await project.json([])).toEqual(commands.map(({ name, summary }) => ({ name, summary })));
    expect(await project.json(['prove', '--help'])).toMatchObject([{ name: 'prove' }]);
  });
});

describe('words', () => {
  test.each([
    [['conjure'], 'there is no command "conjure"'],
    [['keys'], 'there is no command "keys"'],
    [['--bogus'], "Unknown option '--bogus'"],
    [['compile', 'square', 'square'], 'takes: [<computation>]'],
    [['verify'], 'takes: <proof.json>'],
    [['down', 'now'], 'takes: no arguments'],
    [['prove', 'square'], 'takes an input file'],
    [['prove', 'square', 'a.json', '--threads', '0'], '--threads takes a whole number from 1 to 256'],
    [['prove', 'square', 'a.json', '--window', '4294967296'], '--window takes'],
    [['net', 'a.ndjson', '--stream', '0'], '--stream takes a whole number from 1'],
    [['verify', 'a.json', '--public', 'b.json'], '--public needs --key'],
  ])('error: tally %j', async (words, says) => {
    const { code, error, ms } = await project.fail(words);
    expect(code).toBe(2);
    expect(error.code).toBe('usage');
    expect(error.message).toContain(says);
    expect(ms).toBeLessThan(60_000);
  });

  test('behavior: for people, an error says what to do, and where to read on', async () => {
    const { code, stdout, stderr } = await project.run(['journal']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'there is no command "journal"\n  → one of: `tally journal verify`, `tally journal checkpoint`, `tally journal proof`\n',
    );
  });

  test('behavior: global options may stand before the command', async () => {
    const { code, stdout } = await project.run(['--json', 'compile', 'square']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'square' });
  });

  test('behavior: a reader that goes away is no failure', () => {
    const main = join(repositoryRoot, 'src', 'cli', 'tally.js');
    const script = `"${process.execPath}" "${main}" --help | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: project.root, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  test('L59 an output that cannot be written', async () => {
    await project.write('input.json', { context: 1, x: 3 });
    for (const out of ['circuits', '/proc/proof.json']) {
      const { code, error } = await project.fail(['prove', 'square', 'input.json', '--out', out]);
      expect({ code, name: error.code }, out).toEqual({ code: 5, name: 'file_system' });
    }
  });

  test('L58 a disk that is full', async () => {
    const main = join(repositoryRoot, 'src', 'cli', 'tally.js');
    const script = `"${process.execPath}" "${main}" --help --json > /dev/full`;
    const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: project.root, encoding: 'utf8' });
    expect(status).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'file_system', at: 'standard output' });
  });
});

describe('configuration', () => {
  const withConfig = async (text: string) => {
    await project.write('configured/tally.config.ts', `export default ${text};\n`);
    return project.fail(['doctor'], { cwd: 'configured' });
  };

  test('behavior: the nearest tally.config.ts counts, and --config names another', async () => {
    await project.write('configured/tally.config.ts', "export default { circuits: 'none', prover: { threads: 3 } };\n");
    await project.write('other.config.ts', "export default { circuits: 'circuits', prover: { threads: 1 } };\n");
    const says = async (words: readonly string[]) => {
      const checks = await project.json(['doctor', ...words], { cwd: 'configured' });
      return checks.filter(({ name }) => name === 'computations' || name === 'processors').map(({ says }) => says);
    };
    expect(await says([])).toEqual([
      expect.stringContaining('3 workers'),
      `none in ${project.path('configured', 'none')}`,
    ]);
    expect(await says(['--config', '../other.config.ts'])).toEqual([
      expect.stringContaining('1 workers'),
      'disclosure, netting, square',
    ]);
  });

  test.each([
    ['5', 'does not export a configuration'],
    ['{ chains: {} }', 'unknown entry "chains"'],
    ['{ developmentChains: 31337 }', 'developmentChains must be a list of chain ids'],
    ['{ prover: { threads: "2" } }', 'threads must be a positive integer'],
    ['{ chain: { rpcUrl: "http://localhost:1/SECRET" } }', 'needs chain.chainId'],
    ['{ chain: { rpcUrl: "ftp://localhost/SECRET", chainId: 1 } }', 'rpcUrl must be an http URL'],
    ['{', 'cannot be loaded'],
  ])('error: %s', async (text, says) => {
    const { code, error, stderr } = await withConfig(text);
    expect({ code, name: error.code }).toEqual({ code: 2, name: 'config' });
    expect(error.message).toContain(says);
    expect(stderr).not.toContain('SECRET');
  });

  test('error: a file that is not there, an engine that is none', async () => {
    expect((await project.fail(['doctor', '--config', 'absent.ts'])).error.code).toBe('config');
    await project.write('input.json', { context: 1, x: 4 });
    const refused = await project.fail(['prove', 'square', 'input.json'], { env: { TALLY_ENGINE: 'steam' } });
    expect({ code: refused.code, name: refused.error.code }).toEqual({ code: 2, name: 'config' });
  });
});
