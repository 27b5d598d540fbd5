// Signed digits of scalars, for the bucket method.
//
// A scalar above (r - 1)/2 is first replaced by its negative, so that the small negative numbers of real witnesses have
// few digits; then it is cut into windows of c bits, and a digit above 2^(c-1) becomes negative and carries one into the
// next window. Since r/2 < 0.38·2^254, ceil(254 / c) windows never carry out.
#pragma once
#include "../constants.h"

namespace KERNEL_NAMESPACE {

static constexpr int windowBitsMax = 15;

KERNEL_INLINE int windowCount(int bits) { return (254 + bits - 1) / bits; }

// digits[w·stride + i] is the digit of scalar i in window w. A sum over all i of digit·2^(w·c) gives the scalar mod r.
inline void recode(i16* digits, size_t stride, const u64* scalars, size_t count, int bits) {
  const int windows = windowCount(bits);
  const u64 mask = ((u64)1 << bits) - 1, half = (u64)1 << (bits - 1);
  for (size_t i = 0; i < count; i++) {
    const u64* scalar = scalars + 4 * i;
    u64 value[5] = {scalar[0], scalar[1], scalar[2], scalar[3], 0};
    const bool negative = isBelow(halfOfR, scalar);
    if (negative) {
      u64 borrow = 0;
      for (int j = 0; j < 4; j++) value[j] = subtractBorrow(ScalarField::modulus64[j], scalar[j], borrow);
    }
    u64 carry = 0;
    for (int w = 0; w < windows; w++) {
      const int bit = w * bits, word = bit >> 6, shift = bit & 63;
      u64 window = value[word] >> shift;
      if (shift + bits > 64) window |= value[word + 1] << (64 - shift);
      i64 digit = (i64)((window & mask) + carry);
      carry = (u64)digit > half;
      if (carry) digit -= (i64)1 << bits;
      digits[(size_t)w * stride + i] = (i16)(negative ? -digit : digit);
    }
  }
}

}  // namespace KERNEL_NAMESPACE
