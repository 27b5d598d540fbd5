/**
 * A process that sends what it is told through an outbox and prints what became of it: a victim for crash tests. It kills
 * itself at the step that it is told, if any.
 */
import { localAccount } from '../../src/chain/account.ts';
import { connect } from '../../src/chain/client.ts';
import { type Outbox, openOutbox } from '../../src/chain/outbox.ts';
import type { Intent } from '../../src/chain/transaction.ts';
import { TallyError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';
import { openStore } from '../../src/store/store.ts';
import { tenant } from './outbox.ts';

export type OutboxOrder = {
  readonly rpcUrl: string;
  readonly database: string;
  readonly inFlightMax: number;
  readonly intents: readonly { readonly what: string; readonly to: `0x${string}` }[];
  /** The step, and at which time that it is told. */
  readonly killAt?: { readonly step: string; readonly nth: number } | undefined;
};

const { rpcUrl, database, inFlightMax, intents, killAt } = JSON.parse(process.argv[2] as string) as OutboxOrder;
let left = killAt?.nth ?? 0;
const onStep = (step: string) => {
  if (step === killAt?.step && --left === 0) process.kill(process.pid, 'SIGKILL');
};
const store = await openStore({ url: database, as: 'app' });
let outbox: Outbox | undefined;
try {
  const chain = await connect({ rpcUrl });
  outbox = await openOutbox({ chain, account: localAccount(), store, tenant, inFlightMax, onStep });
  const sent = await Promise.all(
    intents.map(({ what, to }) => (outbox as Outbox).send({ what, to, data: '0x', value: 1n } satisfies Intent)),
  );
  const { recovered } = outbox;
  await outbox.settled(60_000);
  process.stdout.write(`${Json.stringify({ recovered, sent })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof TallyError ? error.code : String(error) })}\n`);
  process.exitCode = 1;
} finally {
  await outbox?.close();
  await store.close();
}
