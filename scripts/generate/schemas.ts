/**
 * @module JSON Schemas of the files that people and programs exchange, for editors and other languages. The parsers in
 * `src/model/` are what decides: they check more, such as ids that must follow from the rest. The schema of a
 * computation's own input comes from `tally types`.
 */
import { contractNames } from '../../src/chain/deployment.ts';
import { payment, policy, reconciliation } from './reconciliationSchemas.ts';
import { address, count, decimal, hash, list, object, type Schema, sha256, text } from './schemaParts.ts';

const draft = 'https://json-schema.org/draft/2020-12/schema';

const milliseconds: Schema = { type: 'number', minimum: 0 };
const keyClass: Schema = { enum: ['development', 'ceremony'] };

const pointG1 = list(decimal, 3);
const pointG2 = list(list(decimal, 2), 3);

const proof = object(
  {
    version: { const: 1 },
    id: { ...text, description: "The caller's own key for the job." },
    circuit: object({ name: text, size: text }),
    programId: hash,
    keyId: hash,
    keyClass,
    statementId: { ...hash, description: 'keccak256(abi.encode(programId, signals)).' },
    purpose: {
      ...object({ chainId: count, contract: address, stream: count, window: count, beneficiary: address }),
      description: 'What the context, signal 0, was made of; absent when the caller brought one.',
    },
    signals: { ...list(decimal), minItems: 1, description: 'The public signals; number 0 is the context.' },
    proof: object({
      ...{ pi_a: pointG1, pi_b: pointG2, pi_c: pointG1 },
      ...{ protocol: { const: 'groth16' }, curve: { const: 'bn128' } },
    }),
    timing: {
      type: 'object',
      properties: { waitMs: milliseconds, witnessMs: milliseconds, loadMs: milliseconds, proveMs: milliseconds },
    },
  },
  ['purpose'],
);

const exampleItem = object(
  {
    desc: text,
    size: { ...text, description: 'The first size of the computation by default.' },
    input: { type: 'object', description: 'Results and the context may be left out.' },
    template: { ...text, description: 'The template that has to refuse it.' },
  },
  ['size', 'template'],
);

const examples = object({ version: { const: 1 }, accepts: list(exampleItem), rejects: list(exampleItem) }, [
  'accepts',
  'rejects',
]);

const contract = object({ address, block: count, transaction: hash, codeHash: hash, initCodeHash: hash });

const deployment = object({
  version: { const: 1 },
  chainId: count,
  genesis: hash,
  deployer: address,
  contracts: object(Object.fromEntries(contractNames.map((name) => [name, contract]))),
});

const key = object({
  version: { const: 1 },
  circuit: text,
  programId: hash,
  keyId: hash,
  class: keyClass,
  r1csSha256: sha256,
  zkeySha256: sha256,
  zkeyBytes: count,
  seedSha256: { anyOf: [sha256, { type: 'null' }], description: 'Of a development key.' },
  createdBy: text,
});

const verificationKey = object({
  protocol: { const: 'groth16' },
  curve: { const: 'bn128' },
  nPublic: { type: 'integer', minimum: 1 },
  class: keyClass,
  keyId: hash,
  vk_alpha_1: pointG1,
  vk_beta_2: pointG2,
  vk_gamma_2: pointG2,
  vk_delta_2: pointG2,
  IC: { ...list(pointG1), minItems: 2 },
});

const month = { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' };
const obligation = object(
  {
    version: { const: 1, description: 'Absent in files that were written before lines had a version.' },
    window: month,
    dateFrom: { ...count, description: 'Days since 1970-01-01.' },
    dateTo: count,
    asset: count,
    debtor: count,
    creditor: count,
    amount: { ...decimal, description: 'Units.' },
    valueDate: count,
    reference: decimal,
    adjusts: {
      ...object({ window: month, valueDate: count }),
      description: 'Where it belonged, when it came after its window was closed.',
    },
  },
  ['version', 'adjusts'],
);

const inputLine = object({ id: text, input: { type: 'object' } });

const schemas = {
  proof: { title: 'proof.json, and a line of a proofs file; version 1', ...proof },
  input: { title: 'A line of an inputs file', ...inputLine },
  examples: { title: 'examples.json beside a computation, version 1', ...examples },
  deployment: { title: 'deployments/<chainId>.json, version 1', ...deployment },
  key: { title: 'key.json of a key folder, version 1', ...key },
  'verification-key': { title: 'verification_key.json', ...verificationKey },
  obligation: { title: 'A line of an obligations file, version 1', ...obligation },
  payment: { title: 'A line of a payments file, version 1', ...payment },
  policy: { title: 'policy.json, version 1', ...policy },
  reconciliation: { title: 'What `tally reconcile --out` writes, version 1', ...reconciliation },
} as const satisfies Readonly<Record<string, Schema>>;

/** The files below `schemas/`, each by its path. */
export const schemaFiles = Object.entries(schemas).map(([name, schema]) => ({
  path: `schemas/${name}.schema.json`,
  text: () => `${JSON.stringify({ $schema: draft, ...schema }, undefined, 2)}\n`,
}));
