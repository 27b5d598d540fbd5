import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readTextBounded } from '../../files.ts';
import { Json } from '../../model/Json.ts';
import { withJobs } from '../../steps/openJobs.ts';
import { chainCosts } from '../../steps/outbox.ts';
import { planWork } from '../../steps/planWork.ts';
import { runCost } from '../../steps/runCost.ts';
import type { Command } from '../command.ts';
import { costFacts } from '../costFacts.ts';
import { wholeNumber } from '../numbers.ts';
import { count, facts, table } from '../table.ts';

export const planCommand: Command = {
  name: 'plan',
  summary: 'what a number of proofs will take: hours, memory, gas',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    proofs: { type: 'string', value: '<number>', summary: 'how many' },
    computation: { type: 'string', value: '<name>', summary: 'of which computation' },
    size: { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' },
    key: { type: 'string', value: '<id>', summary: "one of the repository's keys; default: the development key" },
    threads: { type: 'string', value: '<number>', summary: 'over all workers; default: one per processor' },
    input: {
      type: 'string',
      value: '<file.json>',
      summary: 'an input to measure with, where nothing has been measured',
    },
  },
  notes: 'Figures come from the attempts that workers have made of this program; without any, two proofs are made now.',
  run: async ({ options, config, cwd, onProgress, signal }) => {
    const proofs = wholeNumber(options.proofs, 'proofs', { min: 1 });
    if (proofs === undefined || typeof options.computation !== 'string') {
      throw new UsageError('`tally plan` takes --proofs <number> and --computation <name>');
    }
    const path = options.input === undefined ? undefined : resolve(cwd, options.input as string);
    const input = path === undefined ? undefined : Json.parse(await readTextBounded(path), path);
    const toolbox = { config, onProgress, signal };
    const threads = wholeNumber(options.threads, 'threads', { min: 1 }) ?? config.prover.threads;
    const plan = await withJobs(toolbox, (session) =>
      planWork(toolbox, session, {
        ...{ name: options.computation as string, size: options.size as string | undefined, proofs, threads, input },
        key: options.key as string | undefined,
      }),
    );
    const { hours, cpuHours, memory, gas, measured, gasPerStatement } = plan;
    const basis = measured.how === 'history' ? `mean of ${count(measured.attempts)} attempts` : 'measured just now';
    const gasBasis = gasPerStatement.how === 'history' ? 'mean of what was recorded' : 'at most: one record each';
    return {
      text: facts([
        ['proofs', `${count(proofs)} of ${count(plan.constraints)} constraints`],
        ['a proof', `${(measured.wallMs / 1000).toFixed(2)} s, ${basis}`],
        ['time', `${hours.toFixed(2)} h with ${threads} threads`],
        ['processor', `${cpuHours.toFixed(2)} h`],
        ['memory', `${count(Math.ceil(memory / 2 ** 20))} MiB for each worker process`],
        ['gas', `${count(gas)}, ${count(gasPerStatement.gas)} a statement, ${gasBasis}`],
      ]),
      json: { proofs, threads, ...plan },
    };
  },
};

export const costCommand: Command = {
  name: 'cost',
  summary: 'what a run has cost: processor, time, memory, gas; without one, what all transactions have',
  usage: '[<run>]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: {},
  run: async ({ positionals, config, onProgress, signal }) => {
    const [runId] = positionals;
    const toolbox = { config, onProgress, signal };
    if (runId === undefined) {
      const chains = await chainCosts(toolbox);
      const rows = chains.map(({ chainId, transactions, gas, wei }) => [
        ...[String(chainId), count(transactions), count(gas), String(wei)],
      ]);
      const text = rows.length > 0 ? table(['chain', 'transactions', 'gas', 'wei'], rows) : 'nothing was sent yet';
      return { text, json: { chains } };
    }
    const cost = await withJobs(toolbox, (session) => runCost(session, runId));
    return { text: facts(costFacts(cost)), json: cost };
  },
};
