import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderConsumer } from '../author/renderConsumer.ts';
import { UsageError } from '../errors.ts';
import type { Circuit } from '../model/Circuit.ts';
import { compile } from './compile.ts';
import type { Toolbox } from './toolbox.ts';

export type Consumer = { readonly path: string; readonly contract: string; readonly programId: Circuit['programId'] };

export type WriteConsumerOptions = {
  readonly name: string;
  readonly size?: string | undefined;
  /** `contracts/<Template>Consumer.sol` by default. */
  readonly path?: string | undefined;
};

/**
 * Writes a Solidity contract that relies on recorded statements of a computation. It is the author's from then on, so
 * one that is there is never overwritten.
 * @throws UsageError, and the errors of `compile`
 */
export async function writeConsumer(
  toolbox: Toolbox,
  { name, size, path: given }: WriteConsumerOptions,
): Promise<Consumer> {
  const { circuit } = await compile(toolbox, { name, size });
  const { template, programId, publicCount } = circuit;
  const contract = `${template}Consumer`;
  const path = given ?? join(toolbox.config.root, 'contracts', `${contract}.sol`);
  if (publicCount === 1) throw new UsageError(`${name} has no public signal but its context`, { at: name });
  if (existsSync(path)) {
    throw new UsageError(`${path} is there already`, {
      at: path,
      remedy: `choose another file with --out, or change PROGRAM in it to ${programId}`,
    });
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, renderConsumer(circuit), { flag: 'wx' });
  return { path, contract, programId };
}
