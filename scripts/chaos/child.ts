/** A worker, starter or submitter that kills itself at the step it was told: a victim of `scripts/chaos.ts`. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../../src/config.ts';
import { TallyError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';
import { ProofFile } from '../../src/model/ProofFile.ts';
import { exportRun } from '../../src/steps/exportRun.ts';
import { openChain } from '../../src/steps/openChain.ts';
import { openDeployed } from '../../src/steps/openDeployed.ts';
import { withJobs } from '../../src/steps/openJobs.ts';
import { startRun } from '../../src/steps/startRun.ts';
import { submit } from '../../src/steps/submit.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { findKey } from '../../src/steps/verifyFile.ts';
import { work } from '../../src/steps/work.ts';
import type { KillAt } from './plan.ts';
import { linesPerRun } from './world.ts';

/** What a child of this script is to do. */
export type ChaosOrder = { readonly config: Config; readonly killAt?: KillAt | undefined } & (
  | { readonly role: 'worker'; readonly until: 'stopped' | 'empty' }
  | { readonly role: 'starter'; readonly runId: string; readonly window: number; readonly inputs: string }
  | { readonly role: 'submitter'; readonly runId: string; readonly results: string }
);

/** The run has jobs that are not proven yet. */
const incompleteCode = 75;

const order = JSON.parse(process.argv[2] as string) as ChaosOrder;
const { killAt } = order;
const die = () => process.kill(process.pid, 'SIGKILL');
let left = killAt && 'step' in killAt ? killAt.nth : 0;
const onStep = (step: string) => {
  if (killAt && 'step' in killAt && killAt.step === step && --left === 0) die();
};
if (killAt && 'afterMs' in killAt) setTimeout(die, killAt.afterMs).unref();

const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
const toolbox: Toolbox = { config: order.config, onProgress: () => {}, signal: controller.signal };
try {
  await carryOut();
} catch (error) {
  if (!(error instanceof TallyError)) throw error;
  // The database or the chain was killed while this process began: it is started again.
  process.stderr.write(`· ${order.role} ended: ${error.code}\n`);
  process.exitCode = error.exitCode;
}

async function carryOut(): Promise<void> {
  if (order.role === 'worker') {
    await work(toolbox, { threads: 1, drainMs: 2_000, until: order.until, onStep });
  } else if (order.role === 'submitter') {
    await recordRun(order);
  } else {
    const { runId, window, inputs } = order;
    await startRun(toolbox, { runId, inputs, name: 'square', errors: `${inputs}.errors`, stream: 0, window, onStep });
  }
}

async function recordRun({ runId, results }: ChaosOrder & { role: 'submitter' }): Promise<void> {
  const options = { runId, out: results, errors: `${results}.errors` };
  const { results: count } = await withJobs(toolbox, (session) => exportRun(session, options));
  if (count < linesPerRun) process.exitCode = incompleteCode;
  if (count === 0) return;
  const lines = (await readFile(results, 'utf8')).trim().split('\n');
  const proofs = lines.map((line, i) => ProofFile.parse(Json.parse(line, results), `${results}:${i + 1}`));
  const session = await openChain(toolbox, onStep);
  try {
    const deployment = await openDeployed(session);
    await submit(toolbox, session, { deployment, proofs, findKey: (keyId) => findKey(toolbox, keyId) });
  } finally {
    await session.close();
  }
}
