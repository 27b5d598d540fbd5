/** What happens when those who must agree do not: a verifier on chain that refuses what is true, or accepts what is not. */
import { readFile, rm } from 'node:fs/promises';
import { toFunctionSelector } from 'viem/utils';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Deployment } from '../../src/chain/deployment.ts';
import { VerifiersDisagreeError } from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { Json } from '../../src/model/Json.ts';
import { ProofFile } from '../../src/model/ProofFile.ts';
import { crossCheck, sendVerified } from '../../src/steps/crossCheck.ts';
import { haltPath } from '../../src/steps/halt.ts';
import { type ChainSession, openChain } from '../../src/steps/openChain.ts';
import { openDeployed } from '../../src/steps/openDeployed.ts';
import { submit } from '../../src/steps/submit.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { findKey } from '../../src/steps/verifyFile.ts';
import { testClient } from '../support/chain.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';
import { makeToolbox } from '../support/toolbox.ts';

vi.setConfig(commandsTimeout);

/** Code that reverts with `ProofRejected()` whatever it is asked, and code that is content with everything. */
const refuses: Hex = `0x63${toFunctionSelector('ProofRejected()').slice(2)}5f526004601cfd`;
const accepts: Hex = '0x00';

let project: Project;
let toolbox: Toolbox;
let session: ChainSession;
let deployment: Deployment;
let proof: ProofFile;
let sound: Hex;
const client = () => testClient(session.chain.rpcUrl);
const verifierAddress = () => deployment.contracts.groth16Verifier.address;
const become = (bytecode: Hex) => client().setCode({ address: verifierAddress(), bytecode });
const readProof = async () => {
  const text = await readFile(project.path('proof.json'), 'utf8');
  return ProofFile.parse(Json.parse(text), 'proof.json');
};

beforeAll(async () => {
  project = await createProject();
  await project.json(['deploy', 'square']);
  await project.write('input.json', { x: 3 });
  await project.json(['prove', 'square', 'input.json']);
  toolbox = await makeToolbox(project);
  session = await openChain(toolbox);
  // A contract whose code is another is not even opened; this one changes under a session that knows it.
  deployment = await openDeployed(session);
  proof = await readProof();
  sound = (await client().getCode({ address: verifierAddress() })) as Hex;
});
afterAll(() => project.remove());
beforeEach(() => become(sound));

const options = (proofs: readonly ProofFile[]) => ({
  ...{ deployment, proofs },
  findKey: (id: Hex) => findKey(toolbox, id),
});
/** Well-formed, and of nothing. */
const falseProof = (): ProofFile => ({ ...proof, proof: { ...proof.proof, a: proof.proof.c, c: proof.proof.a } });
const evidence = async () => Json.parse(await readFile(haltPath(toolbox.config), 'utf8')) as Record<string, object>;

test('default: three verifiers agree, of what is true and of what is false', async () => {
  expect(await crossCheck(toolbox, session, options([proof, falseProof()]))).toEqual([true, false]);
});

test('L53 a contract refuses what two others accept: 70, evidence, and nothing goes on until that is lifted', async () => {
  await become(refuses);
  const send = () => submit(toolbox, session, options([proof]));
  const error = await sendVerified(toolbox, session, { ...options([proof]), send }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(VerifiersDisagreeError);
  expect([error.exitCode, error.details]).toEqual([70, ['own: accepts', 'snarkjs: accepts', 'chain: refuses']]);
  expect(await evidence()).toMatchObject({
    verdicts: { own: true, snarkjs: true, chain: false },
    proof: { statementId: proof.statementId },
  });

  await become(sound);
  await project.write('other.json', { x: 4 });
  for (const words of [
    ['submit', 'proof.json'],
    ['prove', 'square', 'other.json'],
    ['work', '--until-empty'],
  ]) {
    expect(await project.fail(words), words[0] as string).toMatchObject({ code: 7, error: { code: 'halted' } });
  }
  await rm(haltPath(toolbox.config));
  expect(await sendVerified(toolbox, session, { ...options([proof]), send })).toMatchObject([{ adopted: false }]);
});

test('L53 a contract accepts what two others refuse', async () => {
  await become(accepts);
  await expect(crossCheck(toolbox, session, options([falseProof()]))).rejects.toThrow(VerifiersDisagreeError);
  expect(await evidence()).toMatchObject({ verdicts: { own: false, snarkjs: false, chain: true } });
  await rm(haltPath(toolbox.config));
});

test('verify --everywhere: as a command, when nobody else sends for the account', async () => {
  await session.close();
  expect(await project.json(['verify', 'proof.json', '--everywhere'])).toMatchObject([{ valid: true }]);
  await project.write('false.json', ProofFile.toJson(falseProof()));
  const refused = await project.fail(['verify', 'false.json', '--everywhere']);
  expect(refused).toMatchObject({ code: 3, error: { code: 'proof_rejected' } });
});
