// Reads the points of a key into a table: checks each, drops those at infinity, and converts the rest to the backend's
// form, as many at a time as there are lanes.
#pragma once
#include "../msm/msm.h"
#include "zkey.h"

namespace KERNEL_NAMESPACE {

// b of y² = x³ + b.
template <class F>
KERNEL_INLINE typename F::Tight curveConstant(const CoordinatesG1<F>*) {
  return F::broadcast(F::constant(F::Scalar::of(curveB)));
}
template <class F>
KERNEL_INLINE typename CoordinatesG2<F>::Tight curveConstant(const CoordinatesG2<F>*) {
  return {F::broadcast(F::constant(F::Scalar::of(twistB[0]))), F::broadcast(F::constant(F::Scalar::of(twistB[1])))};
}

// From the R = 2^256 form of files to the form of the backend.
template <class F>
KERNEL_INLINE typename F::Tight fromFileForm(const typename F::Tight& a) {
  if constexpr (F::lanes == 1) {
    return a;
  } else {
    return a * F::fromFile();
  }
}
template <class F, class V>
KERNEL_INLINE Quadratic<V> fromFileForm(const Quadratic<V>& a) {
  return {fromFileForm<F>(a.c0), fromFileForm<F>(a.c1)};
}

// Converts the rows from `first` on, one per lane, in place; says whether all lie on the curve.
template <class C>
KERNEL_INLINE bool convertRows(u64* table, u32 first) {
  u32 refs[C::lanes], rows[C::lanes];
  for (u32 l = 0; l < (u32)C::lanes; l++) rows[l] = first + l, refs[l] = rows[l] << 1;
  typename C::Tight x, y;
  C::loadPoint(table, refs, x, y);
  x = fromFileForm<typename C::Field>(x);
  y = fromFileForm<typename C::Field>(y);
  C::storePoint(table, rows, x, y);
  const auto right = tight(square(x) * x + curveConstant((const C*)nullptr));
  const auto isOn = C::zeroWhere(tight(square(y) - right));
  return C::Field::bits(isOn) == ((u32)1 << C::lanes) - 1;
}

// One point of the file: canonical coordinates, or infinity.
template <class C>
KERNEL_INLINE int readRow(u64* row, const u8* bytes, bool& isInfinity) {
  readWords(row, bytes, C::words);
  u64 any = 0;
  for (int i = 0; i < C::words; i++) any |= row[i];
  isInfinity = any == 0;
  for (int i = 0; i < C::words; i += 4) {
    if (!isBelow(row + i, BaseField::modulus64)) return kernelBadPoint;
  }
  return kernelOk;
}

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
