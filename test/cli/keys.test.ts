/** Keys and witnesses through the program: what is made, checked, taken in, and what is refused. */
import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import square from '../../circuits/square/computation.ts';
import { Wtns } from '../../prover/artifacts/wtns.ts';
import { Field, r } from '../../src/model/Field.ts';
import { type Artifacts, loadArtifacts } from '../support/artifacts.ts';
import { loadCircuit } from '../support/circuits.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';

vi.setConfig(commandsTimeout);

let project: Project;
let artifacts: Artifacts;
beforeAll(async () => {
  project = await createProject();
  artifacts = await loadArtifacts();
});
afterAll(() => project.remove());

describe('keys', () => {
  test('default: made once, linted, exported, taken in again', async () => {
    const [made = {}] = await project.json(['keys', 'dev', 'square']);
    expect(made).toMatchObject({ keyClass: 'development', keyId: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(await project.json(['keys', 'dev', 'square'])).toEqual([made]);
    const zkey = (made.provingKey as { path: string }).path;
    const [report] = await project.json(['keys', 'lint', zkey]);
    expect(report).toMatchObject({ keyId: made.keyId, keyClass: 'development', publicCount: 2 });
    expect(await project.json(['keys', 'lint', dirname(zkey)])).toMatchObject([{ keyId: made.keyId }]);

    const [exported] = await project.json(['keys', 'export', zkey]);
    expect(exported).toMatchObject({ keyId: made.keyId, bytes: expect.stringMatching(/^0x/) });
    expect(await project.json(['keys', 'lint', 'verification_key.json'])).toMatchObject([{ keyId: made.keyId }]);
    const text = (await project.run(['keys', 'lint', 'verification_key.json'])).stdout;
    expect(text).toContain('safe to verify with  yes');

    await cp(zkey, project.path('elsewhere.zkey'));
    expect(await project.json(['keys', 'import', 'square', 'elsewhere.zkey'])).toMatchObject([{ keyId: made.keyId }]);
  });

  test('behavior: another seed gives another key', async () => {
    const [first] = await project.json(['keys', 'dev', 'square']);
    const [second] = await project.json(['keys', 'dev', 'square', '--seed', 'mine']);
    expect(second?.programId).toBe(first?.programId);
    expect(second?.keyId).not.toBe(first?.keyId);
  });

  test('L17 a key without a phase 2 is refused for lint, export, import and verification', async () => {
    await project.write('raw.zkey', await artifacts.read('raw.zkey'));
    for (const words of [
      ['keys', 'lint', 'raw.zkey'],
      ['keys', 'export', 'raw.zkey', '--out', 'raw.json'],
      ['keys', 'import', 'square', 'raw.zkey'],
    ]) {
      const failed = await project.fail(words);
      expect(failed.code).toBe(4);
      if (words[1] !== 'import') expect(failed.error.code).toBe('unsafe_key');
    }
    expect(existsSync(project.path('raw.json'))).toBe(false);

    const [key = {}] = await project.json(['keys', 'dev', 'square']);
    await project.json(['keys', 'export', (key.provingKey as { path: string }).path, '--out', 'unsafe.json']);
    const json = await project.readJson('unsafe.json');
    await project.write('unsafe.json', { ...json, vk_delta_2: json.vk_gamma_2 });
    await project.write('input.json', { context: 1, x: 5 });
    await project.json(['prove', 'square', 'input.json']);
    for (const words of [
      ['verify', 'proof.json', '--key', 'unsafe.json'],
      ['keys', 'lint', 'unsafe.json'],
    ]) {
      const failed = await project.fail(words);
      expect(failed.code).toBe(4);
    }
    await project.write('proof-only.json', (await project.readJson('proof.json')).proof);
    await project.write('public.json', ['1', '25']);
    const words = ['verify', 'proof-only.json', '--key', 'unsafe.json', '--public', 'public.json'];
    expect(await project.fail(words)).toMatchObject({ code: 4, error: { code: 'unsafe_key' } });
  });

  test('L12 a key of another circuit is not taken in', async () => {
    await project.write('other.zkey', await artifacts.read('product.zkey'));
    expect(await project.fail(['keys', 'import', 'square', 'other.zkey'])).toMatchObject({
      code: 4,
      error: { code: 'artifact_mismatch' },
    });
  });

  test('L8 a proving key with a changed byte is set aside and made again', async () => {
    const own = await createProject();
    try {
      const [key = {}] = await own.json(['keys', 'dev', 'square']);
      const { path } = key.provingKey as { path: string };
      const bytes = new Uint8Array(await readFile(path));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      await own.write(path.slice(own.root.length + 1), bytes);
      expect(await own.fail(['keys', 'lint', dirname(path)])).toMatchObject({
        code: 4,
        error: { code: 'artifact_hash' },
      });
      expect(await own.json(['keys', 'dev', 'square'])).toEqual([key]);
      expect(basename(dirname(path))).toMatch(/^square-default-[0-9a-f]{16}$/);
    } finally {
      await own.remove();
    }
  });

  test('error: files that are no keys', async () => {
    await project.write('text.zkey', 'not a key');
    expect(await project.fail(['keys', 'lint', 'text.zkey'])).toMatchObject({ code: 4 });
    expect(await project.fail(['keys', 'lint', 'absent.zkey'])).toMatchObject({ code: 2 });
    await project.write('plonk.zkey', await artifacts.read('plonk.zkey'));
    expect(await project.fail(['keys', 'lint', 'plonk.zkey'])).toMatchObject({
      code: 4,
      error: { code: 'artifact_protocol' },
    });
  });
});

describe('prove --witness', () => {
  const secret = 987654321n;

  /** The honest witness of secret², changed. */
  const prove = async (change: (witness: bigint[]) => readonly bigint[]) => {
    const { calculate } = await loadCircuit(square);
    const witness = change(calculate({ context: 1n, y: secret * secret, x: secret }));
    const values = new Uint8Array(32 * witness.length);
    for (const [i, element] of witness.entries()) values.set(Field.toBytesLE(element), 32 * i);
    await project.write('witness.wtns', Wtns.encode(values));
    return ['prove', 'square', '--witness', 'witness.wtns', '--out', 'witnessed.json'];
  };

  test('default: an honest one is proven', async () => {
    const [proof] = await project.json(await prove((witness) => witness));
    expect(proof).toMatchObject({ signals: ['1', `${secret * secret}`] });
    expect(await project.json(['verify', 'witnessed.json'])).toMatchObject([{ valid: true }]);
  });

  test.each([
    ['L20 a forged result', (w: bigint[]) => w.with(2, (w[2] as bigint) + 1n), 3, 'unsatisfied'],
    ['L20 a forged context', (w: bigint[]) => w.with(1, 2n), 3, 'unsatisfied'],
    ['L21 one element too few', (w: bigint[]) => w.slice(0, -1), 4, 'artifact_mismatch'],
    ['L21 one too many', (w: bigint[]) => [...w, 0n], 4, 'artifact_mismatch'],
    ['L22 an element that is r', (w: bigint[]) => w.with(5, r), 4, 'artifact_format'],
    ['L22 a first element that is not 1', (w: bigint[]) => w.with(0, 2n), 4, 'artifact_format'],
    [
      'L23 a witness of another circuit of the same size',
      (w: bigint[]) => w.map((_, i) => BigInt(i) + 1n),
      3,
      'unsatisfied',
    ],
  ] as const)('%s', async (_, change, exit, code) => {
    const failed = await project.fail((await prove(change)).with(-1, 'forged.json'));
    expect({ exit: failed.code, code: failed.error.code }).toEqual({ exit, code });
    expect(failed.stderr).not.toContain(String(secret));
    expect(existsSync(project.path('forged.json'))).toBe(false);
  });

  test('L20 a false result in an input: template and line, no value, no proof', async () => {
    await project.write('false.json', { context: 1, x: `${secret}`, y: `${secret * secret + 1n}` });
    const { code, error, stderr } = await project.fail(['prove', 'square', 'false.json', '--out', 'forged.json']);
    expect({ code, name: error.code }).toEqual({ code: 3, name: 'unsatisfied' });
    expect(error.at).toMatch(/^template Square, line \d+$/);
    expect(stderr).not.toContain(String(secret));
    expect(existsSync(project.path('forged.json'))).toBe(false);
  });
});
