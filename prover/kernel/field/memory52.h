// The field of lanes52.h together with its way from and to memory: rows of four 64-bit words, eight rows transposed at
// a time.
#pragma once
#include "lanes52.h"

namespace KERNEL_NAMESPACE {

// Transposes eight rows of eight words: 24 shuffles.
KERNEL_INLINE void transpose8(Word8* r) {
  Word8 a[8], b[8];
  for (int i = 0; i < 4; i++) {
    a[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
  }
  for (int half = 0; half < 2; half++) {
    for (int odd = 0; odd < 2; odd++) {
      const Word8 x = a[4 * half + odd], y = a[4 * half + 2 + odd];
      b[4 * half + odd] = _mm512_shuffle_i64x2(x, y, 0x88);
      b[4 * half + 2 + odd] = _mm512_shuffle_i64x2(x, y, 0xdd);
    }
  }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0x88);
    r[4 + i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0xdd);
  }
}

template <class P>
KERNEL_INLINE Lanes52<P, 2, true> unpack52(const Word8* words) {
  const Word8 mask = splat(mask52);
  Lanes52<P, 2, true> out;
  out.limb[0] = _mm512_and_si512(words[0], mask);
  out.limb[1] = _mm512_and_si512(_mm512_shrdi_epi64(words[0], words[1], 52), mask);
  out.limb[2] = _mm512_and_si512(_mm512_shrdi_epi64(words[1], words[2], 40), mask);
  out.limb[3] = _mm512_and_si512(_mm512_shrdi_epi64(words[2], words[3], 28), mask);
  out.limb[4] = _mm512_srli_epi64(words[3], 16);
  return out;
}

template <class P, int K>
KERNEL_INLINE void pack52(Word8* words, const Lanes52<P, K, true>& a) {
  words[0] = _mm512_or_si512(a.limb[0], _mm512_slli_epi64(a.limb[1], 52));
  words[1] = _mm512_or_si512(_mm512_srli_epi64(a.limb[1], 12), _mm512_slli_epi64(a.limb[2], 40));
  words[2] = _mm512_or_si512(_mm512_srli_epi64(a.limb[2], 24), _mm512_slli_epi64(a.limb[3], 28));
  words[3] = _mm512_or_si512(_mm512_srli_epi64(a.limb[3], 36), _mm512_slli_epi64(a.limb[4], 16));
}

template <class P, class A>
struct Field52 {
  using Prime = P;
  using Tight = Lanes52<P, 2, true>;
  using Mask = __mmask8;
  using Scalar = Field64<P, A>;
  struct Constant {
    u64 limb[5];
  };
  static constexpr int lanes = 8;
  static constexpr u64 radixRatio = 16;

  static KERNEL_INLINE Tight of(const u64* limbs) {
    Tight out;
    for (int i = 0; i < 5; i++) out.limb[i] = splat(limbs[i]);
    return out;
  }
  static KERNEL_INLINE Tight zero() {
    Tight out;
    for (int i = 0; i < 5; i++) out.limb[i] = _mm512_setzero_si512();
    return out;
  }
  static KERNEL_INLINE Tight one() { return of(P::one52); }
  static KERNEL_INLINE Tight twistB3(int part) { return of(P::twistB3Of52[part]); }
  static KERNEL_INLINE Tight broadcast(const Constant& c) { return of(c.limb); }

  // A scalar's R = 2^256 form becomes this form by four doublings: R is sixteen times larger.
  static KERNEL_INLINE Constant constant(const typename Scalar::Tight& scalar) {
    auto x = scalar;
    for (int i = 0; i < 4; i++) x = x + x;
    x = canonical(x);
    return {{x.limb[0] & mask52, (x.limb[0] >> 52 | x.limb[1] << 12) & mask52,
             (x.limb[1] >> 40 | x.limb[2] << 24) & mask52, (x.limb[2] >> 28 | x.limb[3] << 36) & mask52,
             x.limb[3] >> 16}};
  }

  // For tests: the same element as a number in [(K - 1)·p, K·p).
  template <int K>
  static KERNEL_INLINE auto lift(const Tight& canonicalValue) {
    constexpr Multiple52<P> shift(K - 1);
    Lanes52<P, K, false> out;
    for (int i = 0; i < 5; i++) out.limb[i] = _mm512_add_epi64(canonicalValue.limb[i], splat(shift.limb[i]));
    return normal(out);
  }

  static KERNEL_INLINE Tight fromFile() { return of(P::fromBytes52); }
  static KERNEL_INLINE Tight toFile() { return of(P::toBytes52); }
  static KERNEL_INLINE Tight fromScalar(const typename Scalar::Tight* values) {
    return load(values[0].limb) * of(P::fromBytes52);
  }
  static KERNEL_INLINE void toScalar(typename Scalar::Tight* out, const Tight& a) {
    store(out[0].limb, a * of(P::toBytes52));
  }

  // Eight values, one after the other, each four words.
  static KERNEL_INLINE Tight load(const u64* rows) {
    Word8 words[8];
    for (int i = 0; i < 8; i++) {
      words[i] = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i*)(rows + 4 * i)));
    }
    transpose8(words);
    return unpack52<P>(words);
  }
  static KERNEL_INLINE void store(u64* rows, const Tight& a) {
    Word8 words[8];
    pack52(words, a);
    for (int i = 4; i < 8; i++) words[i] = _mm512_setzero_si512();
    transpose8(words);
    for (int i = 0; i < 8; i++) _mm256_storeu_si256((__m256i*)(rows + 4 * i), _mm512_castsi512_si256(words[i]));
  }

  // The canonical integers that the lanes stand for, four words each.
  static KERNEL_INLINE void toIntegers(u64* rows, const Tight& a) {
    static constexpr u64 one[5] = {1, 0, 0, 0, 0};
    store(rows, a * of(one));
    for (int i = 0; i < 8; i++) Scalar::store(rows + 4 * i, canonical(Scalar::of(rows + 4 * i)));
  }

  // Vector i's lane l and vector l's lane i change places.
  static KERNEL_INLINE void transposeLanes(Tight* v) {
    for (int j = 0; j < 5; j++) {
      Word8 rows[8];
      for (int i = 0; i < 8; i++) rows[i] = v[i].limb[j];
      transpose8(rows);
      for (int i = 0; i < 8; i++) v[i].limb[j] = rows[i];
    }
  }

  // See field64.h for references.
  template <int words>
  static KERNEL_INLINE void gatherPair(const u64* base, const u32* refs, int offset, Tight& a, Tight& b) {
    Word8 rows[8];
    for (int i = 0; i < 8; i++) rows[i] = _mm512_loadu_si512(base + (size_t)(refs[i] >> 1) * words + offset);
    transpose8(rows);
    a = unpack52<P>(rows);
    b = unpack52<P>(rows + 4);
  }
  template <int words>
  static KERNEL_INLINE void scatterPair(u64* base, const u32* rows, int offset, const Tight& a, const Tight& b) {
    Word8 out[8];
    pack52(out, a);
    pack52(out + 4, b);
    transpose8(out);
    for (int i = 0; i < 8; i++) _mm512_storeu_si512(base + (size_t)rows[i] * words + offset, out[i]);
  }
  static KERNEL_INLINE Mask signs(const u32* refs) {
    return _mm256_test_epi32_mask(_mm256_loadu_si256((const __m256i*)refs), _mm256_set1_epi32(1));
  }

  // See field64.h. Limbs are compared modulo 2^52.
  static KERNEL_INLINE Mask mayClash(const Tight& a, const Tight& b) {
    const Word8 mask = splat(mask52);
    const Word8 difference = _mm512_and_si512(_mm512_sub_epi64(a.limb[0], b.limb[0]), mask);
    const Mask equal = _mm512_testn_epi64_mask(difference, difference) |
                       _mm512_cmpeq_epi64_mask(difference, splat(P::modulus52[0])) |
                       _mm512_cmpeq_epi64_mask(difference, splat(((u64)1 << 52) - P::modulus52[0]));
    return equal | _mm512_testn_epi64_mask(a.limb[0], a.limb[0]) | _mm512_testn_epi64_mask(b.limb[0], b.limb[0]);
  }
  static KERNEL_INLINE u32 bits(Mask mask) { return mask; }

  static KERNEL_INLINE Mask isZeroRow(const Tight& a) {
    Word8 any = a.limb[0];
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, a.limb[i]);
    return _mm512_testn_epi64_mask(any, any);
  }
  // Where a value is zero modulo p: it is 0 or p.
  static KERNEL_INLINE Mask zeroWhere(const Tight& a) {
    Word8 any = _mm512_xor_si512(a.limb[0], splat(P::modulus52[0]));
    for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, _mm512_xor_si512(a.limb[i], splat(P::modulus52[i])));
    return isZeroRow(a) | _mm512_testn_epi64_mask(any, any);
  }

  // Inverts sixteen values at the price of one inversion; false, and nothing done, when one of them is zero.
  static KERNEL_NOINLINE bool invertBoth(Tight& a, Tight& b) {
    using S = typename Scalar::Tight;
    S values[16], prefix[16];
    toScalar(values, a);
    toScalar(values + 8, b);
    prefix[0] = values[0];
    for (int i = 1; i < 16; i++) prefix[i] = prefix[i - 1] * values[i];
    if (isZero(prefix[15])) return false;
    S rest = invert(prefix[15]);
    for (int i = 15; i > 0; i--) {
      const S inverse = rest * prefix[i - 1];
      rest = rest * values[i];
      values[i] = inverse;
    }
    values[0] = rest;
    a = fromScalar(values);
    b = fromScalar(values + 8);
    return true;
  }
};

}  // namespace KERNEL_NAMESPACE
