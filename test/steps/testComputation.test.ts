/** Seeds one fault a circuit and sees `tally test` find it, and nothing else. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { FaultsError } from '../../src/errors.ts';
import { requireSound, type TestReport, testComputation } from '../../src/steps/testComputation.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { cacheDir, circuitsDir } from '../support/fixtures.ts';

const model = fileURLToPath(new URL('../../src/model/Computation.ts', import.meta.url));

let root: string;
let config: Config;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tally-test-'));
  config = { ...(await loadConfig(root)), circuitsDir: join(root, 'circuits'), dataDir: cacheDir };
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Seeded = {
  /** Below the declarations of context, y (public), x and z (private). */
  readonly body: string;
  readonly reference?: string;
  /** Further entries of the definition. */
  readonly more?: string;
  readonly examples?: string;
  readonly y?: string;
};

/** y = x² + z, with x and z below 2^32, when nothing else is said. */
const sound = `
    Range(32)(x);
    Range(32)(z);
    y === x * x + z;`;

async function runTest(name: string, fault: Seeded): Promise<TestReport> {
  const { body, reference = '({ x, z }) => ({ y: x * x + z })', more = '', y = 'result: true' } = fault;
  const dir = join(config.circuitsDir, name);
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'Main.circom'),
    `pragma circom 2.2.3;
include "Range.circom";
/** @title Main @notice For a test. @requires nothing. */
template Main() {
    signal input context;
    signal input y;
    signal input x;
    signal input z;
    signal contextSquare <== context * context;${body}
}
`,
  );
  await writeFile(
    join(dir, 'computation.ts'),
    `import { contextSignal, defineComputation } from ${JSON.stringify(model)};
const max = 2n ** 32n - 1n;
export default defineComputation({
  name: '${name}', version: 1, template: 'Main', parameters: [], sizes: { default: {} },
  signals: {
    context: contextSignal,
    y: { type: 'field', public: true, ${y} },
    x: { type: 'uint', max },
    z: { type: 'uint', max },
  },
  reference: ${reference},
  ${more}
});
`,
  );
  if (fault.examples !== undefined) await writeFile(join(dir, 'examples.json'), fault.examples);
  return testComputation(toolbox(), { name, runs: 6 });
}

function toolbox(): Toolbox {
  return { config, onProgress: () => {}, signal: new AbortController().signal };
}

/** `check: what` of all faults. */
function faults({ checks }: TestReport): readonly string[] {
  return checks.flatMap(({ name, faults }) => faults.map(({ what }) => `${name}: ${what}`));
}

describe('default', () => {
  test('a sound circuit with its examples: nothing is found, and something is tried by every check', async () => {
    const examples = {
      version: 1,
      accepts: [{ desc: 'small', input: { x: 3, z: 4 } }],
      rejects: [
        { desc: 'another y', input: { x: 3, z: 4, y: 14 } },
        { desc: 'x beyond its range', input: { x: '4294967296', z: 0 }, template: 'Range' },
        { desc: 'an example of another size', size: 'large', input: {} },
      ],
    };
    const report = await runTest('sound', { body: sound, examples: JSON.stringify(examples) });
    expect(faults(report)).toEqual([]);
    expect(report.checks.map(({ name, tried }) => `${name}: ${tried}`)).toEqual([
      'accepts: 1 example',
      'rejects: 2 examples',
      'ranges: 16 values outside their ranges',
      'forged witnesses: 12 forgeries',
      'reference: 6 random inputs, 12 wrong results',
      expect.stringMatching(/^loose wires: [\d,]+ changes of \d+ wires$/),
    ]);
    expect(() => requireSound(report)).not.toThrow();
  });

  test.each(['square', 'disclosure', 'netting'])('the circuit %s of this repository', async (name) => {
    const own = { ...toolbox(), config: { ...config, circuitsDir } };
    const size = name === 'square' ? undefined : 'tiny';
    const report = await testComputation(own, { name, size, runs: 3 });
    expect(faults(report)).toEqual([]);
    expect(report.checks.flatMap(({ explained }) => explained)).toHaveLength(name === 'netting' ? 2 : 0);
  });

  test('the same seed tries the same inputs', async () => {
    const first = await runTest('seeded', { body: sound });
    expect(await testComputation(toolbox(), { name: 'seeded', runs: 6 })).toEqual(first);
  });
});

describe('behavior: finds', () => {
  test('a range that the circuit does not hold', async () => {
    const report = await runTest('no-range', { body: sound.replace('Range(32)(z);', '') });
    expect(faults(report)).toEqual([
      'ranges: accepts private z above its range',
      'ranges: accepts private z below its range',
    ]);
    expect(() => requireSound(report)).toThrow(expect.objectContaining({ name: 'FaultsError', exitCode: 3 }));
  });

  test('a rule that is only asserted', async () => {
    const examples = { version: 1, rejects: [{ desc: 'x is 7', input: { x: 7, z: 0 } }] };
    const report = await runTest('asserted', {
      body: `${sound}\n    assert(x != 7);`,
      examples: JSON.stringify(examples),
    });
    expect(faults(report)).toEqual(['rejects: only an assertion refuses "x is 7"; no constraint does']);
  });

  test('a wire that a hint alone fixes, until it is explained', async () => {
    const body = `${sound}
    // HINT: the line below has room for two values, which is the fault to be found.
    signal loose <-- z >> 0;
    (loose - z) * (loose - z - 1) === 0;`;
    const report = await runTest('hinted', { body });
    expect(faults(report)).toContain('loose wires: main.loose is held by no constraint');
    const more = "looseWires: [{ signal: 'main.loose', why: 'nobody looks at it' }],";
    const explained = await runTest('explained', { body, more });
    expect(faults(explained)).not.toContain('loose wires: main.loose is held by no constraint');
    expect(explained.checks.at(-1)?.explained).toEqual(['main.loose: nobody looks at it']);
  });

  test('a result that is not determined', async () => {
    const body = `
    Range(32)(x);
    Range(32)(z);
    (y - x) * (y - x - 1) === 0;`;
    const report = await runTest('undetermined', { body, reference: '({ x }) => ({ y: x })' });
    expect(faults(report)).toContain('reference: accepts a wrong y: its value is not determined by the input');
    expect(faults(report)).toContain('loose wires: main.y is held by no constraint');
  });

  test('a reference that says otherwise', async () => {
    const report = await runTest('disagrees', { body: sound, reference: '({ x, z }) => ({ y: x * x + 2n * z })' });
    expect(faults(report)[0]).toMatch(/^reference: refuses random input \d, for which the reference has results$/);
  });

  test('a reference that refuses everything, and asks for `sample`', async () => {
    const reference = "() => { throw new Error('never'); }";
    expect(faults(await runTest('refuses', { body: sound, reference }))).toEqual([
      'reference: the reference throws on each of 6 random inputs',
    ]);
    const more = 'sample: () => ({ context: 1n, x: 2n, z: 3n }),';
    expect(faults(await runTest('sampled', { body: sound, more }))).toEqual([]);
  });

  test('examples that go the other way', async () => {
    const examples = {
      version: 1,
      accepts: [{ desc: 'a wrong y', input: { x: 1, z: 1, y: 3 } }],
      rejects: [
        { desc: 'all is well', input: { x: 1, z: 1 } },
        { desc: 'a wrong y', input: { x: 1, z: 1, y: 3 }, template: 'Range' },
      ],
    };
    expect(faults(await runTest('examples', { body: sound, examples: JSON.stringify(examples) }))).toEqual([
      'accepts: refuses "a wrong y"',
      'rejects: accepts "all is well"',
      'rejects: refuses "a wrong y", but not in template Range',
    ]);
  });

  test('and names places, never values', async () => {
    const secret = '3133731337';
    const examples = { version: 1, accepts: [{ desc: 'private', input: { x: secret, z: secret, y: 1 } }] };
    const report = await runTest('quiet', { body: sound, examples: JSON.stringify(examples) });
    const error = (() => {
      try {
        requireSound(report);
      } catch (thrown) {
        return thrown as FaultsError;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(FaultsError);
    expect(error?.message).not.toContain(secret);
    expect(JSON.stringify(report)).not.toContain(secret);
  });
});

describe('error: an examples file that is not one', () => {
  beforeAll(() => runTest('files', { body: sound }));
  const refused = async (examples: string | Uint8Array) => {
    await writeFile(join(config.circuitsDir, 'files', 'examples.json'), examples);
    return testComputation(toolbox(), { name: 'files' }).then(
      () => 'tested',
      (error) => error,
    );
  };

  test('L35 malformed JSON of every class, and nesting of 10^5 levels', async () => {
    const texts = [
      '',
      '{',
      '}',
      '[1,]',
      '{"version":1,}',
      "{'version':1}",
      '{version:1}',
      '{"version":01}',
      '// x\n{}',
    ];
    texts.push('{"version":+1}', '{"version":1} 2', '{"version":"', 'undefined', '{"version":NaN}', '{"a":1 "b":2}');
    texts.push('['.repeat(100_000), '{"accepts":'.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    for (const text of texts) {
      expect(await refused(text), text.slice(0, 40)).toMatchObject({ name: 'JsonError', exitCode: 2 });
    }
  });

  test('L37 a byte-order mark, NUL, invalid UTF-8', async () => {
    expect(await refused('\uFEFF{"version":1}')).toMatchObject({ name: 'JsonError', exitCode: 2 });
    expect(await refused('{"version":1}\0')).toMatchObject({ name: 'JsonError', exitCode: 2 });
    expect(await refused('{"version":1,"accepts":[{"desc":"\0","input":{}}]}')).toMatchObject({ exitCode: 2 });
    const bytes = [...new TextEncoder().encode('{"version":1,"x":"')];
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const file = Uint8Array.from([...bytes, ...bad, 0x22, 0x7d]);
      expect(await refused(file)).toMatchObject({ name: 'InputFileError', exitCode: 2 });
    }
  });

  test('wrong parts are named with their example', async () => {
    for (const [examples, at] of [
      ['[]', /examples\.json$/],
      ['{"version":2}', /examples\.json$/],
      ['{"version":1,"accept":[]}', /examples\.json$/],
      ['{"version":1,"accepts":{}}', /accepts$/],
      ['{"version":1,"rejects":[3]}', /rejects\[0\]$/],
      ['{"version":1,"rejects":[{"desc":"x"}]}', /rejects\[0\]$/],
      ['{"version":1,"rejects":[{"desc":"x","input":[]}]}', /rejects\[0\]$/],
      ['{"version":1,"accepts":[{"desc":"x","input":{"x":1,"z":2},"why":"?"}]}', /accepts\[0\]$/],
      ['{"version":1,"accepts":[{"desc":"x","input":{"x":1}}]}', /accepts\[0\]$/],
      ['{"version":1,"accepts":[{"desc":"x","input":{"x":1,"z":4294967296}}]}', /accepts\[0\]$/],
    ] as const) {
      const error = await refused(examples);
      expect(error, examples).toMatchObject({ name: 'ExamplesError', exitCode: 2, at: expect.stringMatching(at) });
    }
  });
});
