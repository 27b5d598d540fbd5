/**
 * @module Where the contracts are on a chain: a file that names them, believed only when the code at their addresses is
 * the code that was deployed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keccak256 } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import { readTextBounded, writeFileAtomic } from '../files.ts';
import { Hex } from '../model/Hex.ts';
import { Json, type JsonObject, type JsonValue } from '../model/Json.ts';
import { localChainId } from './anvil.ts';
import type { Chain } from './client.ts';
import { chainFailure } from './failure.ts';

export type ContractName = (typeof contractNames)[number];

/** In the order in which they are deployed: each knows only those before it. */
export const contractNames = [
  'accessManager',
  'groth16Verifier',
  'programRegistry',
  'computeLedger',
  'caseBook',
  'nettingLedger',
  'participantRegistry',
  'settlement',
  'attesterSet',
  'reconciler',
] as const;

export type DeployedContract = {
  readonly address: Hex;
  /** The block that created it: its events begin there. */
  readonly block: number;
  readonly transaction: Hex;
  /** keccak256 of the code at the address. */
  readonly codeHash: Hex;
  /** keccak256 of the creation code with its arguments: tells whether a newer version would be another contract. */
  readonly initCodeHash: Hex;
};

export type Deployment = {
  readonly chainId: number;
  /** Hash of the chain's block 0. */
  readonly genesis: Hex;
  readonly deployer: Hex;
  readonly contracts: Readonly<Record<ContractName, DeployedContract>>;
};

const fileBytesMax = 65_536;

/** The file of a chain: a local chain's lies with the chain, one of a public chain belongs into the repository. */
export function deploymentPath({
  root,
  dataDir,
  chainId,
}: {
  readonly root: string;
  readonly dataDir: string;
  readonly chainId: number;
}): string {
  const folder = chainId === localChainId ? dataDir : join(root, 'verifier-contracts');
  return join(folder, 'deployments', `${chainId}.json`);
}

/**
 * Reads a deployment and makes sure that it is there.
 * @throws DeploymentError, ChainUnavailableError
 */
export async function openDeployment(chain: Chain, path: string): Promise<Deployment> {
  const deployment = await readDeployment(path);
  if (!deployment) {
    throw new DeploymentError(`nothing is deployed on chain ${chain.chainId}`, {
      at: path,
      remedy: 'run `tally deploy`',
    });
  }
  await requireDeployed(chain, deployment, path);
  return deployment;
}

/** The deployment that a file names, unchecked; nothing without a file. @throws DeploymentError */
export async function readDeployment(path: string): Promise<Deployment | undefined> {
  if (!existsSync(path)) return undefined;
  const json = Json.parse(await readTextBounded(path, fileBytesMax), path);
  const fail = (what: string): never => {
    throw new DeploymentError(`the deployment file ${what}`, { at: path });
  };
  if (!Json.isObject(json) || json.version !== 1) return fail('is not of version 1');
  const { chainId, genesis, deployer, contracts } = json;
  if (typeof chainId !== 'number' || !Hex.is(genesis, 32) || !Hex.is(deployer, 20) || !Json.isObject(contracts)) {
    return fail('lacks chainId, genesis, deployer or contracts');
  }
  const entries = contractNames.map((name) => {
    const contract = contracts[name];
    return [name, isContract(contract) ? contract : fail(`has no proper ${name}`)] as const;
  });
  return { chainId, genesis, deployer, contracts: Object.fromEntries(entries) as Deployment['contracts'] };
}

/** Writes a deployment to its file. */
export function writeDeployment(path: string, deployment: Deployment): Promise<void> {
  return writeFileAtomic(path, `${Json.stringify({ version: 1, ...deployment }, 2)}\n`);
}

/**
 * Makes sure that a deployment is of this chain and that its code is at its addresses.
 * @throws DeploymentError, ChainUnavailableError
 */
export async function requireDeployed(chain: Chain, deployment: Deployment, at: string): Promise<void> {
  if (deployment.chainId !== chain.chainId || deployment.genesis !== chain.genesis) {
    throw new DeploymentError('the deployment is on another chain', {
      at,
      details: [`deployment: chain ${deployment.chainId}, genesis ${deployment.genesis}`],
      remedy: 'check the RPC address, or run `tally deploy` for this chain',
    });
  }
  for (const name of contractNames) {
    const { address, codeHash } = deployment.contracts[name];
    if ((await codeHashAt(chain, address)) === codeHash) continue;
    throw new DeploymentError(`${name} is not at ${address}, or its code is not what was deployed`, { at });
  }
}

/** keccak256 of the code at an address. @throws ChainUnavailableError */
export async function codeHashAt(chain: Chain, address: Hex): Promise<Hex> {
  try {
    return keccak256((await chain.client.getCode({ address })) ?? '0x');
  } catch (cause) {
    throw chainFailure(cause, { what: 'reading the code of a contract', at: address });
  }
}

function isContract(json: JsonValue | undefined): json is JsonObject & DeployedContract {
  return (
    Json.isObject(json) &&
    Hex.is(json.address, 20) &&
    typeof json.block === 'number' &&
    Hex.is(json.transaction, 32) &&
    Hex.is(json.codeHash, 32) &&
    Hex.is(json.initCodeHash, 32)
  );
}
