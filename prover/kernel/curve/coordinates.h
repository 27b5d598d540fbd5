// The coordinates of the two groups: Fq for G1 (y² = x³ + 3), Fq2 for G2 (y² = x³ + 3/(9 + i)). They offer the curve
// formulas one vocabulary, and know how a point lies in memory: x then y, real parts first, four words per value, so 64
// bytes in G1 (one cache line) and 128 in G2. The row (0, 0) is the point at infinity.
#pragma once
#include "../field/quadratic.h"

namespace KERNEL_NAMESPACE {

template <class F>
struct CoordinatesG1 {
  using Field = F;
  using Tight = typename F::Tight;
  using Mask = typename F::Mask;
  using Scalar = CoordinatesG1<typename F::Scalar>;
  static constexpr int lanes = F::lanes;
  static constexpr int words = 8;

  static KERNEL_INLINE Tight zero() { return F::zero(); }
  static KERNEL_INLINE Tight one() { return F::one(); }
  template <class V>
  static KERNEL_INLINE Tight timesB3(const V& v) {
    return tight(timesNine(v));
  }

  static KERNEL_INLINE Tight loadX(const u64* base, const u32* refs) {
    Tight x, y;
    F::template gatherPair<words>(base, refs, 0, x, y);
    return x;
  }
  static KERNEL_INLINE void loadPoint(const u64* base, const u32* refs, Tight& x, Tight& y) {
    F::template gatherPair<words>(base, refs, 0, x, y);
  }
  static KERNEL_INLINE void storePoint(u64* base, const u32* rows, const Tight& x, const Tight& y) {
    F::template scatterPair<words>(base, rows, 0, x, y);
  }

  static KERNEL_INLINE Mask mayClash(const Tight& a, const Tight& b) { return F::mayClash(a, b); }
  static KERNEL_INLINE Mask isZeroRow(const Tight& a) { return F::isZeroRow(a); }
  static KERNEL_INLINE Mask zeroWhere(const Tight& a) { return F::zeroWhere(a); }
  static KERNEL_INLINE bool invertBoth(Tight& a, Tight& b) { return F::invertBoth(a, b); }
  static KERNEL_INLINE void toScalar(typename Scalar::Tight* out, const Tight& a) { F::toScalar(out, a); }
  static KERNEL_INLINE Tight fromScalar(const typename Scalar::Tight* in) { return F::fromScalar(in); }
};

template <class F>
struct CoordinatesG2 {
  using Field = F;
  using Tight = Quadratic<typename F::Tight>;
  using Mask = typename F::Mask;
  using Scalar = CoordinatesG2<typename F::Scalar>;
  static constexpr int lanes = F::lanes;
  static constexpr int words = 16;

  static KERNEL_INLINE Tight zero() { return {F::zero(), F::zero()}; }
  static KERNEL_INLINE Tight one() { return {F::one(), F::zero()}; }
  template <class V>
  static KERNEL_INLINE Tight timesB3(const V& v) {
    return v * Tight{F::twistB3(0), F::twistB3(1)};
  }

  static KERNEL_INLINE Tight loadX(const u64* base, const u32* refs) {
    Tight x;
    F::template gatherPair<words>(base, refs, 0, x.c0, x.c1);
    return x;
  }
  static KERNEL_INLINE void loadPoint(const u64* base, const u32* refs, Tight& x, Tight& y) {
    F::template gatherPair<words>(base, refs, 0, x.c0, x.c1);
    F::template gatherPair<words>(base, refs, 8, y.c0, y.c1);
  }
  static KERNEL_INLINE void storePoint(u64* base, const u32* rows, const Tight& x, const Tight& y) {
    F::template scatterPair<words>(base, rows, 0, x.c0, x.c1);
    F::template scatterPair<words>(base, rows, 8, y.c0, y.c1);
  }

  static KERNEL_INLINE Mask mayClash(const Tight& a, const Tight& b) { return F::mayClash(a.c0, b.c0); }
  static KERNEL_INLINE Mask isZeroRow(const Tight& a) { return F::isZeroRow(a.c0) & F::isZeroRow(a.c1); }
  static KERNEL_INLINE Mask zeroWhere(const Tight& a) { return F::zeroWhere(a.c0) & F::zeroWhere(a.c1); }

  // 1/(a + bi) = (a - bi)/(a² + b²).
  static KERNEL_INLINE bool invertBoth(Tight& x, Tight& y) {
    auto normX = tight(square(x.c0) + square(x.c1));
    auto normY = tight(square(y.c0) + square(y.c1));
    if (!F::invertBoth(normX, normY)) return false;
    x = {x.c0 * normX, (F::zero() - x.c1) * normX};
    y = {y.c0 * normY, (F::zero() - y.c1) * normY};
    return true;
  }
  static KERNEL_INLINE void toScalar(typename Scalar::Tight* out, const Tight& a) {
    typename F::Scalar::Tight parts[lanes];
    F::toScalar(parts, a.c0);
    for (int i = 0; i < lanes; i++) out[i].c0 = parts[i];
    F::toScalar(parts, a.c1);
    for (int i = 0; i < lanes; i++) out[i].c1 = parts[i];
  }
  static KERNEL_INLINE Tight fromScalar(const typename Scalar::Tight* in) {
    typename F::Scalar::Tight parts[lanes];
    Tight out;
    for (int i = 0; i < lanes; i++) parts[i] = in[i].c0;
    out.c0 = F::fromScalar(parts);
    for (int i = 0; i < lanes; i++) parts[i] = in[i].c1;
    out.c1 = F::fromScalar(parts);
    return out;
  }
};

}  // namespace KERNEL_NAMESPACE
