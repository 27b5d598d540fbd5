/**
 * @module The transcript of a phase 2, as snarkjs writes it (MMORPG, https://eprint.iacr.org/2017/1050). Each contributor
 * multiplies delta by a secret x, and shows to know x by points s, x·s of G1 and x·sp of G2, where sp follows from a
 * hash of all that came before and of s, x·s. A beacon is a contribution whose secret everybody can work out.
 *
 * A contributor's name is in no hash. It is held by the hash of the whole file, which a manifest records.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import type { Bytes, ChaCha } from 'ffjavascript';
import { CeremonyError } from '../../../src/errors.ts';
import type { Beacon, Contribution } from '../../artifacts/contributions.ts';
import type { Zkey } from '../../artifacts/zkey.ts';
import { createStream, loadCurve } from '../../snarkjsRuntime.ts';
import { checkNotAborted } from '../multiples.ts';
import { isSameBytes, isSameRatio } from './equations.ts';
import { checkG1Point, checkG2Point, hashedForm, packG1, packG2 } from './points.ts';

/** A contribution as it is told to people. Hashes are lower-case hex. */
export type Contributed = {
  readonly name: string | undefined;
  /** BLAKE2b-512 of its public points: what a contributor publishes and finds again in the finished key. */
  readonly hash: string;
  readonly beacon: { readonly hash: string; readonly iterationsExponent: number } | undefined;
};

/** The points by which a contribution can be checked, affine. */
export type PublicKey = { readonly s: Bytes; readonly sx: Bytes; readonly spx: Bytes };

/** 2^26 hashes take about a minute; a file that asks for more is refused rather than followed. */
export const iterationsExponentMax = 26;

/**
 * Follows the transcript of a key from the generator to the key's delta, and works the beacon out again.
 * @throws CeremonyError naming the contribution that does not hold, CancelledError
 */
export async function checkTranscript(
  zkey: Zkey,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly Contributed[]> {
  const { G1, G2 } = await loadCurve();
  const { circuitHash, list } = zkey.contributions;
  const before = startTranscript(circuitHash);
  const contributed: Contributed[] = [];
  let delta: Uint8Array = packG1({ x: 1n, y: 2n });
  for (const [i, contribution] of list.entries()) {
    checkNotAborted(signal);
    const at = `contribution ${i + 1}`;
    if (list[i - 1]?.beacon) throw new CeremonyError(`${at} follows the beacon, which must be the last`, { at });
    await checkContribution(contribution, { at, delta, before });
    if (contribution.beacon) await checkBeacon(contribution, contribution.beacon, { at, signal });
    contributed.push(await describe(contribution));
    before.update(await hashedContribution(contribution));
    delta = contribution.deltaAfter;
  }
  const delta2 = packG2(zkey.delta2);
  const isEnd =
    isSameBytes(delta, packG1(zkey.delta1)) &&
    (await isSameRatio({ p: G1.g, q: packG1(zkey.delta1), s: G2.g, t: delta2 }));
  if (!isEnd) throw new CeremonyError("the key's delta is not that of its last contribution", { at: 'delta' });
  return contributed;
}

/** The hash over what came before a contribution, to be given the contributions and then s and x·s. */
export function startTranscript(circuitHash: Uint8Array): Hash {
  return createHash('blake2b512').update(circuitHash);
}

/** What a contribution adds to the hash of the next: its delta, its public points, its own transcript. */
export async function hashedContribution({ deltaAfter, proof, transcript }: Contribution): Promise<Uint8Array> {
  const { s, sx, spx } = splitProof(proof);
  const points = [await hashedForm('g1', deltaAfter), await hashedForm('g1', s), await hashedForm('g1', sx)];
  return Buffer.concat([...points, await hashedForm('g2', spx), transcript]);
}

export async function describe(contribution: Contribution): Promise<Contributed> {
  const { name, beacon } = contribution;
  return {
    name,
    hash: createHash('blake2b512')
      .update(await hashedContribution(contribution))
      .digest('hex'),
    beacon: beacon && {
      hash: Buffer.from(beacon.hash).toString('hex'),
      iterationsExponent: beacon.iterationsExponent,
    },
  };
}

/** The transcript of a contribution and the point of G2 that follows from it. */
export async function challenge(before: Hash, { s, sx }: Pick<PublicKey, 's' | 'sx'>) {
  const transcript = before
    .copy()
    .update(await hashedForm('g1', s))
    .update(await hashedForm('g1', sx))
    .digest();
  const { G2 } = await loadCurve();
  return { transcript, sp: G2.fromRng(await createStream(seedWords(transcript))) };
}

/** The stream from which a beacon's secret is drawn: the SHA-256 of its value, taken 2^exponent times. */
export async function beaconStream(
  { hash: value, iterationsExponent }: Beacon,
  signal: AbortSignal | undefined,
): Promise<ChaCha> {
  let current: Uint8Array = value;
  for (let i = 0; i < 2 ** iterationsExponent; i++) {
    current = hash('sha256', current, 'buffer');
    if (i % 2 ** 18 === 0) await breathe(signal);
  }
  return createStream(seedWords(current));
}

/** Secret, s and x·s of a contribution, in the order in which snarkjs draws them. */
export async function drawSecret(stream: ChaCha) {
  const { Fr, G1 } = await loadCurve();
  const secret = Fr.fromRng(stream);
  const s = G1.toAffine(G1.fromRng(stream));
  return { secret, s, sx: G1.toAffine(G1.timesFr(s, secret)) };
}

/** The first 32 bytes of a hash as eight words, most significant byte first. */
export function seedWords(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
}

type Place = { readonly at: string; readonly delta: Uint8Array; readonly before: Hash };

async function checkContribution(contribution: Contribution, { at, delta, before }: Place): Promise<void> {
  const fail = (what: string) => new CeremonyError(`${at} ${what}`, { at });
  const { deltaAfter, proof, transcript } = contribution;
  const { s, sx, spx } = splitProof(proof);
  for (const point of [deltaAfter, s, sx]) checkG1Point(point, `a point of ${at}`);
  checkG2Point(spx, `a point of ${at}`);
  const own = await challenge(before, { s, sx });
  if (!isSameBytes(own.transcript, transcript)) throw fail('does not follow from those before it');
  if (!(await isSameRatio({ p: s, q: sx, s: own.sp, t: spx }))) throw fail('does not show that its secret was known');
  if (!(await isSameRatio({ p: delta, q: deltaAfter, s: own.sp, t: spx }))) {
    throw fail('does not multiply delta by its secret');
  }
  if (isSameBytes(delta, deltaAfter)) throw fail('leaves delta as it was');
}

type BeaconPlace = { readonly at: string; readonly signal: AbortSignal | undefined };

async function checkBeacon({ proof }: Contribution, beacon: Beacon, { at, signal }: BeaconPlace): Promise<void> {
  if (beacon.iterationsExponent > iterationsExponentMax) {
    throw new CeremonyError(`the beacon asks for 2^${beacon.iterationsExponent} hashes`, {
      at,
      remedy: `take one of at most 2^${iterationsExponentMax}`,
    });
  }
  const drawn = await drawSecret(await beaconStream(beacon, signal));
  const { s, sx } = splitProof(proof);
  if (isSameBytes(drawn.s, s) && isSameBytes(drawn.sx, sx)) return;
  throw new CeremonyError(`${at} is not what follows from its beacon`, { at });
}

function splitProof(proof: Uint8Array): PublicKey {
  return { s: proof.slice(0, 64), sx: proof.slice(64, 128), spx: proof.slice(128) };
}

/** Lets other work through, and stops when asked to. @throws CancelledError */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  checkNotAborted(signal);
}
