/** The files that this program writes are what its JSON Schemas say, and a changed one is not. */
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProver } from '../prover/index.ts';
import { scaffold } from '../src/author/scaffold.ts';
import { localAccount } from '../src/chain/account.ts';
import { deploy } from '../src/chain/deploy.ts';
import { openOutbox } from '../src/chain/outbox.ts';
import type { Hex } from '../src/model/Hex.ts';
import { Json, type JsonObject } from '../src/model/Json.ts';
import { ObligationFile } from '../src/model/ObligationFile.ts';
import { PaymentFile } from '../src/model/PaymentFile.ts';
import { Policy } from '../src/model/Policy.ts';
import { ProofFile } from '../src/model/ProofFile.ts';
import { match } from '../src/reconcile/match.ts';
import { makeReport, reportText } from '../src/reconcile/report.ts';
import { generateObligations } from '../src/steps/generateObligations.ts';
import { startTestChain, type TestChain, temporaryFolder } from './support/chain.ts';
import { injectFaults, payAll } from './support/faults.ts';
import { schemaFaults } from './support/jsonSchema.ts';
import { startOutboxStore, tenant } from './support/outbox.ts';
import { seededRandom } from './support/random.ts';
import { loadSmall, smallInput } from './support/small.ts';

const schemaOf = async (name: string) =>
  JSON.parse(await readFile(new URL(`../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as JsonObject;

/** One real file of each kind. */
const files: Record<string, JsonObject> = {};
let local: TestChain;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const fixture = await loadSmall();
  const prover = createProver({ threads: 1 });
  try {
    const proven = await prover.prove(fixture.job(smallInput));
    const circuit = { name: 'small', size: 'default' };
    const purpose = {
      ...{ chainId: 31337, contract: `0x${'11'.repeat(20)}` as Hex, stream: 0, window: 0 },
      beneficiary: `0x${'22'.repeat(20)}` as Hex,
    };
    files.proof = JSON.parse(Json.stringify(ProofFile.toJson({ ...proven, circuit, purpose })));
  } finally {
    await prover.close();
  }
  const keyFolder = dirname(fixture.keys.provingKey.path);
  files.key = JSON.parse(await readFile(join(keyFolder, 'key.json'), 'utf8'));
  files['verification-key'] = JSON.parse(await readFile(join(keyFolder, 'verification_key.json'), 'utf8'));
  local = await startTestChain();
  const path = join(folder, 'deployment.json');
  const database = await startOutboxStore();
  const store = await database.createStore();
  const outbox = await openOutbox({ chain: local.chain, account: localAccount(), store, tenant });
  await deploy(outbox, { path }).finally(() => outbox.close());
  await database.stop();
  files.deployment = JSON.parse(await readFile(path, 'utf8'));
  files.examples = JSON.parse(scaffold('sum').find(({ path }) => path.endsWith('examples.json'))?.text as string);
  const books = generateObligations({ seed: 'schemas', windows: 1, obligationsPerWindow: 2 });
  files.obligation = JSON.parse(ObligationFile.toLines(books).split('\n')[0] as string);
  files.policy = JSON.parse(Json.stringify(Policy.standard));
  const due = generateObligations({ seed: 'schemas', windows: 2, obligationsPerWindow: 100 });
  const paid = payAll(due);
  files.payment = JSON.parse(PaymentFile.toLine(paid[0] as (typeof paid)[number]));
  // A report with a break of every class.
  const { payments } = injectFaults({ books: due, payments: paid }, { random: seededRandom(1n), perClass: 2 });
  const findings = match({ books: due, payments }, Policy.standard.reconcile);
  files.reconciliation = JSON.parse(reportText(makeReport({ books: due, payments }, findings, Policy.standard)));
  files.input = { id: '1', input: { x: 3 } };
}, 120_000);

afterAll(async () => {
  await local.stop();
  await rm(folder, { recursive: true, force: true });
});

const names = [
  ...(['proof', 'key', 'verification-key', 'deployment', 'examples', 'obligation', 'input'] as const),
  ...(['payment', 'policy', 'reconciliation'] as const),
];

describe.each(names)('%s', (name) => {
  test('default: a real one has no fault', async () => {
    expect(schemaFaults(files[name], await schemaOf(name))).toEqual([]);
  });

  test('error: each member missing, of another type, and one too many', async () => {
    const schema = await schemaOf(name);
    const file = files[name] as JsonObject;
    const required = new Set(schema.required as string[]);
    expect(required.size).toBeGreaterThan(0);
    for (const member of Object.keys(file)) {
      const { [member]: _, ...rest } = file;
      if (required.has(member)) expect(schemaFaults(rest, schema), `without ${member}`).not.toEqual([]);
      expect(schemaFaults({ ...file, [member]: true }, schema), `${member}: true`).not.toEqual([]);
    }
    expect(schemaFaults({ ...file, extra: 1 }, schema)).not.toEqual([]);
  });
});
