// Portable arithmetic on four 64-bit limbs, values in [0, 2p): the slow twin of every other backend.
//
// Montgomery multiplication by operand scanning (Koç, Acar and Kaliski 1996, "CIOS"): per row 4 products for a·b[i] and
// 4 for the multiple of p that clears the lowest limb; 36 word products in all. Since p < 2^254, rows never carry out
// of five limbs, and (2p)² / 2^256 + p < 2p keeps results in range without a final subtraction.
#pragma once
#include "../constants.h"

namespace KERNEL_NAMESPACE {

struct ArithGeneric {
  template <class P>
  static KERNEL_INLINE void multiply(u64* out, const u64* a, const u64* b) {
    u64 t[5] = {0, 0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
      u64 carry = 0;
      for (int j = 0; j < 4; j++) t[j] = multiplyAdd(a[j], b[i], t[j], carry);
      t[4] = carry;
      const u64 m = t[0] * P::negInverse64;
      carry = 0;
      multiplyAdd(m, P::modulus64[0], t[0], carry);
      for (int j = 1; j < 4; j++) t[j - 1] = multiplyAdd(m, P::modulus64[j], t[j], carry);
      t[3] = t[4] + carry;
    }
    for (int j = 0; j < 4; j++) out[j] = t[j];
  }

  // out = a - bound where that is not negative, else a.
  static KERNEL_INLINE void subtractOnce(u64* out, const u64* a, const u64* bound) {
    u64 borrow = 0, difference[4];
    for (int i = 0; i < 4; i++) difference[i] = subtractBorrow(a[i], bound[i], borrow);
    for (int i = 0; i < 4; i++) out[i] = borrow ? a[i] : difference[i];
  }

  static KERNEL_INLINE void add(u64* out, const u64* a, const u64* b, const u64* twiceModulus) {
    u64 carry = 0, sum[4];
    for (int i = 0; i < 4; i++) sum[i] = addCarry(a[i], b[i], carry);
    subtractOnce(out, sum, twiceModulus);
  }

  static KERNEL_INLINE void subtract(u64* out, const u64* a, const u64* b, const u64* twiceModulus) {
    u64 borrow = 0, carry = 0, difference[4];
    for (int i = 0; i < 4; i++) difference[i] = subtractBorrow(a[i], b[i], borrow);
    const u64 mask = 0 - borrow;
    for (int i = 0; i < 4; i++) out[i] = addCarry(difference[i], twiceModulus[i] & mask, carry);
  }
};

}  // namespace KERNEL_NAMESPACE
