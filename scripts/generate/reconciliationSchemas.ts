/** @module JSON Schemas of what reconciling reads and writes: payments, the policy, the report. */
import { breakClasses, matchClasses } from '../../src/model/Finding.ts';
import { address, count, decimal, hash, list, object, type Schema, sha256 } from './schemaParts.ts';

const asset: Schema = { anyOf: [count, address], description: 'The number in the stream, or a token that has none.' };
const window: Schema = { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' };
const signed: Schema = { type: 'string', pattern: '^(0|-?[1-9][0-9]*)$' };
const breakClass: Schema = { enum: [...breakClasses] };

const paymentMembers = {
  id: { type: 'string', pattern: '^[ -~]{1,256}$', description: 'What the source calls it; unique.' },
  sequence: { ...count, description: 'Its place in the source; counts where times contradict it.' },
  paidAt: { ...count, description: 'Seconds since 1970-01-01, UTC.' },
  asset,
  debtor: count,
  creditor: count,
  amount: { ...decimal, description: 'Units.' },
  references: { ...list(decimal), minItems: 1, description: 'Of the obligations that it is for.' },
  valueDate: { ...count, description: 'The day for which it is, where it declares one; days since 1970-01-01.' },
} as const;

/** A line of a payments file. */
export const payment = object({ version: { const: 1 }, ...paymentMembers }, ['valueDate']);

const reconcilePolicy = {
  tolerance: { ...decimal, description: 'Units by which a payment may differ.' },
  lateSeconds: { ...count, description: 'Seconds after the end of the value date.' },
  driftMax: { ...decimal, description: 'Units of drift that a window may have.' },
  systemic: {
    ...object({ windows: { type: 'integer', minimum: 1 }, of: { type: 'integer', minimum: 1 } }),
    description: 'A break is systemic when it is in so many of so many consecutive windows.',
  },
  tokens: { type: 'object', additionalProperties: address, description: 'The token of an asset by its number.' },
} as const;

/** `policy.json`. */
export const policy = object(
  { version: { const: 1 }, reconcile: object(reconcilePolicy, Object.keys(reconcilePolicy)) },
  ['reconcile'],
);

const sum = object({ count, amount: decimal });
const halves = object({ all: sum, matched: sum, breaks: sum });
const assetRows = list(object({ asset, obligations: halves, payments: halves, drift: decimal, adjusted: sum }));
const classRows = list(
  object({
    ...{ class: { enum: [...matchClasses, ...breakClasses] }, asset, findings: count },
    ...{ obligations: sum, payments: sum, drift: decimal },
  }),
);
const input = object({ count, digest: sha256 });
const verdict: Schema = { enum: ['clean', 'tolerated', 'exceeded'] };
const windowRow = object({
  ...{ label: window, dateFrom: count, dateTo: count },
  verdict,
  ...{ assets: assetRows, classes: classRows },
});
const pattern = object(
  {
    scope: { anyOf: [object({ class: breakClass }), object({ debtor: count })] },
    pattern: { enum: ['transient', 'systemic'] },
    windows: list(window),
    systemicSince: window,
  },
  ['systemicSince'],
);
const owed = object({
  ...{ window, asset: count, debtor: count, creditor: count, amount: decimal, valueDate: count, reference: decimal },
});
const reportedBreak = object(
  {
    class: breakClass,
    window,
    obligations: list(owed),
    payments: list(object(paymentMembers, ['valueDate'])),
    delta: { ...signed, description: 'What was paid less what was owed.' },
    shift: { type: 'integer', description: 'What was paid is what was owed times ten to this power.' },
  },
  ['window', 'delta', 'shift'],
);

/** What `tally reconcile --out` writes. */
export const reconciliation = object({
  version: { const: 1 },
  policy: object({ version: { const: 1 }, reconcile: object(reconcilePolicy) }),
  policyHash: hash,
  inputs: {
    ...object({ obligations: input, payments: input }),
    description: "SHA-256 over the sorted SHA-256 of each record's canonical JSON.",
  },
  verdict,
  ...{ assets: assetRows, classes: classRows, windows: list(windowRow) },
  outside: { ...classRows, description: 'Payments for no obligation, on days that are in no window.' },
  patterns: list(pattern),
  breaks: list(reportedBreak),
});
