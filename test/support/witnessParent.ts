/** Asks a process for a witness that never comes, and prints the process's id: a parent that is to be killed. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWitnessProcesses } from '../../prover/witnessProcesses.ts';
import endless from './computations/endless/computation.ts';
import { loadFixture, testCircuitsDir } from './fixtures.ts';

const { circuit } = await loadFixture(endless, { circuitsDir: testCircuitsDir });
const processes = createWitnessProcesses({ keptMax: 1, bytesMax: 2 ** 30 });
const input = { context: 1n, x: 2n ** 200n };
processes.calculate({ circuit, input }, new AbortController().signal).catch(() => undefined);
// Time for it to begin.
await sleep(2_000);
process.stdout.write(
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')[0] ?? '',
);
