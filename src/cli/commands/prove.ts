import { basename, extname, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readTextBounded, writeFileAtomic } from '../../files.ts';
import { Json } from '../../model/Json.ts';
import { ProofFile } from '../../model/ProofFile.ts';
import { findPlace } from '../../steps/findPlace.ts';
import { planStatements, type RawInput } from '../../steps/planStatements.ts';
import { prepare } from '../../steps/prepare.ts';
import { type Batch, prove, requireAll } from '../../steps/prove.ts';
import { proveWitnessFile } from '../../steps/proveWitnessFile.ts';
import type { Command, Invocation } from '../command.ts';
import { wholeNumber, workerCount } from '../numbers.ts';
import { count, facts } from '../table.ts';

export const proveCommand: Command = {
  name: 'prove',
  summary: 'prove a computation for one input or many, in parallel',
  usage: '<computation> [<input.json | inputs.ndjson>]',
  positionalsMin: 1,
  positionalsMax: 2,
  options: {
    size: { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' },
    key: { type: 'string', value: '<id>', summary: "one of the repository's keys; default: the development key" },
    out: { type: 'string', short: 'o', value: '<file>', summary: 'default: proof.json, or <inputs>.proofs.ndjson' },
    stream: { type: 'string', value: '<number>', summary: 'the stream that the statements are for; default: 0, none' },
    window: { type: 'string', value: '<number>', summary: 'the window that the statements are for; default: 0' },
    threads: { type: 'string', value: '<number>', summary: 'workers; default: one per processor' },
    witness: { type: 'string', value: '<file.wtns>', summary: 'prove this witness instead of an input' },
  },
  notes: [
    'An input is an object with a value for each signal: integers, or decimal strings beyond 2^53. Results may be left',
    'out, and so may `context`, which is then made for the deployed ledger. In an .ndjson file each line is',
    '{"id": "…", "input": {…}}, and each line of the output is a proof. What was proven before is not proven again.',
  ].join('\n'),
  run: async (invocation) => {
    const { positionals, options, config, cwd, onProgress, signal, traces } = invocation;
    const [name, input] = positionals as [string, string | undefined];
    const toolbox = { config, onProgress, signal, traces };
    if ((input === undefined) === (options.witness === undefined)) {
      throw new UsageError('`tally prove` takes an input file, or a witness by --witness');
    }
    const size = options.size as string | undefined;
    const threads = workerCount(options.threads);
    const stream = wholeNumber(options.stream, 'stream') ?? 0;
    const window = wholeNumber(options.window, 'window') ?? 0;
    const key = options.key as string | undefined;
    if (options.witness !== undefined) {
      const proof = await proveWitnessFile(toolbox, { name, size, key, path: resolve(cwd, options.witness as string) });
      return writeOne(proof, outPath(invocation, 'proof.json'));
    }
    const path = resolve(cwd, input as string);
    const inputs = await readInputs(path);
    const prepared = await prepare(toolbox, { name, size, key });
    const place = await findPlace(toolbox, { stream, window });
    const jobs = planStatements(prepared, { inputs, place });
    const batch = await prove(toolbox, jobs, { threads });
    if (!isBatchFile(path)) return writeOne(requireAll(batch)[0] as ProofFile, outPath(invocation, 'proof.json'));
    return writeMany(batch, outPath(invocation, `${basename(path, extname(path))}.proofs.ndjson`));
  },
};

async function writeOne(proof: ProofFile, out: string) {
  await writeFileAtomic(out, `${Json.stringify(ProofFile.toJson(proof), 2)}\n`);
  const { statementId, keyId, keyClass, timing } = proof;
  return {
    text: facts([
      ['written', out],
      ['statement', statementId],
      ['key', `${keyId} (${keyClass})`],
      ['time', `witness ${timing.witnessMs.toFixed(0)} ms, proof ${timing.proveMs.toFixed(0)} ms`],
    ]),
    json: { out, ...ProofFile.toJson(proof) },
  };
}

/** What is proven is written even when some jobs failed; these are the error's, and so the exit code's, business. */
async function writeMany(batch: Batch, out: string) {
  const lines = batch.proofs.map((proof) => `${Json.stringify(ProofFile.toJson(proof))}\n`);
  await writeFileAtomic(out, lines.join(''));
  requireAll(batch);
  return {
    text: facts([
      ['written', out],
      ['proofs', count(batch.proofs.length)],
      ['time', `${(batch.wallMs / 1000).toFixed(1)} s`],
    ]),
    json: batch.proofs.map(ProofFile.toJson),
  };
}

async function readInputs(path: string): Promise<readonly RawInput[]> {
  const text = await readTextBounded(path);
  if (!isBatchFile(path)) return [{ id: basename(path, extname(path)), input: Json.parse(text, path) }];
  const inputs = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, `${path}:${i + 1}`)]));
  const ids = new Set<string>();
  for (const { id } of inputs) {
    if (ids.has(id)) throw new UsageError(`the id "${id}" stands on two lines of ${path}`, { at: path });
    ids.add(id);
  }
  return inputs;
}

function parseLine(line: string, at: string): RawInput {
  const value = Json.parse(line, at);
  if (Json.isObject(value) && typeof value.id === 'string' && value.input !== undefined) {
    return { id: value.id, input: value.input };
  }
  throw new UsageError('a line is not {"id": "…", "input": {…}}', { at });
}

function isBatchFile(path: string): boolean {
  return extname(path) === '.ndjson';
}

function outPath({ options, cwd }: Invocation, name: string): string {
  return resolve(cwd, (options.out as string | undefined) ?? name);
}
