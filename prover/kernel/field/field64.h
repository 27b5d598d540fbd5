// A prime field as one lane of four 64-bit limbs in Montgomery form with R = 2^256, over portable or assembly
// arithmetic. Every value lies in [0, 2p); "canonical" means below p.
//
// This file also says what any backend's field offers, in one place: the type `Tight` (a vector of `lanes` values below
// 2p), the operators + - *, and the functions `square`, `tight`, `timesNine`, `negateWhere`, `choose` and `mayClash`;
// loads and stores of rows of memory, in which each value takes four words.
#pragma once
#include "inverse.h"

namespace KERNEL_NAMESPACE {

template <class P, class A>
struct Element64 {
  u64 limb[4];
};

template <class P>
struct Twice {
  static constexpr u64 modulus[4] = {P::modulus64[0] << 1, P::modulus64[1] << 1 | P::modulus64[0] >> 63,
                                     P::modulus64[2] << 1 | P::modulus64[1] >> 63,
                                     P::modulus64[3] << 1 | P::modulus64[2] >> 63};
};

template <class P, class A>
KERNEL_INLINE Element64<P, A> operator*(const Element64<P, A>& a, const Element64<P, A>& b) {
  Element64<P, A> out;
  A::template multiply<P>(out.limb, a.limb, b.limb);
  return out;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> operator+(const Element64<P, A>& a, const Element64<P, A>& b) {
  Element64<P, A> out;
  A::add(out.limb, a.limb, b.limb, Twice<P>::modulus);
  return out;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> operator-(const Element64<P, A>& a, const Element64<P, A>& b) {
  Element64<P, A> out;
  A::subtract(out.limb, a.limb, b.limb, Twice<P>::modulus);
  return out;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> square(const Element64<P, A>& a) {
  return a * a;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> tight(const Element64<P, A>& a) {
  return a;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> normal(const Element64<P, A>& a) {
  return a;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> canonical(const Element64<P, A>& a) {
  Element64<P, A> out;
  A::subtractOnce(out.limb, a.limb, P::modulus64);
  return out;
}

template <class P, class A>
KERNEL_INLINE bool isZero(const Element64<P, A>& a) {
  const Element64<P, A> c = canonical(a);
  return (c.limb[0] | c.limb[1] | c.limb[2] | c.limb[3]) == 0;
}

template <class P, class A>
KERNEL_INLINE bool isEqual(const Element64<P, A>& a, const Element64<P, A>& b) {
  return isZero(a - b);
}

// 9·a: three doublings and an addition are cheaper than a product.
template <class P, class A>
KERNEL_INLINE Element64<P, A> timesNine(const Element64<P, A>& a) {
  const Element64<P, A> two = a + a, four = two + two;
  return four + four + a;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> choose(bool condition, const Element64<P, A>& yes, const Element64<P, A>& no) {
  const u64 mask = 0 - (u64)condition;
  Element64<P, A> out;
  for (int i = 0; i < 4; i++) out.limb[i] = (yes.limb[i] & mask) | (no.limb[i] & ~mask);
  return out;
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> negateWhere(bool condition, const Element64<P, A>& a) {
  const Element64<P, A> zero = {{0, 0, 0, 0}};
  return choose(condition, zero - a, a);
}

template <class P, class A>
KERNEL_INLINE Element64<P, A> invert(const Element64<P, A>& a) {
  Element64<P, A> out, factor;
  invertInteger<P>(out.limb, a.limb);
  for (int i = 0; i < 4; i++) factor.limb[i] = P::inverseFactor64[i];
  return out * factor;
}

// Products of any two values are in range: nothing ever grows beyond 2p.
template <class P, class A>
constexpr bool canMultiply(const Element64<P, A>*, const Element64<P, A>*) {
  return true;
}

template <class P, class A>
struct Field64 {
  using Prime = P;
  using Tight = Element64<P, A>;
  using Mask = u32;
  using Scalar = Field64;
  // The same arithmetic over the other prime.
  template <class Q>
  using Over = Field64<Q, A>;
  // What a value that is the same in all lanes looks like in memory.
  using Constant = Element64<P, A>;
  static constexpr int lanes = 1;
  // The Montgomery radix over 2^256, that of files.
  static constexpr u64 radixRatio = 1;

  static KERNEL_INLINE Tight of(const u64* words) { return {{words[0], words[1], words[2], words[3]}}; }
  static KERNEL_INLINE Tight zero() { return {{0, 0, 0, 0}}; }
  static KERNEL_INLINE Tight one() { return of(P::one64); }
  static KERNEL_INLINE Tight twistB3(int part) { return of(P::twistB3Of64[part]); }
  static KERNEL_INLINE Tight broadcast(const Constant& c) { return c; }
  static KERNEL_INLINE Constant constant(const Tight& scalar) { return canonical(scalar); }

  // For tests: the same element as a number in [p, 2p), where the bound allows that.
  template <int K>
  static KERNEL_INLINE Tight lift(const Tight& canonicalValue) {
    Tight out = canonicalValue;
    u64 carry = 0;
    for (int i = 0; i < 4 && K > 1; i++) out.limb[i] = addCarry(out.limb[i], P::modulus64[i], carry);
    return out;
  }

  // From an integer below 2^256 to Montgomery form, and back to the canonical integer.
  static KERNEL_INLINE Tight fromInteger(const u64* words) { return of(words) * of(P::rSquared64); }
  static KERNEL_INLINE void toInteger(u64* words, const Tight& a) {
    const Tight plain = canonical(a * Tight{{1, 0, 0, 0}});
    for (int i = 0; i < 4; i++) words[i] = plain.limb[i];
  }

  static KERNEL_INLINE void toIntegers(u64* words, const Tight& a) { toInteger(words, a); }

  // Files and the scalar field share this form: nothing to convert.
  static KERNEL_INLINE Tight fromScalar(const Tight* values) { return values[0]; }
  static KERNEL_INLINE void toScalar(Tight* out, const Tight& a) { out[0] = a; }

  // As many values as there are lanes, one after the other, each four words.
  static KERNEL_INLINE Tight load(const u64* rows) { return of(rows); }
  static KERNEL_INLINE void store(u64* rows, const Tight& a) {
    for (int i = 0; i < 4; i++) rows[i] = a.limb[i];
  }

  static KERNEL_INLINE void transposeLanes(Tight*) {}

  // Two values that lie next to each other, `offset` words into the row that a reference names. A reference is a row's
  // number, times two, plus one where the row stands for its negative.
  template <int words>
  static KERNEL_INLINE void gatherPair(const u64* base, const u32* refs, int offset, Tight& a, Tight& b) {
    const u64* row = base + (size_t)(refs[0] >> 1) * words + offset;
    a = of(row);
    b = of(row + 4);
  }
  template <int words>
  static KERNEL_INLINE void scatterPair(u64* base, const u32* rows, int offset, const Tight& a, const Tight& b) {
    u64* row = base + (size_t)rows[0] * words + offset;
    store(row, a);
    store(row + 4, b);
  }
  static KERNEL_INLINE Mask signs(const u32* refs) { return refs[0] & 1; }

  // Whether two x coordinates may be equal or one of them zero: a quick look at the lowest limb that never misses.
  static KERNEL_INLINE Mask mayClash(const Tight& a, const Tight& b) {
    const u64 difference = a.limb[0] - b.limb[0];
    return difference == 0 || difference == P::modulus64[0] || difference == 0 - P::modulus64[0] || a.limb[0] == 0 ||
           b.limb[0] == 0;
  }
  static KERNEL_INLINE u32 bits(Mask mask) { return mask; }
  static KERNEL_INLINE Mask isZeroRow(const Tight& a) { return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0; }
  static KERNEL_INLINE Mask zeroWhere(const Tight& a) { return isZero(a); }

  // Inverts two values at the price of one inversion; false, and nothing done, when one of them is zero.
  static KERNEL_INLINE bool invertBoth(Tight& a, Tight& b) {
    const Tight product = a * b;
    if (isZero(product)) return false;
    const Tight inverse = invert(product), keep = a;
    a = inverse * b;
    b = inverse * keep;
    return true;
  }
};

}  // namespace KERNEL_NAMESPACE
