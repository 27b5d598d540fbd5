/** @module Findings added up by class and asset: how many, how much, and how much of it drifts. */
import { breakClasses, Finding, type FindingClass, matchClasses } from '../model/Finding.ts';
import type { Asset } from '../model/Payment.ts';

export type CountAndAmount = { readonly count: number; readonly amount: bigint };

/** What the findings of one class hold of one asset. */
export type ClassRow = {
  readonly class: FindingClass;
  readonly asset: Asset;
  /** A finding that holds two assets is counted in the row of what was owed. */
  readonly findings: number;
  readonly obligations: CountAndAmount;
  readonly payments: CountAndAmount;
  /** What was owed and not settled, and what was paid and settled nothing: their sum, never their difference. */
  readonly drift: bigint;
};

/** What all findings hold of one asset. */
export type AssetRow = {
  readonly asset: Asset;
  readonly obligations: Halves;
  readonly payments: Halves;
  readonly drift: bigint;
  /** Differences that the policy tolerates, without their signs. */
  readonly adjusted: CountAndAmount;
};

/** Matches and breaks are the whole. */
export type Halves = {
  readonly all: CountAndAmount;
  readonly matched: CountAndAmount;
  readonly breaks: CountAndAmount;
};

export type Tally = {
  readonly add: (finding: Finding) => void;
  /** In the order of classes, then of assets. */
  readonly classes: () => readonly ClassRow[];
  readonly assets: () => readonly AssetRow[];
};

type Sum = { count: number; amount: bigint };
type Row = { findings: number; obligations: Sum; payments: Sum; drift: bigint; adjusted: Sum };

const order: readonly FindingClass[] = [...matchClasses, ...breakClasses];
const matches: ReadonlySet<FindingClass> = new Set(matchClasses);

/** An empty tally. Adding takes the same time however much was added. */
export function createTally(): Tally {
  const rows = new Map<FindingClass, Map<Asset, Row>>();
  const row = (kind: FindingClass, asset: Asset): Row => {
    const ofClass = rows.get(kind) ?? new Map<Asset, Row>();
    rows.set(kind, ofClass);
    const found = ofClass.get(asset) ?? emptyRow();
    ofClass.set(asset, found);
    return found;
  };
  const list = () =>
    order.flatMap((kind) => [...(rows.get(kind) ?? [])].sort(byAsset).map(([asset, sums]) => ({ kind, asset, sums })));
  return {
    add: (finding) => addFinding(finding, row),
    classes: () =>
      list().map(({ kind, asset, sums: { findings, obligations, payments, drift } }) => ({
        ...{ class: kind, asset, findings, obligations, payments },
        drift: matches.has(kind) ? 0n : drift,
      })),
    assets: () => {
      const byNumber = Map.groupBy(list(), ({ asset }) => asset);
      return [...byNumber].sort(byAsset).map(([asset, ofAsset]) => toAssetRow(asset, ofAsset));
    },
  };
}

/** Numbers before addresses, each in order. */
export function byAsset([a]: readonly [Asset, unknown], [b]: readonly [Asset, unknown]): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

/** The payments of a finding are in one asset; only those of UNKNOWN_ASSET in another than the obligations. */
function addFinding(finding: Finding, row: (kind: FindingClass, asset: Asset) => Row): void {
  const { dues, payments, settled, delta = 0n } = finding;
  const owing = dues[0] && row(finding.class, dues[0].obligation.asset);
  const paying = payments[0] && row(finding.class, payments[0].asset);
  const counted = owing ?? paying;
  if (counted) counted.findings++;
  if (owing) {
    for (const { obligation } of dues) addTo(owing.obligations, obligation.amount);
    owing.drift += Finding.owed(finding) - settled;
    if (delta !== 0n && matches.has(finding.class)) addTo(owing.adjusted, delta < 0n ? -delta : delta);
  }
  if (paying) {
    for (const { amount } of payments) addTo(paying.payments, amount);
    paying.drift += Finding.paid(finding) - settled;
  }
}

type Listed = { readonly kind: FindingClass; readonly sums: Row };

function toAssetRow(asset: Asset, rows: readonly Listed[]): AssetRow {
  const halves = (side: 'obligations' | 'payments'): Halves => {
    const [matched, broken] = [emptySum(), emptySum()];
    for (const { kind, sums } of rows) merge(matches.has(kind) ? matched : broken, sums[side]);
    return { all: merge({ ...matched }, broken), matched, breaks: broken };
  };
  const adjusted = emptySum();
  for (const { sums } of rows) merge(adjusted, sums.adjusted);
  const drift = rows.reduce((sum, { kind, sums }) => (matches.has(kind) ? sum : sum + sums.drift), 0n);
  return { asset, obligations: halves('obligations'), payments: halves('payments'), drift, adjusted };
}

function emptyRow(): Row {
  return { findings: 0, obligations: emptySum(), payments: emptySum(), drift: 0n, adjusted: emptySum() };
}

function emptySum(): Sum {
  return { count: 0, amount: 0n };
}

function addTo(sum: Sum, amount: bigint): void {
  sum.count++;
  sum.amount += amount;
}

function merge(sum: Sum, { count, amount }: CountAndAmount): Sum {
  sum.count += count;
  sum.amount += amount;
  return sum;
}
