/**
 * @module Adds a contribution or the beacon to a ceremony's key. A contribution is as good as its secret is secret: it
 * is drawn from the operating system, mixed with what the contributor types, used once and never written anywhere.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ChaCha } from 'ffjavascript';
import { CeremonyError, UsageError } from '../../../src/errors.ts';
import type { Beacon, Contribution } from '../../artifacts/contributions.ts';
import { Zkey } from '../../artifacts/zkey.ts';
import { createStream, loadCurve } from '../../snarkjsRuntime.ts';
import { openArithmetic } from './arithmetic.ts';
import { packG1, packG2 } from './points.ts';
import { rewriteKey } from './rewrite.ts';
import { checkSteps } from './steps.ts';
import {
  beaconStream,
  type Contributed,
  challenge,
  checkTranscript,
  describe,
  drawSecret,
  hashedContribution,
  iterationsExponentMax,
  seedWords,
  startTranscript,
} from './transcript.ts';

export type CeremonyKey = {
  /** What errors call it. */
  readonly source: string;
  readonly bytes: Uint8Array;
};

export type Extended = {
  /** The whole new file. */
  readonly bytes: Uint8Array;
  readonly contributed: Contributed;
  /** How many contributions it has now, a beacon included. */
  readonly count: number;
};

export type ContributeOptions = {
  /** Who contributes; published with the key. */
  readonly name: string;
  /** Anything unpredictable, mixed with the operating system's randomness. */
  readonly entropy?: string | undefined;
  /** What computes, as `TALLY_ENGINE`; the fastest by default. */
  readonly engine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** snarkjs' bounds: fewer iterations delay nobody. */
const iterationsExponentMin = 10;
const beaconBytesMin = 16;
const beaconBytesMax = 255;
const nameBytesMax = 64;

/**
 * Multiplies delta by a fresh secret. The transcript so far is checked before, the new key after.
 * @throws CeremonyError when the transcript does not hold or has its beacon, UsageError for a bad name, the errors of
 * `Zkey.parse`, CancelledError
 */
export async function contribute(
  key: CeremonyKey,
  { name, entropy = '', engine, signal }: ContributeOptions,
): Promise<Extended> {
  checkName(name);
  const open = await openForContribution(key, signal);
  const seed = createHash('blake2b512').update(randomBytes(64)).update(entropy).digest();
  const stream = await createStream(seedWords(seed));
  seed.fill(0);
  return extend(open, stream, { name, beacon: undefined, engine, signal });
}

export type BeaconOptions = {
  readonly name: string;
  /** Public randomness that nobody could know before the last contribution, as hex: a block hash, a lottery's draw. */
  readonly hash: string;
  /** SHA-256 is taken 2^iterationsExponent times, so that whoever has a little influence cannot try many values. */
  readonly iterationsExponent: number;
  /** What computes, as `TALLY_ENGINE`; the fastest by default. */
  readonly engine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Closes a ceremony with public randomness: afterwards no contributor can have chosen delta.
 * @throws CeremonyError when nobody has contributed or the beacon is there, UsageError, CancelledError
 */
export async function addBeacon(key: CeremonyKey, options: BeaconOptions): Promise<Extended> {
  const { name, iterationsExponent, engine, signal } = options;
  checkName(name);
  const beacon: Beacon = { hash: parseBeacon(options.hash), iterationsExponent: checkExponent(iterationsExponent) };
  const open = await openForContribution(key, signal);
  if (open.zkey.contributions.count === 0) {
    throw new CeremonyError('nobody has contributed yet: with the beacon alone everybody would know the secret', {
      at: key.source,
      remedy: 'run `tally ceremony contribute` first',
    });
  }
  return extend(open, await beaconStream(beacon, signal), { name, beacon, engine, signal });
}

type Open = { readonly key: CeremonyKey; readonly zkey: Zkey };

async function openForContribution(key: CeremonyKey, signal: AbortSignal | undefined): Promise<Open> {
  const zkey = Zkey.parse(key.bytes, key.source, { deep: true });
  const contributed = await checkTranscript(zkey, { signal });
  if (contributed.at(-1)?.beacon) {
    throw new CeremonyError(`${key.source} has its beacon: the ceremony is over`, { at: key.source });
  }
  return { key, zkey };
}

type Facts = {
  readonly name: string;
  readonly beacon: Beacon | undefined;
  readonly engine: string | undefined;
  readonly signal: AbortSignal | undefined;
};

async function extend({ key, zkey }: Open, stream: ChaCha, { name, beacon, engine, signal }: Facts): Promise<Extended> {
  const { Fr, G1, G2 } = await loadCurve();
  const { secret, s, sx } = await drawSecret(stream);
  const before = startTranscript(zkey.contributions.circuitHash);
  for (const earlier of zkey.contributions.list) before.update(await hashedContribution(earlier));
  const { transcript, sp } = await challenge(before, { s, sx });
  const delta1 = G1.toAffine(G1.timesFr(packG1(zkey.delta1), secret));
  const delta2 = G2.toAffine(G2.timesFr(packG2(zkey.delta2), secret));
  const spx = G2.toAffine(G2.timesFr(sp, secret));
  const contribution: Contribution = {
    type: beacon ? 1 : 0,
    name,
    transcript,
    deltaAfter: delta1,
    proof: Buffer.concat([s, sx, spx]),
    beacon,
  };
  const inverse = Fr.inv(secret);
  secret.fill(0);
  const factor = new Uint8Array(Fr.n8);
  Fr.toRprLE(factor, 0, inverse);
  inverse.fill(0);
  const arithmetic = openArithmetic(engine);
  const c = await arithmetic.scale(zkey.sections.c, factor, signal);
  const h = await arithmetic.scale(zkey.sections.h, factor, signal);
  factor.fill(0);
  const bytes = rewriteKey(key, { delta1, delta2, c, h, contribution });
  const made = Zkey.parse(bytes, 'the new key');
  await checkTranscript(made, { signal });
  await checkSteps(zkey, made, arithmetic);
  return { bytes, contributed: await describe(contribution), count: made.contributions.count };
}

function checkName(name: string): void {
  const isSound = name.trim() !== '' && !/\p{C}/u.test(name) && Buffer.byteLength(name) <= nameBytesMax;
  if (isSound) return;
  throw new UsageError(`a contributor's name is 1 to ${nameBytesMax} bytes of visible text`, { at: '--name' });
}

function parseBeacon(hash: string): Uint8Array {
  const digits = hash.startsWith('0x') ? hash.slice(2) : hash;
  const isSound = /^([0-9a-f]{2})*$/.test(digits);
  if (isSound && digits.length >= 2 * beaconBytesMin && digits.length <= 2 * beaconBytesMax) {
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  }
  throw new UsageError(`a beacon is ${beaconBytesMin} to ${beaconBytesMax} bytes in lower-case hexadecimal digits`, {
    at: '--hash',
  });
}

function checkExponent(exponent: number): number {
  if (Number.isInteger(exponent) && exponent >= iterationsExponentMin && exponent <= iterationsExponentMax) {
    return exponent;
  }
  throw new UsageError(`a beacon's exponent is ${iterationsExponentMin} to ${iterationsExponentMax}`, {
    at: '--iterations',
  });
}
