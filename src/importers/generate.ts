/**
 * @module Synthetic obligations of the shape that the Berka data has, for demonstrations that need no download: one bank,
 * which is a party to everything, and its partners; payments that return on the same day of every month. Nothing of it
 * is real but the distribution of amounts, rounded sixteenth quantiles of the real transfers.
 */
import { createHmac } from 'node:crypto';
import { ImportError } from '../errors.ts';
import { checkSeed, hub, type ImportedObligation, type Participant, withReference } from './imported.ts';
import { type MonthWindow, monthAfter, monthBounds } from './months.ts';

export type GenerateOptions = {
  /** At least 16 bytes; the same seed gives the same obligations, secrets included. */
  readonly seed: Uint8Array;
  /** The number of months, from January 1993. */
  readonly windows: number;
  readonly obligationsPerWindow: number;
  /** With the bank itself. */
  readonly participants: number;
  /** The stream's number of the asset. */
  readonly asset: number;
};

export type Generated = {
  /** The bank with number 0, then its partners. */
  readonly participants: readonly Participant[];
  readonly windows: readonly MonthWindow<ImportedObligation>[];
};

/** What recurs every month until it ends. */
type Arrangement = {
  readonly id: number;
  readonly direction: 'out' | 'in';
  readonly partner: number;
  /** In haler. */
  readonly amount: bigint;
  readonly dayOfMonth: number;
};

const firstMonth = '1993-01';
/** As in the real data: 6,343 of 10,115 transfers go out, and all fall on these days of the month. */
const outgoingPerMille = 627;
const [dayFirst, dayLast] = [5, 14];
/** A customer leaves now and then, and another one comes. */
const endingPerMille = 30;
/** Quantiles of the amounts in whole koruna, at k sixteenths for k = 0 … 16; between two of them amounts are uniform. */
const quantiles = {
  out: [50, 140, 370, 640, 1020, 1480, 1940, 2160, 2360, 2850, 3220, 3820, 4550, 5520, 6620, 8130, 14660],
  in: [2900, 3080, 3250, 3400, 3760, 4260, 4640, 5080, 5580, 6010, 6300, 6600, 11580, 21150, 31350, 42240, 74650],
} as const;
/** More than any demonstration needs. */
const windowsMax = 600;
const obligationsPerWindowMax = 2 ** 20;
/** The largest P of the Netting circuit. */
const participantsMax = 31;

/**
 * Makes the obligations of consecutive monthly windows, each in order of value date.
 * @throws ImportError when a count is out of range
 * @example generate({ seed, windows: 3, obligationsPerWindow: 64, participants: 14, asset: 1 })
 */
export function generate({ seed, windows, obligationsPerWindow, participants, asset }: GenerateOptions): Generated {
  checkSeed(seed);
  checkCount(windows, { name: 'windows', min: 0, max: windowsMax });
  checkCount(obligationsPerWindow, { name: 'obligationsPerWindow', min: 0, max: obligationsPerWindowMax });
  checkCount(participants, { name: 'participants', min: 2, max: participantsMax });
  const random = randomFrom(seed);
  let nextId = 0;
  const start = () => newArrangement({ id: nextId++, partners: participants - 1, random });
  let running = Array.from({ length: obligationsPerWindow }, start);
  const made = Array.from({ length: windows }, (_, i) => {
    if (i > 0) running = running.map((old) => (random(1000) < endingPerMille ? start() : old));
    return toWindow(monthAfter(firstMonth, i), { running, seed, asset });
  });
  return { participants: numberParticipants(participants), windows: made };
}

function newArrangement({
  id,
  partners,
  random,
}: {
  readonly id: number;
  readonly partners: number;
  readonly random: Random;
}): Arrangement {
  const direction = random(1000) < outgoingPerMille ? 'out' : 'in';
  const partner = 1 + random(partners);
  const amount = drawAmount(quantiles[direction], random);
  return { id, direction, partner, amount, dayOfMonth: dayFirst + random(dayLast - dayFirst + 1) };
}

/** Inverts the distribution function, which is linear between its sixteenths. */
function drawAmount(points: readonly number[], random: Random): bigint {
  const step = random(points.length - 1);
  const [low = 0, high = 0] = points.slice(step, step + 2).map((koruna) => koruna * 100);
  return BigInt(low + random(high - low));
}

type ToWindow = {
  readonly running: readonly Arrangement[];
  readonly seed: Uint8Array;
  readonly asset: number;
};

function toWindow(label: string, { running, seed, asset }: ToWindow): MonthWindow<ImportedObligation> {
  const bounds = monthBounds(label);
  const inOrder = running.toSorted((a, b) => a.dayOfMonth - b.dayOfMonth || a.id - b.id);
  const obligations = inOrder.map(({ id, direction, partner, amount, dayOfMonth }) => {
    const [debtor, creditor] = direction === 'out' ? [hub.number, partner] : [partner, hub.number];
    const valueDate = bounds.dateFrom + dayOfMonth - 1;
    const externalRef = `synthetic/${id}/${label}`;
    return withReference({ debtor, creditor, amount, valueDate, asset }, { externalRef, seed });
  });
  return { ...bounds, obligations };
}

function numberParticipants(count: number): readonly Participant[] {
  const partners = Array.from({ length: count - 1 }, (_, i) => i + 1);
  return [hub, ...partners.map((number) => ({ number, code: `partner-${number}` }))];
}

/** Uniform in 0 … below − 1. */
type Random = (below: number) => number;

/**
 * HMAC-SHA-256 of a counter under the seed (a keyed pseudorandom function in counter mode, NIST SP 800-108). 48 bits of
 * each block make the bias of the reduction smaller than 2^-20 for all that is drawn here.
 */
function randomFrom(seed: Uint8Array): Random {
  let counter = 0;
  return (below) => {
    const block = createHmac('sha256', seed).update(`tallystick/generate/v1/${counter++}`).digest();
    return block.readUIntBE(0, 6) % below;
  };
}

function checkCount(
  value: number,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new ImportError(`${name} is not a whole number from ${min} to ${max}`, { at: name });
}
