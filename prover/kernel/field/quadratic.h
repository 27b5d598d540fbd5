// Fq2 = Fq[i] with i² = -1, over any backend's Fq; the real part is c0.
//
// Karatsuba multiplication: three products in Fq (Devegili et al. 2006); squares take two by (a + bi)² = (a + b)(a - b)
// + 2ab·i. Results of products are tight; sums stay as lazy as their parts.
#pragma once
#include "field64.h"

namespace KERNEL_NAMESPACE {

template <class A, class B = A>
struct Quadratic {
  A c0;
  B c1;
};

template <class A, class B, class C, class D>
KERNEL_INLINE auto operator+(const Quadratic<A, B>& x, const Quadratic<C, D>& y) {
  return Quadratic<decltype(x.c0 + y.c0), decltype(x.c1 + y.c1)>{x.c0 + y.c0, x.c1 + y.c1};
}

template <class A, class B, class C, class D>
KERNEL_INLINE auto operator-(const Quadratic<A, B>& x, const Quadratic<C, D>& y) {
  return Quadratic<decltype(x.c0 - y.c0), decltype(x.c1 - y.c1)>{x.c0 - y.c0, x.c1 - y.c1};
}

template <class A, class B>
KERNEL_INLINE auto tight(const Quadratic<A, B>& x) {
  return Quadratic<decltype(tight(x.c0))>{tight(x.c0), tight(x.c1)};
}

template <class A, class B>
KERNEL_INLINE auto normal(const Quadratic<A, B>& x) {
  return Quadratic<decltype(normal(x.c0)), decltype(normal(x.c1))>{normal(x.c0), normal(x.c1)};
}

// Where the sums of the parts would be too large for a product, the left factor is reduced first.
template <class A, class B, class C, class D>
KERNEL_INLINE auto operator*(const Quadratic<A, B>& left, const Quadratic<C, D>& right) {
  const auto x = normal(left);
  const auto y = normal(right);
  using SumX = decltype(x.c0 + x.c1);
  using SumY = decltype(y.c0 + y.c1);
  if constexpr (!canMultiply((SumX*)nullptr, (SumY*)nullptr)) {
    return tight(x) * y;
  } else {
    const auto real = x.c0 * y.c0;
    const auto imaginary = x.c1 * y.c1;
    const auto mixed = (x.c0 + x.c1) * (y.c0 + y.c1);
    return tight(Quadratic<decltype(real - imaginary), decltype(mixed - (real + imaginary))>{
        real - imaginary, mixed - (real + imaginary)});
  }
}

template <class A, class B>
KERNEL_INLINE auto square(const Quadratic<A, B>& value) {
  const auto x = normal(value);
  const auto real = (x.c0 + x.c1) * (x.c0 - x.c1);
  const auto half = x.c0 * x.c1;
  return Quadratic<decltype(tight(real))>{tight(real), tight(half + half)};
}

template <class M, class A, class B>
KERNEL_INLINE auto choose(M mask, const Quadratic<A>& yes, const Quadratic<B>& no) {
  return Quadratic<decltype(choose(mask, yes.c0, no.c0))>{choose(mask, yes.c0, no.c0), choose(mask, yes.c1, no.c1)};
}

template <class M, class A>
KERNEL_INLINE auto negateWhere(M mask, const Quadratic<A>& x) {
  return Quadratic<decltype(negateWhere(mask, x.c0))>{negateWhere(mask, x.c0), negateWhere(mask, x.c1)};
}

// Of the scalar backend only.
template <class A>
KERNEL_INLINE bool isZero(const Quadratic<A>& x) {
  return isZero(x.c0) && isZero(x.c1);
}
template <class A>
KERNEL_INLINE Quadratic<A> canonical(const Quadratic<A>& x) {
  return {canonical(x.c0), canonical(x.c1)};
}
template <class A>
KERNEL_INLINE Quadratic<A> invert(const Quadratic<A>& x) {
  const A scale = invert(square(x.c0) + square(x.c1));
  return {x.c0 * scale, (x.c0 - x.c0 - x.c1) * scale};
}

}  // namespace KERNEL_NAMESPACE
