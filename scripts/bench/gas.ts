/**
 * @module What the path costs on chain: whole transactions as the pipeline sends them, 21,000 and calldata included, on
 * a local chain of its own. Gas is the same on every machine.
 */
import { InternalError } from '../../src/errors.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import { netWindows, recordInputs } from '../../src/pipeline.ts';
import { compile } from '../../src/steps/compile.ts';
import { deploy } from '../../src/steps/deploy.ts';
import { down } from '../../src/steps/down.ts';
import { type ChainSession, openChain } from '../../src/steps/openChain.ts';
import type { Row } from './row.ts';
import { generateBook, type Workshop } from './workshop.ts';

/** The first pays for slots that nobody wrote before; what the others cost is what a run of many costs. */
const recordCount = 3;
const chunkCount = 2;
/** A statement of two public signals, whose key is data: verification, 21,000, calldata and the row. */
const recordReach = { atMost: 270_000 };

/** Contracts, keys, records and a netted window. */
export async function benchGas(workshop: Workshop): Promise<readonly Row[]> {
  const { toolbox } = workshop;
  try {
    const { session, take } = meter(await openChain(toolbox));
    try {
      await deploy(toolbox, session);
      const all = take().reduce((sum, { gas }) => sum + gas, 0);
      const deployed: Row = { name: 'deploy all contracts', unit: 'gas', samples: [all] };
      return [deployed, ...(await recordRows(workshop, session, take)), ...(await windowRows(workshop, session, take))];
    } finally {
      await session.close();
    }
  } finally {
    await down(toolbox);
  }
}

async function recordRows({ toolbox }: Workshop, session: ChainSession, take: Take): Promise<readonly Row[]> {
  const { circuit } = await compile(toolbox, { name: 'square' });
  const inputs = Array.from({ length: recordCount }, (_, i) => ({ id: String(i), input: { x: i + 2 } }));
  await recordInputs(toolbox, session, { name: 'square', inputs, stream: 0, window: 0 });
  const spent = take();
  const records = gasOf(spent, 'record');
  return [
    { name: 'register a program', unit: 'gas', samples: gasOf(spent, 'register program'), circuit },
    { name: 'register a key', unit: 'gas', samples: gasOf(spent, 'register key'), circuit },
    { name: 'record, the first of all', unit: 'gas', samples: records.slice(0, 1), circuit },
    { name: 'record', unit: 'gas', samples: records.slice(1), circuit, reach: recordReach },
  ];
}

async function windowRows(
  { toolbox, scale: { size }, netting }: Workshop,
  session: ChainSession,
  take: Take,
): Promise<readonly Row[]> {
  const compiled = await netting();
  const { circuit: disclosure } = await compile(toolbox, { name: 'disclosure', size });
  await netWindows(toolbox, session, { books: [generateBook(compiled, chunkCount)], stream: 'next', size });
  const spent = take();
  const row = (name: string, samples: readonly number[], circuit?: Circuit): Row => {
    return { name, unit: 'gas', samples, circuit };
  };
  const advances = gasOf(spent, 'advance');
  return [
    row('create a stream', gasOf(spent, 'create stream')),
    row('open a window', gasOf(spent, 'open')),
    row('advance, the first of a window', advances.slice(0, 1), compiled.circuit),
    row('advance', advances.slice(1), compiled.circuit),
    row('close a window', gasOf(spent, 'close')),
    row('disclose', gasOf(spent, 'disclose'), disclosure),
  ];
}

type Spent = { readonly what: string; readonly nonce: number; readonly gas: number };
/** What was sent since the last call. */
type Take = () => readonly Spent[];

/** Notes the gas of everything that goes out through the session's outbox. */
function meter(session: ChainSession): { readonly session: ChainSession; readonly take: Take } {
  const { outbox } = session;
  const spent: Spent[] = [];
  const noting =
    (send: typeof outbox.send): typeof outbox.send =>
    async (intent) => {
      const sent = await send(intent);
      spent.push({ what: intent.what, nonce: sent.nonce, gas: Number(sent.gasUsed) });
      return sent;
    };
  const metered = { ...outbox, send: noting(outbox.send), retry: noting(outbox.retry) };
  return { session: { ...session, outbox: metered }, take: () => spent.splice(0).sort((a, b) => a.nonce - b.nonce) };
}

/** Gas of the transactions whose purpose begins so, in the order of the chain. @throws InternalError without any */
function gasOf(spent: readonly Spent[], purpose: string): readonly number[] {
  const found = spent.filter(({ what }) => what.startsWith(`${purpose} `));
  if (found.length > 0) return found.map(({ gas }) => gas);
  throw new InternalError(`the pipeline sent nothing to ${purpose}`, {
    details: spent.map(({ what }) => `sent: ${what}`),
  });
}
