import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { verifyEverywhere } from '../../steps/verifyEverywhere.ts';
import { verifyFile } from '../../steps/verifyFile.ts';
import type { Command } from '../command.ts';
import { facts } from '../table.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'verify a proof strictly',
  usage: '<proof.json>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    key: {
      type: 'string',
      value: '<file>',
      summary: "a verification_key.json; default: the repository's key with the id that the proof names",
    },
    public: {
      type: 'string',
      value: '<file>',
      summary: "the public signals, when the proof is snarkjs' own file; needs --key",
    },
    everywhere: { type: 'boolean', summary: 'ask snarkjs and the deployed contracts as well; 70 when they disagree' },
  },
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const path = (option: string | boolean | undefined) =>
      option === undefined ? undefined : resolve(cwd, option as string);
    if (options.public !== undefined && options.key === undefined)
      throw new UsageError('--public needs --key beside it');
    const toolbox = { config, onProgress, signal };
    if (options.everywhere) await verifyEverywhere(toolbox, resolve(cwd, positionals[0] as string));
    const verified = await verifyFile(toolbox, {
      proof: resolve(cwd, positionals[0] as string),
      key: path(options.key),
      publicSignals: path(options.public),
    });
    const { statementId, keyId, keyClass, signals } = verified;
    const warning = keyClass === 'development' ? ' — a development key: whoever knows its seed can forge proofs' : '';
    return {
      text: facts([
        ['the proof holds', 'yes'],
        ['statement', statementId ?? 'not named in this file'],
        ['key', `${keyId}${warning}`],
        ['public signals', signals.join(' ')],
      ]),
      json: { valid: true, ...verified },
    };
  },
};
