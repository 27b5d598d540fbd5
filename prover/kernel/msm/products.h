// The sum of scalar·point over points as files hold them: what Msm computes, from bytes.
#pragma once
#include "../groth16/bases.h"
#include "digits.h"

namespace KERNEL_NAMESPACE {

// Scalars of 32 bytes, below r. One above (r - 1)/2 stands for its difference from r, so its point has to have order r;
// for smaller ones any point of the curve will do: G2's twist has odd order, for which the complete formulas hold too.
template <class C>
inline int sumProducts(Arena& arena, Projective<typename C::Scalar>& sum, const u8* points, const u8* scalars,
                       u32 count) {
  Bases<C> bases;
  const int status = readBases<C>(bases, arena, points, count, 0);
  if (status != kernelOk) return status;
  const int bits = windowBits(bases.count);
  u64* words = arena.take<u64>(4 * (size_t)count + 4);
  i16* digits = arena.take<i16>((size_t)windowCount(bits) * (count + 1));
  Msm<C> msm;
  if (!words || !digits || !msm.prepare(arena, bases.count, bits)) return kernelNoMemory;
  for (u32 i = 0; i < count; i++) {
    readWords(words + 4 * (size_t)i, scalars + 32 * (size_t)i, 4);
    if (!isBelow(words + 4 * (size_t)i, ScalarField::modulus64)) return kernelBadArgument;
  }
  recode(digits, count, words, count, bits);
  sum = msm.sum(bases, digits, count);
  return msm.failed() ? kernelZeroDenominator : kernelOk;
}

}  // namespace KERNEL_NAMESPACE
