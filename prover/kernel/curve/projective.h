// Projective points and complete addition: no exceptional cases at all.
//
// Renes, Costello and Batina 2016 ("Complete addition formulas for prime order elliptic curves"), algorithms 7 and 9
// for a = 0; 12 products and 2 by 3b for an addition, 8 and 1 for a doubling. Complete on G2 as well, since only points
// of the subgroup of odd prime order occur there.
#pragma once
#include "coordinates.h"

namespace KERNEL_NAMESPACE {

template <class C>
struct Projective {
  typename C::Tight x, y, z;

  static KERNEL_INLINE Projective infinity() { return {C::zero(), C::one(), C::zero()}; }
};

template <class C>
KERNEL_INLINE Projective<C> addInline(const Projective<C>& p, const Projective<C>& q) {
  const auto xx = p.x * q.x;
  const auto yy = p.y * q.y;
  const auto zz = p.z * q.z;
  const auto xy = (p.x + p.y) * (q.x + q.y) - (xx + yy);
  const auto yz = (p.y + p.z) * (q.y + q.z) - (yy + zz);
  const auto xz = (p.x + p.z) * (q.x + q.z) - (xx + zz);
  const auto slope = xx + xx + xx;
  const auto bzz = C::timesB3(zz);
  const auto bxz = C::timesB3(xz);
  const auto sum = yy + bzz;
  const auto difference = yy - bzz;
  return {tight(xy * difference - yz * bxz), tight(bxz * slope + difference * sum), tight(sum * yz + slope * xy)};
}

template <class C>
KERNEL_NOINLINE Projective<C> add(const Projective<C>& p, const Projective<C>& q) {
  return addInline(p, q);
}

template <class C>
KERNEL_NOINLINE Projective<C> twice(const Projective<C>& p) {
  const auto yy = square(p.y);
  const auto y2 = yy + yy;
  const auto y4 = tight(y2 + y2);
  const auto y8 = y4 + y4;
  const auto bzz = C::timesB3(square(p.z));
  const auto sum = yy + bzz;
  const auto difference = tight(yy - (bzz + bzz + bzz));
  const auto xy = (p.x * p.y) * difference;
  return {tight(xy + xy), tight(bzz * y8 + difference * sum), tight((p.y * p.z) * y8)};
}

// The scalar's multiple by windows of four bits: 64 additions and 256 doublings. For the few single points of a proof.
template <class C>
KERNEL_NOINLINE Projective<C> multiply(const Projective<C>& p, const u64* scalar) {
  Projective<C> table[16];
  table[0] = Projective<C>::infinity();
  for (int i = 1; i < 16; i++) table[i] = add(table[i - 1], p);
  Projective<C> result = table[0];
  for (int i = 63; i >= 0; i--) {
    for (int k = 0; k < 4; k++) result = twice(result);
    result = add(result, table[(scalar[i >> 4] >> ((i & 15) * 4)) & 15]);
  }
  return result;
}

// The points of one row per lane; a row of zeros is infinity.
template <class C>
KERNEL_INLINE Projective<C> fromRows(const u64* base, const u32* refs) {
  Projective<C> p;
  C::loadPoint(base, refs, p.x, p.y);
  const auto isInfinity = C::isZeroRow(p.x) & C::isZeroRow(p.y);
  p.y = choose(isInfinity, C::one(), p.y);
  p.z = choose(isInfinity, C::zero(), C::one());
  return p;
}

// The points of as many consecutive rows as there are lanes.
template <class C>
KERNEL_INLINE Projective<C> fromRowsAt(const u64* base, u32 first) {
  u32 refs[C::lanes];
  for (u32 l = 0; l < (u32)C::lanes; l++) refs[l] = (first + l) << 1;
  return fromRows<C>(base, refs);
}

// Writes the affine point, canonical, as a row; infinity as zeros. Of the scalar backend only.
template <class C>
KERNEL_INLINE void toRow(u64* row, const Projective<C>& p) {
  if (isZero(p.z)) {
    for (int i = 0; i < C::words; i++) row[i] = 0;
    return;
  }
  const auto inverse = invert(p.z);
  const u32 number = 0;
  C::storePoint(row, &number, canonical(p.x * inverse), canonical(p.y * inverse));
}

}  // namespace KERNEL_NAMESPACE
