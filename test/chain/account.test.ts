import { execFileSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { localAccount, operatorAccount, publishedAddresses } from '../../src/chain/account.ts';
import { OperatorKeyError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/chain.ts';

/** Not a secret: the number 7, padded. */
const key = `0x${'7'.padStart(64, '0')}`;
const address = '0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb';
let keyFile: string;

beforeEach(async () => {
  const folder = await temporaryFolder();
  keyFile = join(folder, 'operator.key');
  return () => rm(folder, { recursive: true, force: true });
});

const fail = async (source: Partial<Parameters<typeof operatorAccount>[0]>) => {
  const error = await operatorAccount({ env: {}, chainId: 1, ...source }).catch((e) => e);
  expect(error).toBeInstanceOf(OperatorKeyError);
  expect(error.exitCode).toBe(7);
  return `${error.message} ${JSON.stringify(error)} ${String(error.cause)}`;
};

describe('operatorAccount', () => {
  test('default: from the environment, which goes before the file', async () => {
    const env = { TALLY_OPERATOR_KEY: key };
    expect((await operatorAccount({ env, chainId: 1 })).address).toBe(address);
    expect((await operatorAccount({ env, keyFile: '/nowhere', chainId: 1 })).address).toBe(address);
  });

  test.each([0o600, 0o400])('behavior: from a file of mode %o, with or without a line end', async (mode) => {
    for (const text of [key, `${key}\n`, key.toUpperCase().replace('0X', '0x')]) {
      await rm(keyFile, { force: true });
      await writeFile(keyFile, text);
      await chmod(keyFile, mode);
      expect((await operatorAccount({ env: {}, keyFile, chainId: 1 })).address).toBe(address);
    }
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o622, 0o601])('error: a file of mode %o', async (mode) => {
    await writeFile(keyFile, key);
    await chmod(keyFile, mode);
    expect(await fail({ keyFile })).toContain(mode.toString(8));
  });

  test('error: no key, no file, a folder, a file that is too long', async () => {
    await fail({});
    await fail({ keyFile });
    await fail({ keyFile: join(keyFile, '..') });
    await writeFile(keyFile, 'x'.repeat(10_000), { mode: 0o600 });
    await fail({ keyFile });
  });

  test.skipIf(process.platform === 'win32')('error: a FIFO is not waited for', async () => {
    execFileSync('mkfifo', ['-m', '600', keyFile]);
    await fail({ keyFile });
  });

  test.each([
    '',
    '0x',
    'hunter2',
    key.slice(2),
    `${key}00`,
    `0x${'00'.repeat(32)}`,
    `0x${'ff'.repeat(32)}`,
    `0x${'g'.repeat(64)}`,
  ])('error: %j is not a key, and is not repeated', async (text) => {
    const told = await fail({ env: { TALLY_OPERATOR_KEY: text } });
    if (text.length > 2) expect(told).not.toContain(text.slice(2));
    await writeFile(keyFile, text, { mode: 0o600 });
    await fail({ keyFile });
  });

  test('error: a published key on a chain where value may be', async () => {
    const published = `0x${Buffer.from(localAccount(3).getHdKey().privateKey as Uint8Array).toString('hex')}`;
    const env = { TALLY_OPERATOR_KEY: published };
    expect(await fail({ env, chainId: 11155111 })).toContain('published');
    expect((await operatorAccount({ env, chainId: 31337 })).address).toBe(localAccount(3).address);
  });
});

describe('localAccount', () => {
  test('all ten are known as published', () => {
    const addresses = Array.from({ length: 10 }, (_, i) => localAccount(i).address.toLowerCase());
    expect(publishedAddresses).toEqual(addresses);
  });
});
