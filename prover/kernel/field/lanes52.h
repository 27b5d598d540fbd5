// A prime field in eight lanes of AVX-512 IFMA: five limbs of 52 bits, Montgomery form with R = 2^260.
//
// Gueron and Krasnov 2016 (radix 2^52 with vpmadd52). R is 84 times p, so sums may stay unreduced for a while; the type
// carries the proof: Lanes52<P, K, N> holds values below K·p, and N says whether its limbs are normalised (0 <= limb <
// 2^52). A product is in range when the bounds of its factors multiply to at most 84, and the compiler checks that.
// Products: 105 multiply-adds for eight lanes, 85 for a square.
#pragma once
#include <immintrin.h>

#include "field64.h"

namespace KERNEL_NAMESPACE {

using Word8 = __m512i;

static constexpr u64 mask52 = ((u64)1 << 52) - 1;

KERNEL_INLINE Word8 splat(u64 x) { return _mm512_set1_epi64((long long)x); }
KERNEL_INLINE Word8 addLow(Word8 sum, Word8 a, Word8 b) { return _mm512_madd52lo_epu64(sum, a, b); }
KERNEL_INLINE Word8 addHigh(Word8 sum, Word8 a, Word8 b) { return _mm512_madd52hi_epu64(sum, a, b); }
KERNEL_INLINE Word8 shiftCarry(Word8 a) { return _mm512_srli_epi64(a, 52); }

template <class P, int K, bool N>
struct Lanes52 {
  static constexpr int bound = K;
  Word8 limb[5];
};

// k·p as five limbs, known to the compiler.
template <class P>
struct Multiple52 {
  u64 limb[5];
  constexpr explicit Multiple52(u64 k) : limb{} {
    u128 carry = 0;
    for (int i = 0; i < 5; i++) {
      carry += (u128)P::modulus52[i] * k;
      limb[i] = i < 4 ? (u64)carry & mask52 : (u64)carry;
      carry >>= 52;
    }
  }
};

// Limbs may be negative here as long as the whole is not: the shift keeps the sign.
template <class P, int K, bool N>
KERNEL_INLINE Lanes52<P, K, true> normal(const Lanes52<P, K, N>& a) {
  Lanes52<P, K, true> out;
  if constexpr (N) {
    for (int i = 0; i < 5; i++) out.limb[i] = a.limb[i];
  } else {
    const Word8 mask = splat(mask52);
    Word8 carry = a.limb[0];
    for (int i = 0; i < 4; i++) {
      out.limb[i] = _mm512_and_si512(carry, mask);
      carry = _mm512_add_epi64(a.limb[i + 1], _mm512_srai_epi64(carry, 52));
    }
    out.limb[4] = carry;
  }
  return out;
}

template <class P, int A, bool NA, int B, bool NB>
KERNEL_INLINE Lanes52<P, A + B, false> operator+(const Lanes52<P, A, NA>& a, const Lanes52<P, B, NB>& b) {
  Lanes52<P, A + B, false> out;
  for (int i = 0; i < 5; i++) out.limb[i] = _mm512_add_epi64(a.limb[i], b.limb[i]);
  return out;
}

// a - b + B·p, so that the result is not negative.
template <class P, int A, bool NA, int B, bool NB>
KERNEL_INLINE Lanes52<P, A + B, false> operator-(const Lanes52<P, A, NA>& a, const Lanes52<P, B, NB>& b) {
  constexpr Multiple52<P> shift(B);
  Lanes52<P, A + B, false> out;
  for (int i = 0; i < 5; i++) {
    out.limb[i] = _mm512_add_epi64(_mm512_sub_epi64(a.limb[i], b.limb[i]), splat(shift.limb[i]));
  }
  return out;
}

static constexpr int productBound52 = 84;

template <class P, int A, bool NA, int B, bool NB>
constexpr bool canMultiply(const Lanes52<P, A, NA>*, const Lanes52<P, B, NB>*) {
  return A * B <= productBound52;
}

// One row of operand scanning: t += a·b, then t = (t + m·p) / 2^52 with the m that clears the lowest limb.
template <class P>
KERNEL_INLINE void row52(Word8* t, const Word8* a, Word8 b) {
  const Word8 zero = _mm512_setzero_si512();
  for (int i = 0; i < 5; i++) t[i] = addLow(t[i], a[i], b);
  const Word8 m = addLow(zero, t[0], splat(P::negInverse52));
  Word8 top = zero;
  for (int i = 1; i < 5; i++) t[i] = addHigh(t[i], a[i - 1], b);
  top = addHigh(top, a[4], b);
  for (int i = 0; i < 5; i++) t[i] = addLow(t[i], m, splat(P::modulus52[i]));
  t[1] = _mm512_add_epi64(t[1], shiftCarry(t[0]));
  for (int i = 0; i < 4; i++) t[i] = addHigh(t[i + 1], m, splat(P::modulus52[i]));
  t[4] = addHigh(top, m, splat(P::modulus52[4]));
}

template <class P>
KERNEL_INLINE Lanes52<P, 2, true> carried52(const Word8* t) {
  Lanes52<P, 2, true> out;
  const Word8 mask = splat(mask52);
  Word8 carry = t[0];
  for (int i = 0; i < 4; i++) {
    out.limb[i] = _mm512_and_si512(carry, mask);
    carry = _mm512_add_epi64(t[i + 1], shiftCarry(carry));
  }
  out.limb[4] = carry;
  return out;
}

template <class P, int A, bool NA, int B, bool NB>
KERNEL_INLINE Lanes52<P, 2, true> operator*(const Lanes52<P, A, NA>& left, const Lanes52<P, B, NB>& right) {
  static_assert(A * B <= productBound52, "factors too large: make one of them tight");
  const auto a = normal(left);
  const auto b = normal(right);
  Word8 t[5];
  for (int i = 0; i < 5; i++) t[i] = _mm512_setzero_si512();
  for (int i = 0; i < 5; i++) row52<P>(t, a.limb, b.limb[i]);
  return carried52<P>(t);
}

// Clears limb t[0] of a ten-limb number with a multiple of p; the carry moves on to t[1].
template <class P>
KERNEL_INLINE void reduceLimb52(Word8* t) {
  const Word8 m = addLow(_mm512_setzero_si512(), t[0], splat(P::negInverse52));
  for (int i = 0; i < 5; i++) t[i] = addLow(t[i], m, splat(P::modulus52[i]));
  t[1] = _mm512_add_epi64(t[1], shiftCarry(t[0]));
  for (int i = 0; i < 5; i++) t[i + 1] = addHigh(t[i + 1], m, splat(P::modulus52[i]));
}

// Product scanning: the mixed products are summed once and doubled.
template <class P, int A, bool NA>
KERNEL_INLINE Lanes52<P, 2, true> square(const Lanes52<P, A, NA>& value) {
  static_assert(A * A <= productBound52, "factor too large: make it tight");
  const auto a = normal(value);
  Word8 t[10];
  for (int i = 0; i < 10; i++) t[i] = _mm512_setzero_si512();
  for (int i = 0; i < 5; i++) {
    for (int j = i + 1; j < 5; j++) {
      t[i + j] = addLow(t[i + j], a.limb[i], a.limb[j]);
      t[i + j + 1] = addHigh(t[i + j + 1], a.limb[i], a.limb[j]);
    }
  }
  for (int i = 1; i < 9; i++) t[i] = _mm512_add_epi64(t[i], t[i]);
  for (int i = 0; i < 5; i++) {
    t[2 * i] = addLow(t[2 * i], a.limb[i], a.limb[i]);
    t[2 * i + 1] = addHigh(t[2 * i + 1], a.limb[i], a.limb[i]);
  }
  for (int i = 0; i < 5; i++) reduceLimb52<P>(t + i);
  return carried52<P>(t + 5);
}

// For v = 0 … 15 the multiple q·p with q = floor(v·2^253 / p), at most v·2^253, one row of 16 words per limb.
template <class P>
struct Quotients52 {
  alignas(64) u64 limb[5][16];
  constexpr Quotients52() : limb{} {
    for (u64 v = 0; v < 16; v++) {
      const Multiple52<P> multiple((v << 45) / (P::modulus52[4] + 1));
      for (int i = 0; i < 5; i++) limb[i][v] = multiple.limb[i];
    }
  }
};

template <class P>
inline constexpr Quotients52<P> quotients52{};

// Reduces below 2p. The top limb names the multiple of 2^253 to look up; pending carries can lower it by less than 8, so
// 8 is taken off first. What is left is below 2^253 + p + 2^213 < 2p. The table ends at 16·2^253 > 10p.
template <class P, int K, bool N>
KERNEL_INLINE Lanes52<P, 2, true> tight(const Lanes52<P, K, N>& a) {
  if constexpr (K <= 2) {
    const auto same = normal(a);
    Lanes52<P, 2, true> out;
    for (int i = 0; i < 5; i++) out.limb[i] = same.limb[i];
    return out;
  } else {
    static_assert(K <= 10, "too large to reduce by the table");
    const Word8 top = _mm512_max_epi64(_mm512_sub_epi64(a.limb[4], splat(8)), _mm512_setzero_si512());
    const Word8 v = _mm512_srli_epi64(top, 45);
    Lanes52<P, 2, false> out;
    for (int i = 0; i < 5; i++) {
      const u64* row = quotients52<P>.limb[i];
      const Word8 multiple = _mm512_permutex2var_epi64(_mm512_load_si512(row), v, _mm512_load_si512(row + 8));
      out.limb[i] = _mm512_sub_epi64(a.limb[i], multiple);
    }
    return normal(out);
  }
}

template <class P, int K>
KERNEL_INLINE Lanes52<P, 2, true> timesNine(const Lanes52<P, K, true>& a) {
  Lanes52<P, 2, true> nine;
  for (int i = 0; i < 5; i++) nine.limb[i] = splat(P::nine52[i]);
  return a * nine;
}
template <class P, int K>
KERNEL_INLINE Lanes52<P, 2, true> timesNine(const Lanes52<P, K, false>& a) {
  return timesNine(normal(a));
}

template <class P, int A, int B>
KERNEL_INLINE auto choose(__mmask8 mask, const Lanes52<P, A, true>& yes, const Lanes52<P, B, true>& no) {
  Lanes52<P, (A > B ? A : B), true> out;
  for (int i = 0; i < 5; i++) out.limb[i] = _mm512_mask_mov_epi64(no.limb[i], mask, yes.limb[i]);
  return out;
}

// 2p - a in the lanes of the mask. The bound grows to 3, for 2p itself stands for minus zero.
template <class P>
KERNEL_INLINE Lanes52<P, 3, false> negateWhere(__mmask8 mask, const Lanes52<P, 2, true>& a) {
  constexpr Multiple52<P> twice(2);
  Lanes52<P, 3, false> out;
  for (int i = 0; i < 5; i++) out.limb[i] = _mm512_mask_sub_epi64(a.limb[i], mask, splat(twice.limb[i]), a.limb[i]);
  return out;
}

}  // namespace KERNEL_NAMESPACE
