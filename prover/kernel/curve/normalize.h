// Many projective points made affine with one inversion (Montgomery's trick; Cohen 1993, algorithm 10.3.4): five products
// per point and one inversion per lane.
#pragma once
#include "../arena.h"
#include "batchAdd.h"

namespace KERNEL_NAMESPACE {

template <class C>
class Normalizer {
 public:
  // For up to that many vectors of points at once. False when memory ran out.
  bool prepare(Arena& arena, u32 vectorsMax) {
    prefix_ = arena.take<typename C::Tight>(vectorsMax);
    return prefix_ != nullptr;
  }

  // Writes the points to as many rows from `first` on; infinity becomes zeros. False when the inversion failed, which no
  // input can bring about.
  bool write(u64* area, u32 first, const Projective<C>* points, u32 vectors) {
    auto product = C::one(), other = C::one();
    for (u32 v = 0; v < vectors; v++) {
      prefix_[v] = product;
      product = product * withoutZeros(points[v].z);
    }
    if (!C::invertBoth(product, other)) return false;
    for (u32 v = vectors; v-- > 0;) {
      const auto isInfinity = C::zeroWhere(points[v].z);
      const auto inverse = choose(isInfinity, C::zero(), product * prefix_[v]);
      product = product * withoutZeros(points[v].z);
      u32 rows[C::lanes];
      for (u32 l = 0; l < (u32)C::lanes; l++) rows[l] = first + v * C::lanes + l;
      C::storePoint(area, rows, choose(isInfinity, C::zero(), points[v].x * inverse),
                    choose(isInfinity, C::zero(), points[v].y * inverse));
    }
    return true;
  }

 private:
  static KERNEL_INLINE typename C::Tight withoutZeros(const typename C::Tight& z) {
    return choose(C::zeroWhere(z), C::one(), z);
  }

  typename C::Tight* prefix_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
