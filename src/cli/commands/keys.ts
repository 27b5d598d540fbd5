import { resolve } from 'node:path';
import { compile } from '../../steps/compile.ts';
import { exportKey, lintKeyFile } from '../../steps/inspectKey.ts';
import { importKey, makeKeys } from '../../steps/makeKeys.ts';
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
  options: { size },
  notes:
    'Without the transcript of its ceremony nobody can tell who knows its secrets: it counts as a development key.',
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const [name, file] = positionals as [string, string];
    const { circuit } = await compile(toolbox, { name, size: options.size as string | undefined });
    const { keyId, provingKey, verifyingKey } = await importKey(toolbox, circuit, resolve(cwd, file));
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
