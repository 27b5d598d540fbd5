// Tables of roots of unity for one transform size and direction, in the order in which the passes read them.
//
// The butterfly of half size h multiplies by g^(n/2h)·w^(j·n/2h) for j < h: with a shift g the transform evaluates on
// the coset g·<w> at no extra cost (the shift of each stage's odd part is folded into its roots).
#pragma once
#include "../arena.h"
#include "../field/field64.h"

namespace KERNEL_NAMESPACE {

template <class S>
KERNEL_INLINE typename S::Tight power(typename S::Tight base, u64 exponent) {
  auto result = S::one();
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base;
    base = base * base;
  }
  return result;
}

// A root of unity of order 2^log, the same one that snarkjs uses.
template <class S>
inline typename S::Tight rootOfOrder(int log) {
  auto root = S::of(rootOfUnity);
  for (int i = twoAdicity; i > log; i--) root = root * root;
  return root;
}

// Lanes hold n / lanes consecutive values in the end, but neighbours at first: the first log2(lanes) halvings ("across")
// need a different root in each lane, the rest ("along") the same in all.
template <class F>
struct Twiddles {
  using Scalar = typename F::Scalar;
  typename F::Tight* across[4];
  typename F::Constant* along;
  size_t vectors;

  bool prepare(Arena& arena, int log, typename Scalar::Tight root, typename Scalar::Tight shift) {
    const size_t size = (size_t)1 << log;
    vectors = size / F::lanes;
    along = arena.take<typename F::Constant>(vectors);
    if (!along) return false;
    for (size_t half = size / 2; half >= 1; half /= 2) {
      const auto step = power<Scalar>(root, size / (2 * half));
      const auto start = power<Scalar>(shift, size / (2 * half));
      const bool isAlong = half < vectors;
      if (isAlong) {
        fillAlong(half, start, step);
      } else if (!fillAcross(arena, half, start, step)) {
        return false;
      }
    }
    return true;
  }

  // The roots of the pass with that half size, counted in vectors.
  KERNEL_INLINE const typename F::Constant* alongOf(size_t half) const { return along + (vectors - 2 * half); }

 private:
  void fillAlong(size_t half, typename Scalar::Tight value, typename Scalar::Tight step) {
    typename F::Constant* out = along + (vectors - 2 * half);
    for (size_t j = 0; j < half; j++, value = value * step) out[j] = F::constant(value);
  }

  bool fillAcross(Arena& arena, size_t half, typename Scalar::Tight value, typename Scalar::Tight step) {
    int level = 0;
    while (half << (level + 1) < vectors * F::lanes) level++;
    typename F::Tight* out = across[level] = arena.take<typename F::Tight>(half / F::lanes);
    if (!out) return false;
    for (size_t j = 0; j < half / F::lanes; j++) {
      typename Scalar::Tight values[F::lanes];
      for (int l = 0; l < F::lanes; l++, value = value * step) values[l] = value;
      out[j] = F::fromScalar(values);
    }
    return true;
  }
};

}  // namespace KERNEL_NAMESPACE
