/** @module Keccak-256 by its definition (FIPS 202 with the padding that Ethereum kept), slowly, for second opinions. */

const lanes = 25;
const rateBytes = 136;
const mask = (1n << 64n) - 1n;
const rotate = (lane: bigint, by: number): bigint => ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & mask;

/** Round constants from the linear feedback shift register of the specification. */
const roundConstants = (() => {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
    return constant;
  });
})();

function permute(state: bigint[]): bigint[] {
  let a = state;
  const at = (x: number, y: number) => a[((x + 5) % 5) + 5 * (y % 5)] as bigint;
  for (const constant of roundConstants) {
    const parity = [0, 1, 2, 3, 4].map((x) => at(x, 0) ^ at(x, 1) ^ at(x, 2) ^ at(x, 3) ^ at(x, 4));
    const d = parity.map((_, x) => (parity[(x + 4) % 5] as bigint) ^ rotate(parity[(x + 1) % 5] as bigint, 1));
    a = a.map((lane, i) => lane ^ (d[i % 5] as bigint));
    const b: bigint[] = new Array(lanes).fill(a[0]);
    let [x, y] = [1, 0];
    for (let t = 0; t < 24; t++) {
      b[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(at(x, y), (((t + 1) * (t + 2)) / 2) % 64);
      [x, y] = [y, (2 * x + 3 * y) % 5];
    }
    a = b.map((lane, i) => {
      const row = i - (i % 5);
      return lane ^ (~(b[row + ((i + 1) % 5)] as bigint) & mask & (b[row + ((i + 2) % 5)] as bigint));
    });
    a[0] = (a[0] as bigint) ^ constant;
  }
  return a;
}

export function keccak256(message: Uint8Array): Uint8Array {
  const padded = Buffer.alloc(rateBytes * (Math.floor(message.length / rateBytes) + 1));
  padded.set(message);
  padded[message.length] = 0x01;
  padded[padded.length - 1] = (padded.at(-1) as number) | 0x80;
  let state: bigint[] = new Array(lanes).fill(0n);
  for (let block = 0; block < padded.length; block += rateBytes) {
    state = permute(state.map((lane, i) => (i < rateBytes / 8 ? lane ^ padded.readBigUInt64LE(block + 8 * i) : lane)));
  }
  const digest = Buffer.alloc(32);
  for (let i = 0; i < 4; i++) digest.writeBigUInt64LE(state[i] as bigint, 8 * i);
  return digest;
}
