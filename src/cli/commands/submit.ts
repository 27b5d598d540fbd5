import { extname, resolve } from 'node:path';
import { readTextBounded } from '../../files.ts';
import type { Hex } from '../../model/Hex.ts';
import { Json } from '../../model/Json.ts';
import { ProofFile } from '../../model/ProofFile.ts';
import { sendVerified } from '../../steps/crossCheck.ts';
import { requireNotHalted } from '../../steps/halt.ts';
import { openChain } from '../../steps/openChain.ts';
import { openDeployed } from '../../steps/openDeployed.ts';
import { submit } from '../../steps/submit.ts';
import { traceSubmissions } from '../../steps/traceJob.ts';
import { findKey } from '../../steps/verifyFile.ts';
import type { Command } from '../command.ts';
import { count, table } from '../table.ts';

export const submitCommand: Command = {
  name: 'submit',
  summary: 'record proven statements on chain, each once',
  usage: '<proof.json | proofs.ndjson>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  notes: 'A statement that is recorded already is adopted, so the same file may be submitted again after a crash.',
  run: async ({ positionals, config, cwd, onProgress, signal, traces }) => {
    const toolbox = { config, onProgress, signal, traces };
    requireNotHalted(config);
    const proofs = await readProofs(resolve(cwd, positionals[0] as string));
    const session = await openChain(toolbox);
    try {
      const deployment = await openDeployed(session);
      const startMs = Date.now();
      const options = { deployment, proofs, findKey: (id: Hex) => findKey(toolbox, id) };
      const send = () => submit(toolbox, session, options);
      const submitted = await sendVerified(toolbox, session, { ...options, send });
      traceSubmissions(traces, submitted, { startMs, chainId: session.chain.chainId });
      const rows = submitted.map(({ id, record, gasUsed, adopted }) => [
        id,
        String(record.index),
        adopted ? 'already there' : `${count(gasUsed ?? 0n)} gas`,
        record.transaction,
      ]);
      return { text: table(['proof', 'record', '', 'transaction'], rows), json: submitted };
    } finally {
      await session.close();
    }
  },
};

async function readProofs(path: string): Promise<readonly ProofFile[]> {
  const text = await readTextBounded(path);
  if (extname(path) !== '.ndjson') return [ProofFile.parse(Json.parse(text, path), path)];
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [{ line, at: `${path}:${i + 1}` }]))
    .map(({ line, at }) => ProofFile.parse(Json.parse(line, at), at));
}
