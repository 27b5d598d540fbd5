import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { renameDurably } from '../files.ts';
import { type RunFailure, type RunResult, readFailures, readResults } from '../jobs/look.ts';
import { type RunSubject, readRun, subjectOf } from '../jobs/runs.ts';
import { Json } from '../model/Json.ts';
import { Proof } from '../model/Proof.ts';
import { Statement } from '../model/Statement.ts';
import type { Tx } from '../store/store.ts';
import type { JobsSession } from './openJobs.ts';

export type ExportRunOptions = {
  readonly runId: string;
  /** Where results go, a line each; each line is also a proof file, so that `tally submit` takes the whole. */
  readonly out: string;
  /** Where dead letters and cancelled jobs go; the file is only there when there are any. */
  readonly errors: string;
};

export type ExportedRun = { readonly results: number; readonly failures: number };

const pageRows = 500;

/**
 * Writes what a run has come to: results in the order of its lines, and what came to nothing. The files appear whole.
 * @throws JobUnknownError
 */
export async function exportRun({ store, tenant }: JobsSession, options: ExportRunOptions): Promise<ExportedRun> {
  const { runId, out, errors } = options;
  const subject = subjectOf(await store.transaction(tenant, (tx) => readRun(tx, runId)));
  const page =
    <T>(read: (tx: Tx, page: Page) => Promise<readonly T[]>) =>
    (afterLine: number) =>
      store.transaction(tenant, (tx) => read(tx, { runId, afterLine, limit: pageRows }));
  const results = await writePages(out, page(readResults), (result) => toLine(result, subject));
  const failures = await writePages(errors, page(readFailures), failureLine);
  if (failures === 0) await rm(errors, { force: true });
  return { results, failures };
}

type Page = { readonly runId: string; readonly afterLine: number; readonly limit: number };

async function writePages<T extends { readonly line: number }>(
  path: string,
  readPage: (afterLine: number) => Promise<readonly T[]>,
  format: (item: T) => object,
): Promise<number> {
  const temporary = `${path}.${process.pid}.tmp`;
  const stream = createWriteStream(temporary, { flush: true });
  let count = 0;
  try {
    for (let items = await readPage(0); items.length > 0; items = await readPage(items.at(-1)?.line ?? 0)) {
      for (const item of items) {
        if (!stream.write(`${Json.stringify(format(item))}\n`)) await once(stream, 'drain');
      }
      count += items.length;
    }
    stream.end();
    await finished(stream);
    await renameDurably(temporary, path);
    return count;
  } catch (error) {
    stream.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

function toLine(result: RunResult, { computation, size, keyClass, purpose }: RunSubject): object {
  const { callerKey, jobId, programId, keyId, statementId, signals, proof, timing } = result;
  // A context that the caller brought says for whom it is by itself.
  const isOurs = purpose !== undefined && Statement.context({ ...purpose, programId }) === signals[0];
  return {
    ...{
      version: 1,
      id: callerKey,
      jobId,
      circuit: { name: computation, size },
      programId,
      keyId,
      keyClass,
      statementId,
    },
    ...(isOurs ? { purpose } : {}),
    ...{ signals: signals.map(String), proof: Proof.toJson(proof), timing },
  };
}

function failureLine({ callerKey, line, jobId, state, code }: RunFailure): object {
  return { line, id: callerKey, jobId, state, code };
}
