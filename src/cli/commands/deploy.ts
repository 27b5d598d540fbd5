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
  },
  notes: [
    'What is there already is adopted. Without a chain in tally.config.ts the embedded local chain is started. Keys are',
    'development keys, which the program and the registry refuse on any chain where value may move.',
  ].join('\n'),
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const size = options.size as string | undefined;
    const prepared = [];
    for (const name of positionals) prepared.push(await prepare(toolbox, { name, size }));
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
