import { UsageError } from '../../errors.ts';
import { deploy } from '../../steps/deploy.ts';
import { openChain } from '../../steps/openChain.ts';
import { prepare } from '../../steps/prepare.ts';
import { register, requireRegistrable } from '../../steps/register.ts';
import type { Command } from '../command.ts';
import { facts } from '../table.ts';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'deploy the contracts, and register computations with their keys',
  usage: '[<computation> …]',
  positionalsMin: 0,
  positionalsMax: 100,
  options: {
    size: { type: 'string', value: '<size>', summary: 'the size of the circuits; default: the first' },
    key: {
      ...{ type: 'string', value: '<id>' },
      summary: "one of the repository's keys, for one computation; default: the development key",
    },
  },
  notes: [
    'What is there already is adopted. Without a chain in tally.config.ts the embedded local chain is started. A key that',
    'was made with `keys dev --seed` or by a ceremony is named by `--key`. Development keys are refused by the program and',
    'by the registry on any chain where value may move.',
  ].join('\n'),
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const size = options.size as string | undefined;
    const key = options.key as string | undefined;
    if (key !== undefined && positionals.length !== 1) throw new UsageError('--key is for one computation');
    const prepared = [];
    for (const name of positionals) prepared.push(await prepare(toolbox, { name, size, key }));
    const session = await openChain(toolbox);
    try {
      // Before gas is spent on contracts: a key that may not follow them ends it all.
      for (const { keys } of prepared) requireRegistrable(toolbox, session, keys);
      const { deployment, adopted } = await deploy(toolbox, session);
      const programs = [];
      for (const each of prepared) {
        await register(toolbox, session, { deployment, ...each });
        const { circuit, keys } = each;
        const { name, programId } = circuit;
        programs.push({ name, programId, keyId: keys.keyId, keyClass: keys.verifyingKey.keyClass });
      }
      const contracts = Object.entries(deployment.contracts).map(([name, { address }]) => [name, address] as const);
      return {
        text: [
          facts([['chain', `${deployment.chainId}, ${session.chain.rpcUrl}`], ...contracts]),
          ...programs.map((program) =>
            facts([
              [`program ${program.name}`, program.programId],
              ['  key', `${program.keyId} (${program.keyClass})`],
            ]),
          ),
        ].join('\n'),
        json: {
          chainId: deployment.chainId,
          rpcUrl: session.chain.rpcUrl,
          adopted,
          contracts: Object.fromEntries(contracts),
          programs,
        },
      };
    } finally {
      await session.close();
    }
  },
};
