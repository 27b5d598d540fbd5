/** A worker or starter that kills itself at the step it was told: a victim of `scripts/chaos.ts`. */
import { TallyError } from '../../src/errors.ts';
import { startRun } from '../../src/steps/startRun.ts';
import { work } from '../../src/steps/work.ts';
import type { ChaosOrder } from '../chaos.ts';

const order = JSON.parse(process.argv[2] as string) as ChaosOrder;
const { killAt } = order;
const die = () => process.kill(process.pid, 'SIGKILL');
let left = killAt && 'step' in killAt ? killAt.nth : 0;
const onStep = (step: string) => {
  if (killAt && 'step' in killAt && killAt.step === step && --left === 0) die();
};
if (killAt && 'afterMs' in killAt) setTimeout(die, killAt.afterMs);

const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
const toolbox = { config: order.config, onProgress: () => {}, signal: controller.signal };
try {
  if (order.role === 'worker') {
    await work(toolbox, { threads: 1, drainMs: 2_000, until: order.until, onStep });
  } else {
    const { runId, inputs } = order;
    await startRun(toolbox, {
      runId,
      inputs,
      name: 'square',
      errors: `${inputs}.errors`,
      stream: 0,
      window: 0,
      onStep,
    });
  }
} catch (error) {
  if (!(error instanceof TallyError)) throw error;
  // The database was killed while this process began: it is started again.
  process.stderr.write(`· ${order.role} ended: ${error.code}\n`);
  process.exitCode = error.exitCode;
}
