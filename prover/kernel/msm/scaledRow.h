// A row of points, each times the same scalar, for contributions to a ceremony.
//
// The scalar's digits are the same for all points, so the lanes go through them side by side, with the complete formulas:
// 256 doublings of 8 products and 79 additions of 12 per point, and a common inversion at the end.
#pragma once
#include "../curve/fileForm.h"
#include "../curve/normalize.h"

namespace KERNEL_NAMESPACE {

// Points as files hold them, from `points` to `out`; infinity stays infinity. The scalar is below the group's order.
template <class C>
inline int scaleRow(Arena& arena, u8* out, const u8* points, u64 count, const u64* scalar) {
  constexpr u32 chunk = 1024, bytes = C::words * 8;
  u64* rows = arena.take<u64>((size_t)chunk * C::words);
  auto* products = arena.take<Projective<C>>(chunk / C::lanes);
  Normalizer<C> normalizer;
  if (!rows || !products || !normalizer.prepare(arena, chunk / C::lanes)) return kernelNoMemory;
  for (u64 done = 0; done < count; done += chunk) {
    const u32 size = (u32)smaller<u64>(chunk, count - done), vectors = (size + C::lanes - 1) / C::lanes;
    if (!readRows<C>(rows, points + done * bytes, size, vectors * C::lanes)) return kernelBadPoint;
    for (u32 v = 0; v < vectors; v++) products[v] = multiply(fromRowsAt<C>(rows, v * C::lanes), scalar);
    if (!normalizer.write(rows, 0, products, vectors)) return kernelZeroDenominator;
    writeRows<C>(out + done * bytes, rows, 0, size);
  }
  return kernelOk;
}

}  // namespace KERNEL_NAMESPACE
