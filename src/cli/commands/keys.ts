import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Keys } from '../../model/Keys.ts';
import { compile } from '../../steps/compile.ts';
import { freezeKey } from '../../steps/freezeKey.ts';
import { exportKey, lintKeyFile } from '../../steps/inspectKey.ts';
import { importKey, makeKeys } from '../../steps/makeKeys.ts';
import { openChain } from '../../steps/openChain.ts';
import { openDeployed } from '../../steps/openDeployed.ts';
import { prepare } from '../../steps/prepare.ts';
import { importCeremonyKey } from '../../steps/publishKey.ts';
import { register } from '../../steps/register.ts';
import type { Toolbox } from '../../steps/toolbox.ts';
import type { Command, Option } from '../command.ts';
import { facts } from '../table.ts';

const size: Option = { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' };

export const keysDevCommand: Command = {
  name: 'keys dev',
  summary: 'make development keys for a computation',
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: { size, seed: { type: 'string', value: '<text>', summary: 'another seed than the well-known one' } },
  notes: [
    'Development keys are made in seconds and are stamped as such: who knows the seed can forge proofs. They work on',
    'local chains, on a test network that tally.config.ts names in developmentChains, and nowhere else.',
  ].join('\n'),
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const { circuit } = await compile(toolbox, {
      name: positionals[0] as string,
      size: options.size as string | undefined,
    });
    const keys = await makeKeys(toolbox, circuit, { seed: options.seed as string | undefined });
    const { keyId, programId, provingKey } = keys;
    const keyClass = keys.verifyingKey.keyClass;
    return {
      text: facts([
        ['key', keyId],
        ['class', keyClass],
        ['program', programId],
        ['proving key', provingKey.path],
      ]),
      json: { keyId, keyClass, programId, provingKey },
    };
  },
};

export const keysLintCommand: Command = {
  name: 'keys lint',
  summary: 'check that a key is well-formed and not one that lets anyone forge proofs',
  usage: '<key.zkey | verification_key.json | key folder>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  run: async ({ positionals, cwd }) => {
    const report = await lintKeyFile(resolve(cwd, positionals[0] as string));
    return {
      text: facts([
        ['safe to verify with', 'yes'],
        ['key', report.keyId],
        ['class', report.keyClass],
        ['public signals', String(report.publicCount)],
        ['contributions', report.contributions === undefined ? 'not in this file' : String(report.contributions)],
      ]),
      json: report,
    };
  },
};

export const keysExportCommand: Command = {
  name: 'keys export',
  summary: 'write the verifying key of a proving key, as JSON and as the bytes that contracts store',
  usage: '<key.zkey | verification_key.json | key folder>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: { out: { type: 'string', value: '<file>', summary: 'default: verification_key.json' } },
  run: async ({ positionals, options, cwd }) => {
    const out = resolve(cwd, (options.out as string | undefined) ?? 'verification_key.json');
    const exported = await exportKey(resolve(cwd, positionals[0] as string), out);
    return {
      text: facts([
        ['written', out],
        ['key', exported.keyId],
        ['class', exported.keyClass],
        ['bytes for the registry', exported.bytes],
      ]),
      json: { out, ...exported },
    };
  },
};

export const keysImportCommand: Command = {
  name: 'keys import',
  summary: 'take in a proving key that was made elsewhere, after checking it against the circuit',
  usage: '<computation> <key.zkey>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {
    size,
    ptau: { type: 'string', value: '<file>', summary: 'the phase 1 of its ceremony, which is then replayed' },
    blake2b: { type: 'string', value: '<hash>', summary: 'the BLAKE2b-512 of that file, if it is no published one' },
    manifest: { type: 'string', value: '<file>', summary: 'a manifest.json that the key must agree with' },
  },
  notes: [
    'With --ptau its ceremony is replayed and it becomes a ceremony key. Without it nobody can tell who knows its secrets,',
    'and it counts as a development key.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const [name, file] = positionals as [string, string];
    const path = (option: string | boolean | undefined) =>
      option === undefined ? undefined : resolve(cwd, option as string);
    const size = options.size as string | undefined;
    const { keyId, provingKey, verifyingKey } = await importEither(toolbox, {
      ...{ name, size, key: resolve(cwd, file), ptau: path(options.ptau), manifest: path(options.manifest) },
      blake2b: options.blake2b as string | undefined,
    });
    return {
      text: facts([
        ['key', keyId],
        ['class', verifyingKey.keyClass],
        ['proving key', provingKey.path],
      ]),
      json: { keyId, keyClass: verifyingKey.keyClass, provingKey },
    };
  },
};

export const keysRegisterCommand: Command = {
  name: 'keys register',
  summary: 'put a key of a computation on chain: its first one, or a standby beside those that are there',
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    size,
    key: { type: 'string', value: '<id>', summary: "one of the repository's keys; default: the development key" },
  },
  notes: [
    'A program may have several keys at once. To rotate: register the standby, prove with `--key`, freeze the old one.',
    'Statements stay unique whatever key proved them.',
  ].join('\n'),
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const prepared = await prepare(toolbox, {
      name: positionals[0] as string,
      size: options.size as string | undefined,
      key: options.key as string | undefined,
    });
    const session = await openChain(toolbox);
    try {
      const deployment = await openDeployed(session);
      const { adopted } = await register(toolbox, session, { deployment, ...prepared });
      const { programId, keyId, verifyingKey } = prepared.keys;
      const { keyClass } = verifyingKey;
      return {
        text: facts([
          ['registered', adopted ? 'it was there' : 'yes'],
          ['key', `${keyId} (${keyClass})`],
          ['program', programId],
        ]),
        json: { keyId, keyClass, programId, adopted },
      };
    } finally {
      await session.close();
    }
  },
};

export const keysFreezeCommand: Command = {
  name: 'keys freeze',
  summary: 'stop a key on chain, for ever',
  usage: '<key id>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  notes: 'What was recorded under it stays. Register a standby key first, or nothing can be proven until there is one.',
  run: async ({ positionals, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const session = await openChain(toolbox);
    try {
      const frozen = await freezeKey(toolbox, session, positionals[0] as string);
      return {
        text: facts([
          ['frozen', frozen.adopted ? 'it was before' : 'yes'],
          ['key', frozen.keyId],
          ['program', frozen.programId],
        ]),
        json: frozen,
      };
    } finally {
      await session.close();
    }
  },
};

type ImportWanted = {
  readonly name: string;
  readonly size: string | undefined;
  readonly key: string;
  readonly ptau: string | undefined;
  readonly blake2b: string | undefined;
  readonly manifest: string | undefined;
};

async function importEither(toolbox: Toolbox, { ptau, ...wanted }: ImportWanted): Promise<Keys> {
  if (ptau !== undefined) return (await importCeremonyKey(toolbox, { ...wanted, ptau })).keys;
  if (wanted.blake2b !== undefined || wanted.manifest !== undefined) {
    throw new UsageError('--blake2b and --manifest need --ptau beside them');
  }
  const { circuit } = await compile(toolbox, wanted);
  return importKey(toolbox, circuit, wanted.key);
}
