// Inverse of a 256-bit integer modulo an odd prime below 2^255, by divsteps.
//
// Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" (2019/266), with batches of 62 steps
// on the lowest words and variable-time steps that take several at once. A dozen batches, where Fermat's power takes
// about 300 products.
// Invariants: d·x = f and e·x = g modulo p; f and g shrink to ±1 and 0. Not constant-time.
#pragma once
#include "../constants.h"

namespace KERNEL_NAMESPACE {

// Five signed limbs of 62 bits, the last of them carrying the sign.
struct Signed62 {
  i64 limb[5];
};

static constexpr u64 mask62 = ~(u64)0 >> 2;

// 62 divsteps as a matrix: (f, g) becomes (u·f + v·g, q·f + r·g) / 2^62.
struct Transition {
  i64 u, v, q, r;
};

KERNEL_INLINE Signed62 toSigned62(const u64* words) {
  return {{(i64)(words[0] & mask62), (i64)((words[0] >> 62 | words[1] << 2) & mask62),
           (i64)((words[1] >> 60 | words[2] << 4) & mask62), (i64)((words[2] >> 58 | words[3] << 6) & mask62),
           (i64)(words[3] >> 56)}};
}

KERNEL_INLINE void fromSigned62(u64* words, const Signed62& x) {
  const u64 a = (u64)x.limb[0], b = (u64)x.limb[1], c = (u64)x.limb[2], d = (u64)x.limb[3], e = (u64)x.limb[4];
  words[0] = a | b << 62;
  words[1] = b >> 2 | c << 60;
  words[2] = c >> 4 | d << 58;
  words[3] = d >> 6 | e << 56;
}

// Steps on the lowest 62 bits only: they decide all of the next 62 steps. `eta` is the negated delta of the paper.
KERNEL_INLINE Transition steps62(i64& eta, u64 f, u64 g) {
  u64 u = 1, v = 0, q = 0, r = 1;
  int left = 62;
  for (;;) {
    const int zeros = __builtin_ctzll(g | ~(u64)0 << left);
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) break;
    if (eta < 0) {
      eta = -eta;
      const u64 oldF = f, oldU = u, oldV = v;
      f = g, u = q, v = r;
      g = -oldF, q = -oldU, r = -oldV;
    }
    // As many multiples of f as clear the lowest bits of g: w = -g/f modulo 2^bits, no further than eta allows.
    const int bits = (int)smaller<i64>(smaller<i64>(eta + 1, left), 6);
    const u64 w = (f * g * (f * f - 2)) & (((u64)1 << bits) - 1);
    g += f * w;
    q += u * w;
    r += v * w;
  }
  return {(i64)u, (i64)v, (i64)q, (i64)r};
}

// (d, e) becomes the transition of (d, e) / 2^62 modulo p: a multiple of p makes the lowest 62 bits zero first.
KERNEL_INLINE void updateCofactors(Signed62& d, Signed62& e, const Transition& t, const Signed62& p, u64 inverse62) {
  const i64 signD = d.limb[4] >> 63, signE = e.limb[4] >> 63;
  i64 multipleD = (t.u & signD) + (t.v & signE), multipleE = (t.q & signD) + (t.r & signE);
  i128 sumD = (i128)t.u * d.limb[0] + (i128)t.v * e.limb[0];
  i128 sumE = (i128)t.q * d.limb[0] + (i128)t.r * e.limb[0];
  multipleD -= (i64)((inverse62 * (u64)sumD + (u64)multipleD) & mask62);
  multipleE -= (i64)((inverse62 * (u64)sumE + (u64)multipleE) & mask62);
  sumD = (sumD + (i128)p.limb[0] * multipleD) >> 62;
  sumE = (sumE + (i128)p.limb[0] * multipleE) >> 62;
  for (int i = 1; i < 5; i++) {
    sumD += (i128)t.u * d.limb[i] + (i128)t.v * e.limb[i] + (i128)p.limb[i] * multipleD;
    sumE += (i128)t.q * d.limb[i] + (i128)t.r * e.limb[i] + (i128)p.limb[i] * multipleE;
    d.limb[i - 1] = (i64)((u64)sumD & mask62);
    e.limb[i - 1] = (i64)((u64)sumE & mask62);
    sumD >>= 62;
    sumE >>= 62;
  }
  d.limb[4] = (i64)sumD;
  e.limb[4] = (i64)sumE;
}

KERNEL_INLINE void updateValues(Signed62& f, Signed62& g, const Transition& t) {
  i128 sumF = ((i128)t.u * f.limb[0] + (i128)t.v * g.limb[0]) >> 62;
  i128 sumG = ((i128)t.q * f.limb[0] + (i128)t.r * g.limb[0]) >> 62;
  for (int i = 1; i < 5; i++) {
    sumF += (i128)t.u * f.limb[i] + (i128)t.v * g.limb[i];
    sumG += (i128)t.q * f.limb[i] + (i128)t.r * g.limb[i];
    f.limb[i - 1] = (i64)((u64)sumF & mask62);
    g.limb[i - 1] = (i64)((u64)sumG & mask62);
    sumF >>= 62;
    sumG >>= 62;
  }
  f.limb[4] = (i64)sumF;
  g.limb[4] = (i64)sumG;
}

// Adds or subtracts p until 0 <= d < p; d lies in (-2p, 2p) before.
KERNEL_INLINE void settle(u64* out, Signed62 d, bool negate, const u64* modulus) {
  if (negate) {
    for (int i = 0; i < 5; i++) d.limb[i] = -d.limb[i];
  }
  i64 carry = 0;
  for (int i = 0; i < 4; i++) {
    const i64 sum = d.limb[i] + carry;
    d.limb[i] = sum & (i64)mask62;
    carry = sum >> 62;
  }
  d.limb[4] += carry;
  bool negative = d.limb[4] < 0;
  fromSigned62(out, d);
  while (negative) {
    u64 c = 0;
    for (int i = 0; i < 4; i++) out[i] = addCarry(out[i], modulus[i], c);
    negative = c == 0;
  }
  while (!isBelow(out, modulus)) {
    u64 borrow = 0;
    for (int i = 0; i < 4; i++) out[i] = subtractBorrow(out[i], modulus[i], borrow);
  }
}

// out = 1/x modulo the prime; 0 for x = 0. x is any integer below 2^256.
template <class P>
KERNEL_NOINLINE void invertInteger(u64* out, const u64* x) {
  const Signed62 p = toSigned62(P::modulus64);
  const u64 inverse62 = (0 - P::negInverse64) & mask62;
  Signed62 d = {{0}}, e = {{1}}, f = p, g = toSigned62(x);
  i64 eta = -1;
  while (g.limb[0] | g.limb[1] | g.limb[2] | g.limb[3] | g.limb[4]) {
    const Transition t = steps62(eta, (u64)f.limb[0] | (u64)f.limb[1] << 62, (u64)g.limb[0] | (u64)g.limb[1] << 62);
    updateCofactors(d, e, t, p, inverse62);
    updateValues(f, g, t);
  }
  settle(out, d, f.limb[4] < 0, P::modulus64);
}

}  // namespace KERNEL_NAMESPACE
