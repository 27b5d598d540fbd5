import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { Manifest } from '../../model/Manifest.ts';
import { addBeacon, type Contribution, contribute } from '../../steps/contribute.ts';
import { publishKey } from '../../steps/publishKey.ts';
import { startCeremony } from '../../steps/startCeremony.ts';
import { verifyCeremony } from '../../steps/verifyCeremony.ts';
import type { Command, Invocation, Option, Output } from '../command.ts';
import { wholeNumber } from '../numbers.ts';
import { facts, table } from '../table.ts';

const size: Option = { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' };
const out: Option = { type: 'string', short: 'o', value: '<file>', summary: 'where the new key goes' };
const phase1Options: Readonly<Record<string, Option>> = {
  ptau: { type: 'string', value: '<file>', summary: 'the phase-1 file (powers of tau), prepared for phase 2' },
  blake2b: { type: 'string', value: '<hash>', summary: 'its BLAKE2b-512, where it is none of the published files' },
};

const flow = [
  'A ceremony makes a key whose secret nobody knows, if only one contributor forgot theirs: `start`, then each',
  'contributor in turn takes the file, runs `contribute`, publishes the hash that is printed and hands the new file on;',
  'then `beacon`, then `publish`. Anyone runs `verify`. snarkjs reads and writes the same files.',
].join('\n');

export const ceremonyStartCommand: Command = {
  name: 'ceremony start',
  summary: "begin a ceremony: derive a circuit's initial key from a published phase 1",
  usage: '<computation> --ptau <file>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: { ...phase1Options, size, out },
  notes: flow,
  run: async (invocation) => {
    const { positionals, cwd } = invocation;
    const started = await startCeremony(toolboxOf(invocation), {
      name: positionals[0] as string,
      ...phase1Of(invocation),
      size: text(invocation, 'size'),
      out: (circuit) => resolve(cwd, text(invocation, 'out') ?? `${circuit.name}-${circuit.size}-0000.zkey`),
    });
    const { name, power, blake2b } = started.phase1;
    return {
      text: facts([
        ['written', started.out],
        ['SHA-256', started.sha256],
        ['phase 1', `${name ?? 'the file with the given hash'}, power ${power}`],
        ['next', `tally ceremony contribute ${started.out} --name <who>`],
      ]),
      json: { ...started, phase1: { name, power, blake2b } },
    };
  },
};

export const ceremonyContributeCommand: Command = {
  name: 'ceremony contribute',
  summary: 'add a contribution of your own to a key',
  usage: '<key.zkey> --name <who>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    name: { type: 'string', value: '<who>', summary: 'published with the key' },
    'entropy-file': { type: 'string', value: '<file>', summary: 'text to mix with the random numbers of the system' },
    out,
  },
  notes:
    'The secret is drawn, used and forgotten; it is written nowhere. Publish the hash: it is found in the final key.',
  run: async (invocation) => {
    const from = resolve(invocation.cwd, invocation.positionals[0] as string);
    const entropy = text(invocation, 'entropy-file');
    const contribution = await contribute(toolboxOf(invocation), {
      from,
      out: nextPath(invocation, from),
      name: required(invocation, 'name'),
      entropyFile: entropy === undefined ? undefined : resolve(invocation.cwd, entropy),
    });
    return reportContribution(contribution);
  },
};

export const ceremonyBeaconCommand: Command = {
  name: 'ceremony beacon',
  summary: 'close a ceremony with public randomness',
  usage: '<key.zkey> --hash <hex>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    hash: { type: 'string', value: '<hex>', summary: 'what nobody could know before: a block hash, a draw' },
    iterations: { type: 'string', value: '<exponent>', summary: 'SHA-256 is taken 2^exponent times; default: 10' },
    name: { type: 'string', value: '<text>', summary: 'default: beacon' },
    out,
  },
  notes: 'Announce beforehand what the hash will be, such as the hash of a block that is not there yet.',
  run: async (invocation) => {
    const from = resolve(invocation.cwd, invocation.positionals[0] as string);
    const contribution = await addBeacon(toolboxOf(invocation), {
      from,
      out: nextPath(invocation, from),
      name: text(invocation, 'name') ?? 'beacon',
      hash: required(invocation, 'hash'),
      iterationsExponent: wholeNumber(invocation.options.iterations, 'iterations') ?? 10,
    });
    return reportContribution(contribution);
  },
};

export const ceremonyVerifyCommand: Command = {
  name: 'ceremony verify',
  summary: 'replay a ceremony from the circuit and the phase 1 to the key',
  usage: '<computation> <key.zkey> --ptau <file>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {
    ...phase1Options,
    size,
    manifest: { type: 'string', value: '<file>', summary: 'a published manifest.json that all must agree with' },
  },
  notes: 'Look for the hashes that contributors published, and for the beacon that was announced.',
  run: async (invocation) => {
    const { manifest } = await verifyCeremony(toolboxOf(invocation), verifyOptions(invocation));
    return reportCeremony(manifest, []);
  },
};

export const ceremonyPublishCommand: Command = {
  name: 'ceremony publish',
  summary: 'take a finished key among the keys of this repository and write its manifest',
  usage: '<computation> <key.zkey> --ptau <file>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {
    ...phase1Options,
    size,
    url: { type: 'string', value: '<address>', summary: 'where others can get the key' },
    out: { type: 'string', short: 'o', value: '<file>', summary: 'the manifest; default: manifest.json' },
  },
  notes: 'The ceremony is replayed first, and must have its beacon. Then `tally keys register` puts the key on chain.',
  run: async (invocation) => {
    const path = resolve(invocation.cwd, text(invocation, 'out') ?? 'manifest.json');
    const { keys, manifest } = await publishKey(toolboxOf(invocation), {
      ...verifyOptions(invocation),
      url: text(invocation, 'url'),
      out: path,
    });
    return reportCeremony(manifest, [
      ['written', path],
      ['proving key', keys.provingKey.path],
    ]);
  },
};

function reportContribution({ out: path, hash, count }: Contribution): Output {
  return {
    text: facts([
      ['written', path],
      ['contribution', String(count)],
      ['hash', hash],
    ]),
    json: { out: path, hash, count },
  };
}

function reportCeremony(manifest: Manifest, more: readonly (readonly [string, string])[]): Output {
  const { registry, phase1, ceremony } = manifest;
  const rows = ceremony.contributions.map(({ name, hash, beacon }, i) => [
    String(i + 1),
    name ?? '',
    beacon ? `beacon ${beacon.hash}, 2^${beacon.iterationsExponent}` : 'person',
    hash,
  ]);
  const finished = ceremony.contributions.at(-1)?.beacon != null;
  return {
    text: [
      table(['', 'name', 'kind', 'hash'], rows),
      facts([
        ['the ceremony holds', finished ? 'yes' : 'so far: it has no beacon yet'],
        ['key', `${registry.keyId} (${registry.keyClass})`],
        ['program', registry.programId],
        ['phase 1', phase1.name ?? phase1.blake2b],
        ...more,
      ]),
    ].join('\n\n'),
    json: { valid: true, finished, manifest: Manifest.toJson(manifest) },
  };
}

function verifyOptions(invocation: Invocation) {
  const { positionals, cwd } = invocation;
  const manifest = text(invocation, 'manifest');
  return {
    name: positionals[0] as string,
    key: resolve(cwd, positionals[1] as string),
    ...phase1Of(invocation),
    size: text(invocation, 'size'),
    manifest: manifest === undefined ? undefined : resolve(cwd, manifest),
  };
}

function phase1Of(invocation: Invocation) {
  return { ptau: resolve(invocation.cwd, required(invocation, 'ptau')), blake2b: text(invocation, 'blake2b') };
}

/** The file beside the old one with the number of its last contribution. */
function nextPath(invocation: Invocation, from: string): (count: number) => string {
  const given = text(invocation, 'out');
  if (given !== undefined) return () => resolve(invocation.cwd, given);
  const stem = basename(from, '.zkey').replace(/-\d{4}$/, '');
  return (count) => join(dirname(from), `${stem}-${String(count).padStart(4, '0')}.zkey`);
}

function toolboxOf({ config, onProgress, signal }: Invocation) {
  return { config, onProgress, signal };
}

function text({ options }: Invocation, name: string): string | undefined {
  return options[name] as string | undefined;
}

function required(invocation: Invocation, name: string): string {
  const value = text(invocation, name);
  if (value !== undefined) return value;
  throw new UsageError(`--${name} is missing`, { at: `--${name}` });
}
