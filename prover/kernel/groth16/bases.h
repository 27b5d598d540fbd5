// Reads the points of a key into a table: checks each, drops those at infinity, and converts the rest to the backend's
// form, as many at a time as there are lanes.
#pragma once
#include "../curve/fileForm.h"
#include "../msm/msm.h"

namespace KERNEL_NAMESPACE {

// Reads `count` points; the scalar of point i is number firstScalar + i of the witness.
template <class C>
inline int readBases(Bases<C>& bases, Arena& arena, const u8* points, u32 count, u32 firstScalar) {
  constexpr u32 bytes = C::words * 8, lanes = C::lanes;
  u32 kept = 0;
  for (u32 i = 0; i < count; i++) {
    u64 row[C::words];
    bool isInfinity;
    if (readRow<C>(row, points + (size_t)i * bytes, isInfinity) != kernelOk) return kernelBadPoint;
    kept += !isInfinity;
  }
  bases.count = 0;
  // Whole vectors are converted: room for lanes - 1 rows more, filled with the last point.
  bases.table = arena.take<u64>((size_t)(reservedRows + kept + lanes) * C::words);
  bases.scalars = arena.take<u32>((size_t)kept + 1);
  if (!bases.table || !bases.scalars) return kernelNoMemory;
  fillReservedRows<C>(bases.table);
  for (u32 i = 0; i < count; i++) {
    u64* row = bases.table + (size_t)(reservedRows + bases.count) * C::words;
    bool isInfinity;
    readRow<C>(row, points + (size_t)i * bytes, isInfinity);
    if (!isInfinity) bases.scalars[bases.count++] = firstScalar + i;
  }
  const u64* last = bases.table + (size_t)(reservedRows + bases.count - 1) * C::words;
  for (u32 i = 0; bases.count && i < lanes; i++) {
    for (int j = 0; j < C::words; j++) bases.table[(size_t)(reservedRows + bases.count + i) * C::words + j] = last[j];
  }
  bool allOn = true;
  for (u32 i = 0; i < bases.count; i += lanes) allOn &= convertRows<C>(bases.table, reservedRows + i);
  return allOn ? kernelOk : kernelBadPoint;
}

}  // namespace KERNEL_NAMESPACE
