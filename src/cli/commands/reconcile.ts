import { resolve } from 'node:path';
import { ExitCode } from '../../errors.ts';
import { reconcile } from '../../steps/reconcile.ts';
import type { Command } from '../command.ts';
import { reconcileJson, reconcileText } from '../reconcileReport.ts';

export const reconcileCommand: Command = {
  name: 'reconcile',
  summary: 'compare what was owed with what was paid, and name every difference',
  usage: '<obligations.ndjson> <payments.ndjson>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {
    policy: { type: 'string', value: '<file>', summary: 'a policy.json of tolerances; default: nothing is tolerated' },
    out: { type: 'string', value: '<file>', summary: 'write the whole report, the same bytes for the same records' },
  },
  notes: [
    'All windows in the file count as over: what has no payment is missing. Exit code 0 when everything matches, 6 when',
    'there are breaks. `tally import berka --payments` writes both files; docs/reconcile.md explains every class of break.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const path = (option: string | boolean | undefined) =>
      option === undefined ? undefined : resolve(cwd, option as string);
    const [obligations, payments] = positionals.map((name) => resolve(cwd, name)) as [string, string];
    const out = path(options.out);
    const report = await reconcile(
      { config, onProgress, signal },
      { obligations, payments, policy: path(options.policy), out },
    );
    return {
      text: reconcileText(report, out),
      json: reconcileJson(report, out),
      exitCode: report.verdict === 'clean' ? ExitCode.ok : ExitCode.reconciliation,
    };
  },
};
