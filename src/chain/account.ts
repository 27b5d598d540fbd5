/**
 * @module Who signs and pays. The operator's key comes from the environment or from a file that nobody else can read,
 * never from a flag, and it is never shown. The local chain has an account of its own whose key the world knows.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type HDAccount, type LocalAccount, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { OperatorKeyError } from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import { isLocal } from './client.ts';

/** An account whose key is in this process. */
export type Signer = LocalAccount;

export type OperatorKeySource = {
  /** The process' environment: `TALLY_OPERATOR_KEY` is 0x and 64 hexadecimal digits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file of mode 0600 with the same; the environment goes before it. */
  readonly keyFile?: string | undefined;
  readonly chainId: number;
};

export const operatorKeyVariable = 'TALLY_OPERATOR_KEY';
/** A key, its prefix and a line end. */
const keyFileBytesMax = 128;
/** The mnemonic of anvil's and Hardhat's accounts. */
const localMnemonic = 'test test test test test test test test test test test junk';
/** Their addresses, so that a key can be recognised without deriving all of them. */
export const publishedAddresses: readonly string[] = [
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
  '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
  '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc',
  '0x976ea74026e726554db657fa54763abd0c3a0aa9',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
  '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f',
  '0xa0ee7a142d267c1f36714e4a8f75612f20a79720',
];

/**
 * The operator's account.
 * @throws OperatorKeyError when there is no key, it is malformed, others can read its file, or it is one of the local
 * chain's published keys and the chain is not local
 */
export async function operatorAccount({ env, keyFile, chainId }: OperatorKeySource): Promise<LocalAccount> {
  const fromEnv = env[operatorKeyVariable];
  const account = fromEnv
    ? parseKey(fromEnv, operatorKeyVariable)
    : keyFile
      ? parseKey(await readKeyFile(keyFile), keyFile)
      : missing();
  if (!isLocal(chainId) && publishedAddresses.includes(account.address.toLowerCase())) {
    throw new OperatorKeyError('the key of this account is published: whoever reads it can spend what it holds', {
      at: account.address,
      remedy: 'make a key of your own',
    });
  }
  return account;
}

/** One of the local chain's funded accounts, 0 to 9; its key is public, so it is for local chains only. */
export function localAccount(index = 0): HDAccount {
  return mnemonicToAccount(localMnemonic, { addressIndex: index });
}

function missing(): never {
  throw new OperatorKeyError("the operator's key is missing", {
    remedy: `set ${operatorKeyVariable}, or name a key file of mode 0600 in tally.config.ts`,
  });
}

function parseKey(text: string, at: string): LocalAccount {
  const key = text.trim().toLowerCase();
  try {
    if (Hex.is(key, 32)) return privateKeyToAccount(key);
  } catch {
    // Zero and numbers beyond the curve's order; the library's error would quote the key.
  }
  throw new OperatorKeyError("the operator's key is not 0x and 64 hexadecimal digits of a valid key", { at });
}

async function readKeyFile(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    throw new OperatorKeyError("the operator's key file cannot be opened", { at: path, cause });
  });
  try {
    const { mode, size } = await handle.stat();
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isFile || size > keyFileBytesMax) throw new OperatorKeyError('this is not a key file', { at: path });
    // Windows has no such bits; there the folder's rights decide.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new OperatorKeyError(`others may open the key file: its mode is ${(mode & 0o777).toString(8)}`, {
        at: path,
        remedy: `chmod 600 ${path}`,
      });
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
