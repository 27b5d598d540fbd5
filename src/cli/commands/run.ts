import { basename, extname, resolve } from 'node:path';
import { BatchIncompleteError, RunInputError } from '../../errors.ts';
import { exportRun } from '../../steps/exportRun.ts';
import { withJobs } from '../../steps/openJobs.ts';
import { type RunReport, reportRun } from '../../steps/reportRun.ts';
import { retryRun } from '../../steps/retryRun.ts';
import { type RunStatus, runStatus } from '../../steps/runStatus.ts';
import { startRun } from '../../steps/startRun.ts';
import { watchRun } from '../../steps/watchRun.ts';
import type { Command, Output } from '../command.ts';
import { costFacts } from '../costFacts.ts';
import { exitCodeOf } from '../exitCodes.ts';
import { wholeNumber } from '../numbers.ts';
import { count, facts, table } from '../table.ts';

const minuteMs = 60_000;

export const runStartCommand: Command = {
  name: 'run start',
  summary: 'take in a file of inputs as jobs for workers, whatever happens to this process afterwards',
  usage: '<computation> <inputs.ndjson>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {
    name: { type: 'string', value: '<run>', summary: "the run's name; default: that of the file" },
    size: { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' },
    key: { type: 'string', value: '<id>', summary: "one of the repository's keys; default: the development key" },
    stream: { type: 'string', value: '<number>', summary: 'the stream that the statements are for; default: 0, none' },
    window: { type: 'string', value: '<number>', summary: 'the window that the statements are for; default: 0' },
    deadline: { type: 'string', value: '<minutes>', summary: 'jobs not done by then are given up; default: none' },
  },
  notes: [
    'Each line is {"id": "…", "input": {…}}. Lines that cannot be taken in are named in <inputs>.errors.ndjson; the others',
    'are. The same file may be started again under the same name at any time: nothing is done twice, and a run that was',
    'cut short goes on. `tally work` does the work, in as many processes as you like.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal, traces }) => {
    const [name, file] = positionals as [string, string];
    const inputs = resolve(cwd, file);
    const base = basename(inputs, extname(inputs));
    const minutes = wholeNumber(options.deadline, 'deadline', { min: 1 });
    const started = await startRun(
      { config, onProgress, signal, traces },
      {
        ...{ name, size: options.size as string | undefined, key: options.key as string | undefined, inputs },
        ...{
          runId: (options.name as string | undefined) ?? runName(base),
          errors: resolve(cwd, `${base}.errors.ndjson`),
        },
        ...{ stream: wholeNumber(options.stream, 'stream') ?? 0, window: wholeNumber(options.window, 'window') ?? 0 },
        deadlineMs: minutes === undefined ? undefined : minutes * minuteMs,
      },
    );
    if (started.refused > 0) {
      throw new RunInputError(`${started.refused} lines were not taken in; the other ${started.taken} were`, {
        at: started.errors,
        remedy: `mend them and start the run ${started.runId} again: what it has is not taken in twice`,
      });
    }
    const rows = [
      ['run', started.runId],
      ['taken in', count(started.taken)],
      ['new jobs', count(started.added)],
      ['program', started.programId],
    ] as const;
    return { text: facts(rows), json: started };
  },
};

export const runStatusCommand: Command = {
  name: 'run status',
  summary: 'how a run stands, or each of the latest',
  usage: '[<run>]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: { watch: { type: 'boolean', summary: 'stay until nothing is left to do' } },
  notes: 'When jobs were given up, the exit code with --watch is the highest of those of their errors.',
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const [runId] = positionals;
    return withJobs(toolbox, async (session) => {
      if (!options.watch || runId === undefined) return statusOutput(await runStatus(session, runId));
      const status = await watchRun(toolbox, session, runId);
      if (status.counts.dead > 0) throw incomplete(await reportRun(session, status.runId));
      return statusOutput([status]);
    });
  },
};

export const runRetryCommand: Command = {
  name: 'run retry',
  summary: "put a run's dead letters into the queue again",
  usage: '<run>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  run: async ({ positionals, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const runId = positionals[0] as string;
    const requeued = await withJobs(toolbox, (session) => retryRun(toolbox, session, runId));
    return { text: `${count(requeued)} jobs are in the queue again`, json: { runId, requeued } };
  },
};

export const runExportCommand: Command = {
  name: 'run export',
  summary: "write a run's results, a line each, and what came to nothing",
  usage: '<run>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    out: { type: 'string', short: 'o', value: '<file>', summary: 'default: <run>.results.ndjson' },
    errors: { type: 'string', value: '<file>', summary: 'default: <run>.errors.ndjson' },
  },
  notes: 'Each line of the results is a proof file, too: `tally submit` takes the whole.',
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const runId = positionals[0] as string;
    const out = resolve(cwd, (options.out as string | undefined) ?? `${runId}.results.ndjson`);
    const errors = resolve(cwd, (options.errors as string | undefined) ?? `${runId}.errors.ndjson`);
    const exported = await withJobs({ config, onProgress, signal }, (session) =>
      exportRun(session, { runId, out, errors }),
    );
    const failures =
      exported.failures > 0 ? [['came to nothing', `${count(exported.failures)}, in ${errors}`] as const] : [];
    return {
      text: facts([['written', out], ['results', count(exported.results)], ...failures]),
      json: { runId, out, ...exported, errors: exported.failures > 0 ? errors : undefined },
    };
  },
};

export const runReportCommand: Command = {
  name: 'run report',
  summary: 'how a run stands, why jobs were given up, what it cost',
  usage: '<run>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  run: async ({ positionals, config, onProgress, signal }) => {
    const report = await withJobs({ config, onProgress, signal }, (session) =>
      reportRun(session, positionals[0] as string),
    );
    const dead = Object.entries(report.dead).map(([code, number]) => [`given up: ${code}`, count(number)] as const);
    const text = [statusOutput([report.status]).text, '', facts([...costFacts(report.cost), ...dead])].join('\n');
    return { text, json: report };
  },
};

function statusOutput(found: readonly RunStatus[]): Output {
  const rows = found.map(({ runId, state, computation, size, counts }) => {
    const { jobs, done, pending, leased, dead, cancelled } = counts;
    return [runId, state, `${computation} ${size}`, ...[jobs, done, leased, pending, dead, cancelled].map(count)];
  });
  const head = ['run', 'state', 'computation', 'jobs', 'done', 'running', 'waiting', 'dead', 'cancelled'];
  return { text: rows.length > 0 ? table(head, rows) : 'there are no runs', json: found };
}

function incomplete({ status: { runId, counts }, dead }: RunReport): BatchIncompleteError {
  return new BatchIncompleteError(`${counts.dead} of ${counts.jobs} jobs were given up; the others are done and kept`, {
    at: runId,
    details: Object.entries(dead).map(([code, number]) => `${number} ${code}`),
    remedy: `see \`tally run report ${runId}\`; \`tally run retry ${runId}\` tries them again`,
    exitCodes: Object.keys(dead).map(exitCodeOf),
  });
}

/** A run's name is plain; a file's need not be. */
function runName(base: string): string {
  return base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-$/g, '');
}
