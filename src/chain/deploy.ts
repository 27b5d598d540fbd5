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
  attesterSet,
  caseBook,
  computeLedger,
  groth16Verifier,
  nettingLedger,
  participantRegistry,
  programRegistry,
  reconciler,
  roles,
  settlement,
} from './generated/contracts.ts';
import type { Outbox, Sent } from './outbox.ts';

export type DeployOptions = {
  /** The file that names the contracts; see `deploymentPath`. */
  readonly path: string;
  /** Test networks on which development keys may be registered. */
  readonly developmentChains?: readonly number[] | undefined;
  /** Who holds a role besides the deployer. */
  readonly holders?: { readonly [role in HumanRole]?: readonly Hex[] } | undefined;
};

export type DeployResult = {
  readonly deployment: Deployment;
  /** Whether everything was there before. */
  readonly adopted: boolean;
  /** What was sent, in order; empty when adopted. */
  readonly sent: readonly Sent[];
};

type RoleName = keyof typeof roles;

/** What contracts may do, no person may: cases are opened for what a contract has seen. */
type HumanRole = Exclude<RoleName, 'bookkeeper'>;

const artifacts: Readonly<Record<ContractName, { readonly abi: Abi; readonly bytecode: Hex }>> = {
  accessManager,
  groth16Verifier,
  programRegistry,
  computeLedger,
  caseBook,
  nettingLedger,
  participantRegistry,
  settlement,
  attesterSet,
  reconciler,
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
  { role: 'registrar', target: 'nettingLedger', names: ['createStream', 'retire', 'openFrom'] },
  { role: 'registrar', target: 'participantRegistry', names: ['register'] },
  { role: 'registrar', target: 'settlement', names: ['configure'] },
  { role: 'registrar', target: 'attesterSet', names: ['rotate'] },
  { role: 'registrar', target: 'reconciler', names: ['activatePolicy'] },
  { role: 'guardian', target: 'programRegistry', names: ['freezeProgram', 'freezeKey', 'freezeVerifier'] },
  { role: 'guardian', target: 'caseBook', names: ['stop'] },
  { role: 'operator', target: 'nettingLedger', names: ['open', 'advance', 'close'] },
  { role: 'bookkeeper', target: 'caseBook', names: ['open'] },
  { role: 'officer', target: 'caseBook', names: ['report', 'propose'] },
  { role: 'approver', target: 'caseBook', names: ['approve'] },
];

/** The contracts that open cases by themselves. */
const bookkeepers = ['settlement', 'attesterSet', 'reconciler'] as const satisfies readonly ContractName[];

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
    caseBook: (at) => code('caseBook', [at('accessManager')]),
    nettingLedger: (at) => code('nettingLedger', [at('accessManager'), at('programRegistry'), at('caseBook')]),
    participantRegistry: (at) => code('participantRegistry', [at('accessManager'), at('nettingLedger')]),
    settlement: (at) => code('settlement', [at('accessManager'), at('participantRegistry'), at('caseBook')]),
    attesterSet: (at) => code('attesterSet', [at('accessManager'), at('caseBook')]),
    reconciler: (at) => code('reconciler', [at('accessManager'), at('settlement'), at('attesterSet')]),
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
  const holdersOf = (role: RoleName): readonly Hex[] =>
    role === 'bookkeeper'
      ? bookkeepers.map((name) => contracts[name].address)
      : [outbox.address, ...(holders[role] ?? [])];
  const grants = (Object.keys(roles) as RoleName[]).flatMap((role) =>
    holdersOf(role).map((holder) =>
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
