// The field of lanes29.h together with its way from and to memory: rows of four 64-bit words, two rows at a time.
#pragma once
#include "lanes29.h"

namespace KERNEL_NAMESPACE {

// Four registers with one 64-bit word of both lanes each, to limbs and back.
template <class P>
KERNEL_INLINE Lanes29<P, 2, 1, 0> unpack29(const Pair* w) {
  const Pair mask = wasm_i64x2_const_splat((i64)mask29);
  const Pair wide[9] = {
      w[0],
      wasm_u64x2_shr(w[0], 29),
      wasm_v128_or(wasm_u64x2_shr(w[0], 58), wasm_i64x2_shl(w[1], 6)),
      wasm_u64x2_shr(w[1], 23),
      wasm_v128_or(wasm_u64x2_shr(w[1], 52), wasm_i64x2_shl(w[2], 12)),
      wasm_u64x2_shr(w[2], 17),
      wasm_v128_or(wasm_u64x2_shr(w[2], 46), wasm_i64x2_shl(w[3], 18)),
      wasm_u64x2_shr(w[3], 11),
      wasm_u64x2_shr(w[3], 40),
  };
  Lanes29<P, 2, 1, 0> out;
  for (int i = 0; i < 9; i++) out.limb[i] = packed(wasm_v128_and(wide[i], mask));
  return out;
}

template <class P, int K>
KERNEL_INLINE void pack29(Pair* w, const Lanes29<P, K, 1, 0>& a) {
  Pair t[9];
  for (int i = 0; i < 9; i++) t[i] = wasm_u64x2_extend_low_u32x4(a.limb[i]);
  const auto at = [&](int i, int shift) { return shift < 0 ? wasm_u64x2_shr(t[i], -shift) : wasm_i64x2_shl(t[i], shift); };
  w[0] = wasm_v128_or(wasm_v128_or(t[0], at(1, 29)), at(2, 58));
  w[1] = wasm_v128_or(wasm_v128_or(at(2, -6), at(3, 23)), at(4, 52));
  w[2] = wasm_v128_or(wasm_v128_or(at(4, -12), at(5, 17)), at(6, 46));
  w[3] = wasm_v128_or(wasm_v128_or(at(6, -18), at(7, 11)), at(8, 40));
}

template <class P, class A>
struct Field29 {
  using Prime = P;
  using Tight = Lanes29<P, 2, 1, 0>;
  using Mask = Pair;
  using Scalar = Field64<P, A>;
  struct Constant {
    u32 limb[9];
  };
  static constexpr int lanes = 2;
  static constexpr u64 radixRatio = 32;

  static KERNEL_INLINE Tight of(const u32* limbs) {
    Tight out;
    for (int i = 0; i < 9; i++) out.limb[i] = wasm_v128_load32_splat(limbs + i);
    return out;
  }
  static KERNEL_INLINE Tight zero() {
    Tight out;
    for (int i = 0; i < 9; i++) out.limb[i] = wasm_i32x4_const_splat(0);
    return out;
  }
  static KERNEL_INLINE Tight one() { return of(P::one29); }
  static KERNEL_INLINE Tight twistB3(int part) { return of(P::twistB3Of29[part]); }
  static KERNEL_INLINE Tight broadcast(const Constant& c) { return of(c.limb); }

  // A scalar's R = 2^256 form becomes this form by five doublings: R is 32 times larger.
  static inline Constant constant(const typename Scalar::Tight& scalar) {
    auto x = scalar;
    for (int i = 0; i < 5; i++) x = x + x;
    x = canonical(x);
    Constant out;
    for (int i = 0; i < 9; i++) {
      const int bit = 29 * i, word = bit >> 6, shift = bit & 63;
      u64 limb = x.limb[word] >> shift;
      if (shift > 35 && word < 3) limb |= x.limb[word + 1] << (64 - shift);
      out.limb[i] = (u32)limb & mask29;
    }
    return out;
  }

  // For tests: the same element as a number in [(K - 1)·p, K·p).
  template <int K>
  static KERNEL_INLINE auto lift(const Tight& canonicalValue) {
    const auto& shift = hidden29<P, K - 1>();
    Lanes29<P, K, 2, 0> out;
    for (int i = 0; i < 9; i++) out.limb[i] = wasm_i32x4_add(canonicalValue.limb[i], shift.limb(i));
    return normal(out);
  }

  static KERNEL_INLINE Tight fromFile() { return of(P::fromBytes29); }
  static KERNEL_INLINE Tight toFile() { return of(P::toBytes29); }
  static KERNEL_INLINE Tight fromScalar(const typename Scalar::Tight* values) {
    return load(values[0].limb) * of(P::fromBytes29);
  }
  static KERNEL_INLINE void toScalar(typename Scalar::Tight* out, const Tight& a) {
    store(out[0].limb, a * of(P::toBytes29));
  }

  // Two values, one after the other, each four words.
  static KERNEL_INLINE Tight load(const u64* rows) { return loadTwo(rows, rows + 4); }
  static KERNEL_INLINE void store(u64* rows, const Tight& a) { storeTwo(rows, rows + 4, a); }

  // The canonical integers that the lanes stand for, four words each.
  static KERNEL_INLINE void toIntegers(u64* rows, const Tight& a) {
    static constexpr u32 one[9] = {1, 0, 0, 0, 0, 0, 0, 0, 0};
    store(rows, a * of(one));
    for (int i = 0; i < 2; i++) Scalar::store(rows + 4 * i, canonical(Scalar::of(rows + 4 * i)));
  }

  // Vector i's lane l and vector l's lane i change places.
  static KERNEL_INLINE void transposeLanes(Tight* v) {
    for (int i = 0; i < 9; i++) {
      const Pair a = v[0].limb[i], b = v[1].limb[i];
      v[0].limb[i] = wasm_i32x4_shuffle(a, b, 0, 4, 0, 4);
      v[1].limb[i] = wasm_i32x4_shuffle(a, b, 1, 5, 1, 5);
    }
  }

  // See field64.h for references.
  template <int words>
  static KERNEL_INLINE void gatherPair(const u64* base, const u32* refs, int offset, Tight& a, Tight& b) {
    const u64* first = base + (size_t)(refs[0] >> 1) * words + offset;
    const u64* second = base + (size_t)(refs[1] >> 1) * words + offset;
    a = loadTwo(first, second);
    b = loadTwo(first + 4, second + 4);
  }
  template <int words>
  static KERNEL_INLINE void scatterPair(u64* base, const u32* rows, int offset, const Tight& a, const Tight& b) {
    u64* first = base + (size_t)rows[0] * words + offset;
    u64* second = base + (size_t)rows[1] * words + offset;
    storeTwo(first, second, a);
    storeTwo(first + 4, second + 4, b);
  }
  static KERNEL_INLINE Mask signs(const u32* refs) {
    const int a = -(int)(refs[0] & 1), b = -(int)(refs[1] & 1);
    return wasm_i32x4_make(a, b, a, b);
  }

  // See field64.h. Limbs are compared modulo 2^29.
  static KERNEL_INLINE Mask mayClash(const Tight& a, const Tight& b) {
    const Pair zero = wasm_i32x4_const_splat(0), mask = wasm_i32x4_const_splat((int)mask29);
    const Pair difference = wasm_v128_and(wasm_i32x4_sub(a.limb[0], b.limb[0]), mask);
    const Pair p = wasm_i32x4_const_splat((int)P::modulus29[0]);
    const Pair minusP = wasm_i32x4_const_splat((int)(mask29 + 1 - P::modulus29[0]));
    const Pair equal = wasm_v128_or(wasm_i32x4_eq(difference, zero),
                                    wasm_v128_or(wasm_i32x4_eq(difference, p), wasm_i32x4_eq(difference, minusP)));
    return wasm_v128_or(equal, wasm_v128_or(wasm_i32x4_eq(a.limb[0], zero), wasm_i32x4_eq(b.limb[0], zero)));
  }
  static KERNEL_INLINE u32 bits(Mask mask) { return wasm_i32x4_bitmask(mask) & 3; }

  static KERNEL_INLINE Mask isZeroRow(const Tight& a) {
    Pair any = a.limb[0];
    for (int i = 1; i < 9; i++) any = wasm_v128_or(any, a.limb[i]);
    return wasm_i32x4_eq(any, wasm_i32x4_const_splat(0));
  }
  // Where a value is zero modulo p: it is 0 or p.
  static KERNEL_INLINE Mask zeroWhere(const Tight& a) {
    const auto& p = hidden29<P, 1>();
    Pair any = wasm_v128_xor(a.limb[0], p.limb(0));
    for (int i = 1; i < 9; i++) any = wasm_v128_or(any, wasm_v128_xor(a.limb[i], p.limb(i)));
    return wasm_v128_or(isZeroRow(a), wasm_i32x4_eq(any, wasm_i32x4_const_splat(0)));
  }

  // Inverts four values at the price of one inversion; false, and nothing done, when one of them is zero.
  static KERNEL_NOINLINE bool invertBoth(Tight& a, Tight& b) {
    using S = typename Scalar::Tight;
    S values[4], prefix[4];
    toScalar(values, a);
    toScalar(values + 2, b);
    prefix[0] = values[0];
    for (int i = 1; i < 4; i++) prefix[i] = prefix[i - 1] * values[i];
    if (isZero(prefix[3])) return false;
    S rest = invert(prefix[3]);
    for (int i = 3; i > 0; i--) {
      const S inverse = rest * prefix[i - 1];
      rest = rest * values[i];
      values[i] = inverse;
    }
    values[0] = rest;
    a = fromScalar(values);
    b = fromScalar(values + 2);
    return true;
  }

 private:
  static KERNEL_INLINE Tight loadTwo(const u64* first, const u64* second) {
    const Pair a = wasm_v128_load(first), b = wasm_v128_load(second);
    const Pair c = wasm_v128_load(first + 2), d = wasm_v128_load(second + 2);
    const Pair words[4] = {wasm_i64x2_shuffle(a, b, 0, 2), wasm_i64x2_shuffle(a, b, 1, 3),
                           wasm_i64x2_shuffle(c, d, 0, 2), wasm_i64x2_shuffle(c, d, 1, 3)};
    return unpack29<P>(words);
  }
  static KERNEL_INLINE void storeTwo(u64* first, u64* second, const Tight& value) {
    Pair w[4];
    pack29(w, value);
    wasm_v128_store(first, wasm_i64x2_shuffle(w[0], w[1], 0, 2));
    wasm_v128_store(first + 2, wasm_i64x2_shuffle(w[2], w[3], 0, 2));
    wasm_v128_store(second, wasm_i64x2_shuffle(w[0], w[1], 1, 3));
    wasm_v128_store(second + 2, wasm_i64x2_shuffle(w[2], w[3], 1, 3));
  }
};

}  // namespace KERNEL_NAMESPACE
