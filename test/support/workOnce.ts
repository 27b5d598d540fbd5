/** A worker as a process of its own: a victim for signals. It tells each step on its standard output. */
import { writeSync } from 'node:fs';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { work } from '../../src/steps/work.ts';

export type WorkOrder = { readonly config: Toolbox['config']; readonly threads: number; readonly drainMs: number };

const { config, threads, drainMs } = JSON.parse(process.argv[2] as string) as WorkOrder;
const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
const report = await work(
  { config, onProgress: () => {}, signal: controller.signal },
  // Written at once, so that whoever kills this process at a step knows that it was reached.
  { threads, drainMs, onStep: (step, jobId) => void writeSync(1, `${step} ${jobId}\n`) },
);
writeSync(1, `${JSON.stringify(report.outcomes)}\n`);
