/** The way of a statement onto a local chain and what stands in it, each command as a user runs it. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { malleations } from '../../scripts/generate/fixtures/points.ts';
import { Proof } from '../../src/model/Proof.ts';
import { Statement } from '../../src/model/Statement.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { startTestChain, testClient } from '../support/chain.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';

vi.setConfig(commandsTimeout);

type Json = Record<string, unknown>;
type Row = Json & { index: string; statementId: string; transaction: string };

let project: Project;
/** Proof files of 3², 4² and 5² for stream 0, as `prove` wrote them. */
let proof: Json;

beforeAll(async () => {
  project = await createProject();
  await project.json(['deploy', 'square']);
  await project.write('input.json', { x: 3 });
  await project.json(['prove', 'square', 'input.json']);
  proof = await project.readJson('proof.json');
});
afterAll(() => project.remove());

const rows = async () => (await project.json(['records'])) as Row[];
const submit = (name = 'proof.json') => project.json(['submit', name]);

describe('submit', () => {
  test('default: nothing is there, then the statement is recorded once', async () => {
    expect(await rows()).toEqual([]);
    expect((await project.run(['records'])).stdout).toContain('nothing is recorded yet');
    const [first] = await submit();
    expect(first).toMatchObject({ statementId: proof.statementId, adopted: false });
    const recorded = await rows();
    expect(recorded).toMatchObject([{ statementId: proof.statementId, signals: proof.signals, stream: 0, window: 0 }]);
    const text = (await project.run(['records', '--last', '1'])).stdout;
    expect(text).toContain(String(proof.statementId).slice(0, 12));
  });

  test('C1 a replay is adopted: no second record, nothing sent', async () => {
    const before = await rows();
    const [again] = await submit();
    expect(again).toMatchObject({ adopted: true, record: before[0] as Row });
    expect(await rows()).toEqual(before);
    expect((await project.run(['submit', 'proof.json'])).stdout).toContain('already there');
  });

  test('C2 L52 the proof’s malleations are valid and have no second effect', async () => {
    const before = await rows();
    const [key = {}] = await project.json(['keys', 'dev', 'square']);
    await project.json(['keys', 'export', (key.provingKey as { path: string }).path]);
    const verifyingKey = VerifyingKey.parse(JSON.parse(await readFile(project.path('verification_key.json'), 'utf8')));
    for (const other of malleations(Proof.parse(proof.proof as never), verifyingKey)) {
      await project.write('malleated.json', { ...proof, proof: Proof.toJson(other.proof) });
      expect(await project.json(['verify', 'malleated.json']), other.desc).toMatchObject([{ valid: true }]);
      expect(await submit('malleated.json'), other.desc).toMatchObject([{ adopted: true, record: before[0] as Row }]);
    }
    expect(await rows()).toEqual(before);
  });

  test('an altered proof or statement is refused before anything is sent', async () => {
    const before = await rows();
    const { pi_a, pi_c } = proof.proof as Json;
    await project.write('altered.json', { ...proof, proof: { ...(proof.proof as Json), pi_a: pi_c, pi_c: pi_a } });
    expect(await project.fail(['submit', 'altered.json'])).toMatchObject({
      code: 3,
      error: { code: 'proof_rejected' },
    });

    const signals = [(proof.signals as string[])[0] as string, '10'];
    const statementId = Statement.id({ programId: proof.programId as `0x${string}`, signals: signals.map(BigInt) });
    await project.write('altered.json', { ...proof, signals, statementId });
    expect(await project.fail(['submit', 'altered.json'])).toMatchObject({
      code: 3,
      error: { code: 'proof_rejected' },
    });
    expect(await rows()).toEqual(before);
  });

  test('C3 C4 C16 a proof for another chain, ledger, stream, window or beneficiary', async () => {
    const before = await rows();
    const purpose = proof.purpose as Json;
    for (const change of [
      { chainId: 1 },
      { contract: `0x${'12'.repeat(20)}` },
      { stream: 7 },
      { window: 199403 },
      { beneficiary: `0x${'34'.repeat(20)}` },
    ]) {
      // The purpose does not fit the context then; with a context that fits, the proof does not.
      await project.write('foreign.json', { ...proof, purpose: { ...purpose, ...change } });
      expect(await project.fail(['submit', 'foreign.json'])).toMatchObject({ code: 3 });
    }
    const changed = { ...purpose, contract: `0x${'12'.repeat(20)}` };
    const programId = proof.programId as `0x${string}`;
    const context = Statement.context({ ...(changed as never as Parameters<typeof Statement.context>[0]), programId });
    const signals = [context, 9n];
    const foreign = { signals: signals.map(String), statementId: Statement.id({ programId, signals }) };
    await project.write('foreign.json', { ...proof, ...foreign, purpose: changed });
    expect(await project.fail(['submit', 'foreign.json'])).toMatchObject({
      code: 4,
      error: { code: 'artifact_mismatch' },
    });
    expect(await rows()).toEqual(before);
  });

  test('behavior: many proofs of one stream keep their order, also when some are recorded', async () => {
    const inputs = [3, 4, 5, 6].map((x) => `${JSON.stringify({ id: `s${x}`, input: { x } })}\n`);
    await project.write('many.ndjson', inputs.slice(0, 2).join(''));
    await project.json(['prove', 'square', 'many.ndjson', '--stream', '9']);
    const first = await submit('many.proofs.ndjson');
    expect(first.map(({ id, adopted }) => [id, adopted])).toEqual([
      ['s3', false],
      ['s4', false],
    ]);
    await project.write('many.ndjson', inputs.join(''));
    const proofs = await project.json(['prove', 'square', 'many.ndjson', '--stream', '9']);
    expect(proofs.map(({ id }) => id)).toEqual(['s3', 's4', 's5', 's6']);
    const all = await submit('many.proofs.ndjson');
    expect(all.map(({ id, adopted }) => [id, adopted])).toEqual([
      ['s3', true],
      ['s4', true],
      ['s5', false],
      ['s6', false],
    ]);
    const ofStream = (await rows()).filter(({ stream }) => stream === 9);
    expect(ofStream.map(({ sequence }) => sequence)).toEqual(['0', '1', '2', '3']);
  });

  test('error: a proof with a context of the caller’s own has no ledger', async () => {
    await project.write('own.json', { context: 5, x: 3 });
    await project.json(['prove', 'square', 'own.json', '--out', 'own-proof.json']);
    expect(await project.fail(['submit', 'own-proof.json'])).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});

describe('deploy', () => {
  test('behavior: what is there is adopted', async () => {
    const [again] = await project.json(['deploy', 'square']);
    expect(again).toMatchObject({ chainId: 31337, adopted: true, programs: [{ programId: proof.programId }] });
  });

  test('L19 a development key meets no public chain, and nothing is registered for it', async () => {
    const chain = await startTestChain({ chainId: 1 });
    try {
      const key = `0x${'5e'.repeat(32)}`;
      const client = testClient(chain.url);
      const { privateKeyToAccount } = await import('viem/accounts');
      const { address } = privateKeyToAccount(key as `0x${string}`);
      await client.setBalance({ address, value: 10n ** 20n });
      const text = `export default { chain: { rpcUrl: '${chain.url}', chainId: 1 } };\n`;
      await project.write('mainnet.config.ts', text);
      const words = ['deploy', 'square', '--config', 'mainnet.config.ts'];
      const keyless = await project.fail(words);
      expect(keyless).toMatchObject({ code: 7, error: { code: 'operator_key' } });
      const env = { TALLY_OPERATOR_KEY: key };
      const refused = await project.fail(words, { env });
      expect(refused).toMatchObject({ code: 7, error: { code: 'development_key' } });
      expect(refused.stderr).not.toContain('5e'.repeat(16));
      expect(await client.getTransactionCount({ address })).toBe(0);
    } finally {
      await chain.stop();
    }
  });
});

describe('deploy --key', () => {
  test('behavior: a key of another seed is registered by its id, and its proofs are taken', async () => {
    const [key = {}] = await project.json(['keys', 'dev', 'square', '--seed', 'another']);
    const id = String(key.keyId).slice(0, 14);
    const [deployed] = await project.json(['deploy', 'square', '--key', id]);
    expect(deployed).toMatchObject({ programs: [{ name: 'square', keyId: key.keyId }] });
    await project.write('other.json', { x: 1234 });
    await project.json(['prove', 'square', 'other.json', '--key', id, '--out', 'other.proof.json']);
    expect(await submit('other.proof.json')).toMatchObject([{ adopted: false }]);
  });

  test('error: one key for two computations', async () => {
    const refused = await project.fail(['deploy', 'square', 'netting', '--key', '0x00000000']);
    expect(refused).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});

describe('down', () => {
  test('default: stops the chain; its state is there when it comes up again', async () => {
    const before = await rows();
    expect(await project.json(['down'])).toEqual([{ stopped: true }]);
    expect(await project.json(['down'])).toEqual([{ stopped: false }]);
    expect(await rows()).toEqual(before);
    expect((await project.run(['down'])).stdout).toBe('stopped the local chain\n');
    expect((await project.run(['doctor'])).stdout).toContain('embedded, not running');
  });
});

describe('before anything is deployed', () => {
  test('error: prove without a context, submit, records', async () => {
    const fresh = await createProject();
    try {
      await fresh.write('input.json', { x: 3 });
      const refused = await fresh.fail(['prove', 'square', 'input.json']);
      expect(refused).toMatchObject({ code: 2, error: { code: 'input_range', at: 'context' } });
      await fresh.write('proof.json', proof);
      for (const words of [['submit', 'proof.json'], ['records']]) {
        expect(await fresh.fail(words)).toMatchObject({ code: 4, error: { code: 'deployment' } });
      }
    } finally {
      await fresh.remove();
    }
  });
});
