/**
 * @module Brings the contracts onto a chain and gives out their roles. Every step is an intent of the outbox, so a
 * deployment that was cut short goes on where it stopped, and one that is complete is only looked at.
 */
import type { Abi } from 'viem';
import { encodeDeployData, encodeFunctionData, keccak256, toFunctionSelector } from 'viem/utils';
import { DeploymentError, InternalError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { Seal } from '../model/Seal.ts';
import { isLocal } from './client.ts';
import {
  type ContractName,
  codeHashAt,
  contractNames,
  type DeployedContract,
  type Deployment,
  readDeployment,
  requireDeployed,
  writeDeployment,
} from './deployment.ts';
import {
  accessManager,
  computeLedger,
  groth16Verifier,
  nettingLedger,
  programRegistry,
  roles,
} from './generated/contracts.ts';
import type { Outbox, Sent } from './outbox.ts';

export type DeployOptions = {
  /** The file that names the contracts; see `deploymentPath`. */
  readonly path: string;
  /** Test networks on which development keys may be registered. */
  readonly developmentChains?: readonly number[] | undefined;
  /** Who holds a role besides the deployer. */
  readonly holders?: { readonly [role in RoleName]?: readonly Hex[] } | undefined;
};

export type DeployResult = {
  readonly deployment: Deployment;
  /** Whether everything was there before. */
  readonly adopted: boolean;
  /** What was sent, in order; empty when adopted. */
  readonly sent: readonly Sent[];
};

type RoleName = keyof typeof roles;

const artifacts: Readonly<Record<ContractName, { readonly abi: Abi; readonly bytecode: Hex }>> = {
  accessManager,
  groth16Verifier,
  programRegistry,
  computeLedger,
  nettingLedger,
};

/**
 * The pairing of one proof costs 181,000 gas where EIP-1108 holds; some chains price precompiles higher, so there is
 * room of 30 %.
 */
const verifierGasCap = 235_000n;

/** Which functions a role may call; whatever is not named stays with the deployer as the manager's administrator. */
const restricted: readonly {
  readonly role: RoleName;
  readonly target: ContractName;
  readonly names: readonly string[];
}[] = [
  { role: 'registrar', target: 'programRegistry', names: ['registerProgram', 'registerKey', 'registerVerifier'] },
  { role: 'registrar', target: 'nettingLedger', names: ['createStream'] },
  { role: 'guardian', target: 'programRegistry', names: ['freezeProgram', 'freezeKey', 'freezeVerifier'] },
  { role: 'operator', target: 'nettingLedger', names: ['open', 'advance', 'close'] },
];

/**
 * Deploys all contracts, or adopts them when they are there.
 * @throws DeploymentError when the file names contracts that a public chain does not have, or other versions of them;
 * what `Outbox.send` throws
 */
export async function deploy(outbox: Outbox, options: DeployOptions): Promise<DeployResult> {
  const { chain } = outbox;
  const developmentChainId = !isLocal(chain.chainId) && options.developmentChains?.includes(chain.chainId);
  const plan = planWith(outbox.address, developmentChainId ? chain.chainId : 0);
  const existing = await findExisting(outbox, options.path, plan);
  if (existing) return { deployment: existing, adopted: true, sent: [] };

  const sent: Sent[] = [];
  const contracts: Partial<Record<ContractName, DeployedContract>> = {};
  for (const name of contractNames) {
    const data = plan[name]((other) => addressOf(contracts, other));
    const creation = await outbox.retry({ what: `deploy ${name}`, to: null, data });
    sent.push(creation);
    contracts[name] = await describe(outbox, creation, data);
  }
  const complete = contracts as Record<ContractName, DeployedContract>;
  sent.push(await giveRoles(outbox, complete, options.holders ?? {}));
  sent.push(await routeVerifier(outbox, complete));

  const { chainId, genesis } = chain;
  const deployment: Deployment = { chainId, genesis, deployer: outbox.address, contracts: complete };
  await requireDeployed(chain, deployment, options.path);
  await writeDeployment(options.path, deployment);
  return { deployment, adopted: false, sent };
}

type AddressOf = (name: ContractName) => Hex;
type Plan = Readonly<Record<ContractName, (addressOf: AddressOf) => Hex>>;

/** The creation code of each contract, given the addresses of those before it. */
function planWith(deployer: Hex, developmentChainId: number): Plan {
  const code = (name: ContractName, args: readonly unknown[]): Hex => {
    const { abi, bytecode } = artifacts[name];
    return encodeDeployData({ abi, bytecode, args });
  };
  return {
    accessManager: () => code('accessManager', [deployer]),
    groth16Verifier: () => code('groth16Verifier', [verifierGasCap]),
    programRegistry: (at) => code('programRegistry', [at('accessManager'), BigInt(developmentChainId)]),
    computeLedger: (at) => code('computeLedger', [at('programRegistry')]),
    nettingLedger: (at) => code('nettingLedger', [at('accessManager'), at('programRegistry')]),
  };
}

/** The deployment in the file, when it is there and of this version; on a local chain a stale file is forgotten. */
async function findExisting({ chain }: Outbox, path: string, plan: Plan): Promise<Deployment | undefined> {
  const deployment = await readDeployment(path);
  if (!deployment) return undefined;
  try {
    await requireDeployed(chain, deployment, path);
    requireSameVersion(deployment, plan, path);
    return deployment;
  } catch (error) {
    if (error instanceof DeploymentError && isLocal(chain.chainId)) return undefined;
    throw error;
  }
}

function requireSameVersion(deployment: Deployment, plan: Plan, at: string): void {
  const { contracts } = deployment;
  // Another deployer makes another AccessManager; whoever deployed first is not asked to do it again.
  const others = contractNames.filter((name) => name !== 'accessManager');
  const stale = others.find(
    (name) => keccak256(plan[name]((other) => contracts[other].address)) !== contracts[name].initCodeHash,
  );
  if (!stale) return;
  throw new DeploymentError(`${stale} is deployed in another version than this one`, {
    at,
    remedy: 'move the file away to deploy a new set of contracts beside the old one',
  });
}

async function describe({ chain }: Outbox, creation: Sent, data: Hex): Promise<DeployedContract> {
  const { contract, block, hash } = creation;
  if (!contract) throw new InternalError('a creation made no contract', { at: hash });
  const codeHash = await codeHashAt(chain, contract);
  return { address: contract, block, transaction: hash, codeHash, initCodeHash: keccak256(data) };
}

/** All in one transaction: a half-configured set of contracts is never seen. */
function giveRoles(
  outbox: Outbox,
  contracts: Record<ContractName, DeployedContract>,
  holders: NonNullable<DeployOptions['holders']>,
): Promise<Sent> {
  const { abi } = accessManager;
  const functions = restricted.map(({ role, target, names }) => {
    const selectors = names.map((name) => selectorOf(target, name));
    const args = [contracts[target].address, selectors, roles[role]] as const;
    return encodeFunctionData({ abi, functionName: 'setTargetFunctionRole', args });
  });
  const grants = (Object.keys(roles) as RoleName[]).flatMap((role) =>
    [outbox.address, ...(holders[role] ?? [])].map((holder) =>
      encodeFunctionData({ abi, functionName: 'grantRole', args: [roles[role], holder, 0] }),
    ),
  );
  return outbox.retry({
    what: 'give out the roles',
    to: contracts.accessManager.address,
    data: encodeFunctionData({ abi, functionName: 'multicall', args: [[...functions, ...grants]] }),
  });
}

function routeVerifier(outbox: Outbox, contracts: Record<ContractName, DeployedContract>): Promise<Sent> {
  return outbox.retry({
    what: 'route Groth16 seals to their verifier',
    to: contracts.programRegistry.address,
    data: encodeFunctionData({
      abi: programRegistry.abi,
      functionName: 'registerVerifier',
      args: [Seal.groth16Selector, contracts.groth16Verifier.address],
    }),
  });
}

function selectorOf(target: ContractName, name: string): Hex {
  const item = artifacts[target].abi.find((entry) => entry.type === 'function' && entry.name === name);
  if (item?.type !== 'function') throw new InternalError(`${target} has no function ${name}`);
  return toFunctionSelector(item);
}

function addressOf(contracts: Partial<Record<ContractName, DeployedContract>>, name: ContractName): Hex {
  const contract = contracts[name];
  if (!contract) throw new InternalError(`${name} is needed before it is deployed`);
  return contract.address;
}
