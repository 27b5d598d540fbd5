/** The acceptance rows about proof files: a proof of ours, spoilt in one respect each, and snarkjs' own three files. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { twistPointOutsideSubgroup } from '../../scripts/generate/fixtures/points.ts';
import { q, r } from '../../src/model/Field.ts';
import { Hex } from '../../src/model/Hex.ts';
import { Point } from '../../src/model/Point.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';

vi.setConfig(commandsTimeout);

type Json = Record<string, unknown>;
type ProofJson = { pi_a: string[]; pi_b: string[][]; pi_c: string[] };

let project: Project;
/** A proof file of ours, of 12² = 144. */
let file: Json;
let proof: ProofJson;
beforeAll(async () => {
  project = await createProject();
  await project.write('input.json', { context: 1, x: 12 });
  await project.json(['prove', 'square', 'input.json']);
  file = await project.readJson('proof.json');
  proof = file.proof as ProofJson;
  const [key = {}] = await project.json(['keys', 'dev', 'square']);
  await project.json(['keys', 'export', (key.provingKey as { path: string }).path]);
});
afterAll(() => project.remove());

describe('verify', () => {
  test('default: with the key that the proof names, with a given one, and snarkjs’ own files', async () => {
    expect(await project.json(['verify', 'proof.json'])).toMatchObject([
      { valid: true, statementId: file.statementId, keyId: file.keyId, keyClass: 'development', signals: ['1', '144'] },
    ]);
    const [own] = await project.json(['verify', 'proof.json', '--key', 'verification_key.json']);
    expect(own).toMatchObject({ valid: true, keyId: file.keyId });
    await project.write('snarkjs.json', proof);
    await project.write('public.json', file.signals);
    const words = ['verify', 'snarkjs.json', '--key', 'verification_key.json', '--public', 'public.json'];
    expect((await project.json(words))[0]).toMatchObject({ valid: true, signals: ['1', '144'] });
  });

  test('behavior: says in words what a development key is worth', async () => {
    const { code, stdout } = await project.run(['verify', 'proof.json']);
    expect(code).toBe(0);
    expect(stdout).toContain('the proof holds  yes');
    expect(stdout).toContain('whoever knows its seed can forge proofs');
  });

  test('error: a key that is not there, and another one', async () => {
    const [other = {}] = await project.json(['keys', 'dev', 'square', '--seed', 'another']);
    expect(other.keyId).not.toBe(file.keyId);
    await project.json(['keys', 'export', (other.provingKey as { path: string }).path, '--out', 'other.json']);
    const refused = await project.fail(['verify', 'proof.json', '--key', 'other.json']);
    expect(refused).toMatchObject({ code: 4, error: { code: 'artifact_mismatch' } });
    await project.write('unknown.json', { ...file, keyId: `0x${'11'.repeat(32)}` });
    expect(await project.fail(['verify', 'unknown.json'])).toMatchObject({ code: 2, error: { code: 'input_file' } });
  });
});

/** Verifies what our file would be after a change, and snarkjs' files after the same one. */
async function refuse(change: { proof?: object; signals?: unknown }, exit: number, code: string) {
  const changed = { ...proof, ...change.proof };
  const signals = change.signals ?? file.signals;
  await project.write('changed.json', { ...file, signals, proof: changed });
  await project.write('changed-proof.json', changed);
  await project.write('changed-public.json', signals);
  const snarkjs = ['changed-proof.json', '--key', 'verification_key.json', '--public', 'changed-public.json'];
  const failed = await project.fail(['verify', ...snarkjs]);
  expect({ exit: failed.code, code: failed.error.code }).toEqual({ exit, code });
  // Our own file also holds the statement's id, which does not fit then: whichever is noticed first, it is refused.
  const own = await project.fail(['verify', 'changed.json']);
  expect([3, 4]).toContain(own.code);
}

describe('rows', () => {
  test('L45 too few public signals', () => refuse({ signals: ['1'] }, 3, 'signal_count'));
  test('L46 too many public signals', () => refuse({ signals: ['1', '144', '0'] }, 3, 'signal_count'));

  test('L47 a public signal that is no decimal string below the field’s order', async () => {
    for (const signal of [`${r + 144n}`, '-144', '0x90', 144]) {
      await refuse({ signals: ['1', signal] }, 3, 'proof_rejected');
    }
  });

  test('L48 a coordinate beyond the field', async () => {
    const [x, y, z] = proof.pi_a as [string, string, string];
    await refuse({ proof: { pi_a: [`${BigInt(x) + q}`, y, z] } }, 3, 'proof_rejected');
  });

  test('L49 a point off its curve, at infinity, outside its group, not affine', async () => {
    const [x, y] = proof.pi_a as [string, string];
    await refuse({ proof: { pi_a: [x, `${BigInt(y) ^ 1n}`, '1'] } }, 3, 'proof_rejected');
    await refuse({ proof: { pi_a: ['0', '1', '0'] } }, 3, 'proof_rejected');
    await refuse({ proof: { pi_c: ['0', '0', '1'] } }, 3, 'proof_rejected');
    await refuse({ proof: { pi_c: [...proof.pi_c.slice(0, 2), '2'] } }, 3, 'proof_rejected');
    const outside = Point.g2FromWords(Hex.toWords(twistPointOutsideSubgroup()));
    await refuse({ proof: { pi_b: [outside.x.map(String), outside.y.map(String), ['1', '0']] } }, 3, 'proof_rejected');
  });

  test('L50 a protocol or a curve that lies', async () => {
    await refuse({ proof: { protocol: 'plonk' } }, 4, 'proof_protocol');
    await refuse({ proof: { curve: 'bls12381' } }, 4, 'proof_protocol');
  });

  test('L51 a proof without pi_b', () => refuse({ proof: { pi_b: undefined } }, 3, 'proof_rejected'));

  test('a statement that is not what was proven', async () => {
    await refuse({ signals: ['1', '145'] }, 3, 'proof_rejected');
    await refuse({ signals: ['2', '144'] }, 3, 'proof_rejected');
    await refuse({ proof: { pi_a: proof.pi_c, pi_c: proof.pi_a } }, 3, 'proof_rejected');
  });

  test('a file that is not a proof file', async () => {
    for (const [content, exit, code] of [
      [{}, 4, 'artifact_format'],
      [{ ...file, version: 2 }, 4, 'artifact_format'],
      [{ ...file, programId: '0x00' }, 4, 'artifact_format'],
      [{ ...file, signals: 'none' }, 4, 'artifact_format'],
      [{ ...file, statementId: `0x${'22'.repeat(32)}` }, 3, 'proof_rejected'],
      [{ ...file, purpose: { chainId: 1 } }, 4, 'artifact_format'],
      ['{', 2, 'json'],
    ] as const) {
      await project.write('odd.json', content);
      const failed = await project.fail(['verify', 'odd.json']);
      expect({ exit: failed.code, code: failed.error.code }).toEqual({ exit, code });
    }
  });
});
