// Fq12 as a tower over Fq2: Fq6 = Fq2[v] with v³ = 9 + i, Fq12 = Fq6[w] with w² = v.
//
// Karatsuba at both levels: 6 products in Fq2 for one in Fq6, 18 for one in Fq12 (Devegili, Ó hÉigeartaigh, Scott and
// Dahab 2006). Scalar backends only: a verification is too small for lanes.
#pragma once
#include "../field/quadratic.h"

namespace KERNEL_NAMESPACE {

template <class S>
using Fq2 = Quadratic<typename S::Tight>;

// (9 + i)·a, what v³ stands for.
template <class T>
KERNEL_INLINE Quadratic<T> timesNonResidue(const Quadratic<T>& a) {
  return {timesNine(a.c0) - a.c1, timesNine(a.c1) + a.c0};
}

template <class S>
struct Fq6 {
  Fq2<S> c0, c1, c2;
};

template <class S>
KERNEL_INLINE Fq6<S> operator+(const Fq6<S>& a, const Fq6<S>& b) {
  return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
}
template <class S>
KERNEL_INLINE Fq6<S> operator-(const Fq6<S>& a, const Fq6<S>& b) {
  return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
}
template <class S>
KERNEL_NOINLINE Fq6<S> operator*(const Fq6<S>& a, const Fq6<S>& b) {
  const Fq2<S> t0 = a.c0 * b.c0, t1 = a.c1 * b.c1, t2 = a.c2 * b.c2;
  const Fq2<S> t12 = (a.c1 + a.c2) * (b.c1 + b.c2) - t1 - t2;
  const Fq2<S> t01 = (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1;
  const Fq2<S> t02 = (a.c0 + a.c2) * (b.c0 + b.c2) - t0 - t2;
  return {t0 + timesNonResidue(t12), t01 + timesNonResidue(t2), t02 + t1};
}
// v·a.
template <class S>
KERNEL_INLINE Fq6<S> timesV(const Fq6<S>& a) {
  return {timesNonResidue(a.c2), a.c0, a.c1};
}
template <class S>
KERNEL_NOINLINE Fq6<S> invert(const Fq6<S>& a) {
  const Fq2<S> t0 = square(a.c0) - timesNonResidue(a.c1 * a.c2);
  const Fq2<S> t1 = timesNonResidue(square(a.c2)) - a.c0 * a.c1;
  const Fq2<S> t2 = square(a.c1) - a.c0 * a.c2;
  const Fq2<S> scale = invert(a.c0 * t0 + timesNonResidue(a.c2 * t1 + a.c1 * t2));
  return {t0 * scale, t1 * scale, t2 * scale};
}

template <class S>
struct Fq12 {
  Fq6<S> c0, c1;

  static Fq12 one() {
    const Fq2<S> zero = {S::zero(), S::zero()}, unit = {S::one(), S::zero()};
    return {{unit, zero, zero}, {zero, zero, zero}};
  }
};

template <class S>
KERNEL_NOINLINE Fq12<S> operator*(const Fq12<S>& a, const Fq12<S>& b) {
  const Fq6<S> t0 = a.c0 * b.c0, t1 = a.c1 * b.c1;
  return {t0 + timesV(t1), (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1};
}
// (a + bw)² by two products: a² + vb² = (a + b)(a + vb) - ab - vab.
template <class S>
KERNEL_NOINLINE Fq12<S> square(const Fq12<S>& a) {
  const Fq6<S> product = a.c0 * a.c1;
  return {(a.c0 + a.c1) * (a.c0 + timesV(a.c1)) - product - timesV(product), product + product};
}
// The power q^6; the inverse of an element of norm 1, such as every one after the first step of the final power.
template <class S>
KERNEL_INLINE Fq12<S> conjugate(const Fq12<S>& a) {
  return {a.c0, a.c1 - a.c1 - a.c1};
}
template <class S>
inline Fq12<S> invert(const Fq12<S>& a) {
  const Fq6<S> scale = invert(a.c0 * a.c0 - timesV(a.c1 * a.c1));
  const Fq6<S> zero = a.c1 - a.c1;
  return {a.c0 * scale, (zero - a.c1) * scale};
}
template <class S>
inline bool isOne(const Fq12<S>& a) {
  const Fq12<S> d = {a.c0 - Fq12<S>::one().c0, a.c1};
  return isZero(d.c0.c0) && isZero(d.c0.c1) && isZero(d.c0.c2) && isZero(d.c1.c0) && isZero(d.c1.c1) && isZero(d.c1.c2);
}

template <class T>
KERNEL_INLINE Quadratic<T> conjugate(const Quadratic<T>& a) {
  return {a.c0, a.c1 - a.c1 - a.c1};
}

// (9 + i)^(k·(q - 1)/6), for k = 1 … 5.
template <class S>
KERNEL_INLINE Fq2<S> frobeniusFactor(int k) {
  return {S::of(frobenius[k - 1][0]), S::of(frobenius[k - 1][1])};
}

// The power q: conjugates every coefficient; v^j·w^k picks up the factor of exponent 2j + k.
template <class S>
inline Fq12<S> frobeniusMap(const Fq12<S>& a) {
  return {{conjugate(a.c0.c0), conjugate(a.c0.c1) * frobeniusFactor<S>(2), conjugate(a.c0.c2) * frobeniusFactor<S>(4)},
          {conjugate(a.c1.c0) * frobeniusFactor<S>(1), conjugate(a.c1.c1) * frobeniusFactor<S>(3),
           conjugate(a.c1.c2) * frobeniusFactor<S>(5)}};
}

}  // namespace KERNEL_NAMESPACE
