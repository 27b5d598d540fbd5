/** @module All commands, in the order of the path; `--help` lists them so. */
import type { Command } from './command.ts';
import {
  ceremonyBeaconCommand,
  ceremonyContributeCommand,
  ceremonyPublishCommand,
  ceremonyStartCommand,
  ceremonyVerifyCommand,
} from './commands/ceremony.ts';
import { compileCommand } from './commands/compile.ts';
import { consumerCommand } from './commands/consumer.ts';
import { demoCommand } from './commands/demo.ts';
import { deployCommand } from './commands/deploy.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { importBerkaCommand } from './commands/importBerka.ts';
import { initCommand } from './commands/init.ts';
import {
  jobCancelCommand,
  jobExplainCommand,
  jobListCommand,
  jobRequeueCommand,
  jobShowCommand,
} from './commands/job.ts';
import { journalCheckpointCommand, journalProofCommand, journalVerifyCommand } from './commands/journal.ts';
import {
  keysDevCommand,
  keysExportCommand,
  keysFreezeCommand,
  keysImportCommand,
  keysLintCommand,
  keysRegisterCommand,
} from './commands/keys.ts';
import { netCommand } from './commands/net.ts';
import { outboxBumpCommand, outboxCancelCommand, outboxListCommand } from './commands/outbox.ts';
import { costCommand, planCommand } from './commands/plan.ts';
import { proveCommand } from './commands/prove.ts';
import { receiptMakeCommand, receiptVerifyCommand } from './commands/receipt.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { recordsCommand } from './commands/records.ts';
import {
  runExportCommand,
  runReportCommand,
  runRetryCommand,
  runStartCommand,
  runStatusCommand,
} from './commands/run.ts';
import { serveCommand } from './commands/serve.ts';
import { submitCommand } from './commands/submit.ts';
import { testCommand } from './commands/test.ts';
import { typesCommand } from './commands/types.ts';
import { verifyCommand } from './commands/verify.ts';
import { workCommand } from './commands/work.ts';

export const commands: readonly Command[] = [
  demoCommand,
  doctorCommand,
  initCommand,
  compileCommand,
  testCommand,
  diffCommand,
  typesCommand,
  keysDevCommand,
  keysImportCommand,
  keysLintCommand,
  keysExportCommand,
  ceremonyStartCommand,
  ceremonyContributeCommand,
  ceremonyBeaconCommand,
  ceremonyVerifyCommand,
  ceremonyPublishCommand,
  proveCommand,
  planCommand,
  runStartCommand,
  runStatusCommand,
  runRetryCommand,
  runExportCommand,
  runReportCommand,
  costCommand,
  jobListCommand,
  jobShowCommand,
  jobExplainCommand,
  jobCancelCommand,
  jobRequeueCommand,
  workCommand,
  verifyCommand,
  deployCommand,
  consumerCommand,
  keysRegisterCommand,
  keysFreezeCommand,
  submitCommand,
  recordsCommand,
  outboxListCommand,
  outboxBumpCommand,
  outboxCancelCommand,
  receiptMakeCommand,
  receiptVerifyCommand,
  journalVerifyCommand,
  journalCheckpointCommand,
  journalProofCommand,
  importBerkaCommand,
  netCommand,
  reconcileCommand,
  serveCommand,
  downCommand,
];
