/** A process that sends what it is told through an outbox and prints what became of it: a victim for crash tests. */
import { localAccount } from '../../src/chain/account.ts';
import { connect } from '../../src/chain/client.ts';
import { openOutbox } from '../../src/chain/outbox.ts';
import type { Intent } from '../../src/chain/transaction.ts';
import { TallyError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';

type Order = { rpcUrl: string; folder: string; inFlightMax: number; intents: { what: string; to: `0x${string}` }[] };

const { rpcUrl, folder, inFlightMax, intents } = JSON.parse(process.argv[2] as string) as Order;
try {
  const outbox = await openOutbox({ chain: await connect({ rpcUrl }), account: localAccount(), folder, inFlightMax });
  const sent = await Promise.all(
    intents.map(({ what, to }) => outbox.send({ what, to, data: '0x', value: 1n } satisfies Intent)),
  );
  const { recovered } = outbox;
  await outbox.close();
  process.stdout.write(`${Json.stringify({ recovered, sent })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof TallyError ? error.code : String(error) })}\n`);
  process.exitCode = 1;
}
