// Points between files and tables. Files hold affine points in Montgomery form with R = 2^256, canonical, infinity as
// zeros; a backend's tables hold them in the backend's own form, as many converted at a time as there are lanes.
#pragma once
#include "../bytes.h"
#include "../status.h"
#include "batchAdd.h"

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

// Factor from the backend's form to the R = 2^256 form of files.
template <class F>
KERNEL_INLINE typename F::Tight toFileForm(const typename F::Tight& a) {
  if constexpr (F::lanes == 1) {
    return a;
  } else {
    return a * F::toFile();
  }
}
template <class F, class V>
KERNEL_INLINE Quadratic<V> toFileForm(const Quadratic<V>& a) {
  return {toFileForm<F>(a.c0), toFileForm<F>(a.c1)};
}

// Converts the rows from `first` on, one per lane, in place; says whether each lies on the curve or is infinity.
template <class C>
KERNEL_SMALL bool convertRows(u64* table, u32 first) {
  u32 refs[C::lanes], rows[C::lanes];
  for (u32 l = 0; l < (u32)C::lanes; l++) rows[l] = first + l, refs[l] = rows[l] << 1;
  typename C::Tight x, y;
  C::loadPoint(table, refs, x, y);
  const auto isInfinity = C::isZeroRow(x) & C::isZeroRow(y);
  x = fromFileForm<typename C::Field>(x);
  y = fromFileForm<typename C::Field>(y);
  C::storePoint(table, rows, x, y);
  const auto right = tight(square(x) * x + curveConstant((const C*)nullptr));
  const auto isOn = C::zeroWhere(tight(square(y) - right));
  return C::Field::bits(isOn | isInfinity) == ((u32)1 << C::lanes) - 1;
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

// Reads `count` points to rows of the backend's form, filled up to whole vectors with infinity. False when a coordinate is
// not canonical or a point is off its curve.
template <class C>
inline bool readRows(u64* rows, const u8* points, u32 count, u32 filled) {
  for (u32 i = 0; i < filled; i++) {
    u64* row = rows + (size_t)i * C::words;
    for (int j = 0; j < C::words; j++) row[j] = 0;
    bool isInfinity;
    if (i < count && readRow<C>(row, points + (size_t)i * C::words * 8, isInfinity) != kernelOk) return false;
  }
  bool areOn = true;
  for (u32 i = 0; i < filled; i += C::lanes) areOn &= convertRows<C>(rows, i);
  return areOn;
}

// Writes `count` rows from `first` on as a file holds them. The rows are changed, up to the end of their last vector.
template <class C>
KERNEL_SMALL void writeRows(u8* out, u64* area, u32 first, u32 count) {
  for (u32 at = first; at < first + count; at += C::lanes) {
    u32 refs[C::lanes], rows[C::lanes];
    for (u32 l = 0; l < (u32)C::lanes; l++) rows[l] = at + l, refs[l] = rows[l] << 1;
    typename C::Tight x, y;
    C::loadPoint(area, refs, x, y);
    C::storePoint(area, rows, toFileForm<typename C::Field>(x), toFileForm<typename C::Field>(y));
  }
  using S = typename C::Field::Scalar;
  for (u32 i = 0; i < count; i++) {
    const u64* row = area + (size_t)(first + i) * C::words;
    for (int j = 0; j < C::words; j += 4) {
      u64 words[4];
      S::store(words, canonical(S::of(row + j)));
      __builtin_memcpy(out + ((size_t)i * C::words + (size_t)j) * 8, words, 32);
    }
  }
}

}  // namespace KERNEL_NAMESPACE
