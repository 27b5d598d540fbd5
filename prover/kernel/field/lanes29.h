// A prime field in two lanes of WebAssembly SIMD: nine limbs of 29 bits, Montgomery form with R = 2^261.
//
// A 128-bit register holds one limb of both lanes, each as 32-bit words 0 and 1 (words 2 and 3 repeat them), so that
// extmul_low multiplies both into 64-bit sums; eighteen products of 29 bits and a carry stay below 2^63. As in
// lanes52.h the types carry the bounds: R is 168 times p, and products are in range when the bounds of the factors
// multiply to at most 160. The modulus is read from memory, since a constant operand costs more instructions there.
#pragma once
#include <wasm_simd128.h>

#include "field64.h"

namespace KERNEL_NAMESPACE {

using Pair = v128_t;

static constexpr u32 mask29 = ((u32)1 << 29) - 1;

// Values below K·p. Each limb is a sum of at most U normalised limbs (0 <= limb < 2^29) less a sum of at most D of them;
// U = 1, D = 0 is the normalised form. Four either way still fit 32 bits with a carry on top.
template <class P, int K, int U, int D>
struct Lanes29 {
  static_assert(U <= 4 && D <= 4, "too many summands: normalise in between");
  Pair limb[9];
};

// k·p as nine limbs, known to the compiler; the top one takes what is left.
template <class P>
struct Multiple29 {
  u32 limb[9];
  constexpr explicit Multiple29(u64 k) : limb{} {
    u64 carry = 0;
    for (int i = 0; i < 9; i++) {
      carry += (u64)P::modulus29[i] * k;
      limb[i] = i < 8 ? (u32)carry & mask29 : (u32)carry;
      carry >>= 29;
    }
  }
};

// k·p with each limb repeated over a register.
template <class P, int K>
struct Splatted29 {
  alignas(16) u32 word[9][4];
  constexpr Splatted29() : word{} {
    const Multiple29<P> multiple(K);
    for (int i = 0; i < 9; i++) {
      for (int j = 0; j < 4; j++) word[i][j] = multiple.limb[i];
    }
  }
  KERNEL_INLINE Pair limb(int i) const { return wasm_v128_load(word[i]); }
};

template <class P, int K>
inline constexpr Splatted29<P, K> splatted29{};

// The compiler must not see through the table, or it would rebuild every constant from immediates.
template <class P, int K>
KERNEL_INLINE const Splatted29<P, K>& hidden29() {
  const Splatted29<P, K>* table = &splatted29<P, K>;
  __asm__("" : "+r"(table));
  return *table;
}

// 64-bit sums to the packed form: their low words.
KERNEL_INLINE Pair packed(Pair a) { return wasm_i32x4_shuffle(a, a, 0, 2, 0, 2); }
KERNEL_INLINE Pair product(Pair a, Pair b) { return wasm_u64x2_extmul_low_u32x4(a, b); }

// Limbs may be negative here as long as the whole is not: the shift keeps the sign.
template <class P, int K, int U, int D>
KERNEL_INLINE Lanes29<P, K, 1, 0> normal(const Lanes29<P, K, U, D>& a) {
  Lanes29<P, K, 1, 0> out;
  if constexpr (U == 1 && D == 0) {
    for (int i = 0; i < 9; i++) out.limb[i] = a.limb[i];
  } else {
    const Pair mask = wasm_i32x4_const_splat((int)mask29);
    Pair carry = a.limb[0];
    for (int i = 0; i < 8; i++) {
      out.limb[i] = wasm_v128_and(carry, mask);
      carry = wasm_i32x4_add(a.limb[i + 1], wasm_i32x4_shr(carry, 29));
    }
    out.limb[8] = carry;
  }
  return out;
}

template <class P, int A, int UA, int DA, int B, int UB, int DB>
KERNEL_INLINE auto operator+(const Lanes29<P, A, UA, DA>& a, const Lanes29<P, B, UB, DB>& b) {
  Lanes29<P, A + B, UA + UB, DA + DB> out;
  for (int i = 0; i < 9; i++) out.limb[i] = wasm_i32x4_add(a.limb[i], b.limb[i]);
  return out;
}

// a - b + B·p, so that the result is not negative.
template <class P, int A, int UA, int DA, int B, int UB, int DB>
KERNEL_INLINE auto operator-(const Lanes29<P, A, UA, DA>& a, const Lanes29<P, B, UB, DB>& b) {
  const auto& shift = hidden29<P, B>();
  Lanes29<P, A + B, UA + DB + 1, DA + UB> out;
  for (int i = 0; i < 9; i++) {
    out.limb[i] = wasm_i32x4_add(wasm_i32x4_sub(a.limb[i], b.limb[i]), shift.limb(i));
  }
  return out;
}

static constexpr int productBound29 = 160;

template <class P, int A, int UA, int DA, int B, int UB, int DB>
constexpr bool canMultiply(const Lanes29<P, A, UA, DA>*, const Lanes29<P, B, UB, DB>*) {
  return A * B <= productBound29;
}

// Operand scanning, one row per limb of b. Not inlined: the code would grow a hundredfold.
template <class P>
KERNEL_NOINLINE void multiply29(Pair* out, const Pair* a, const Pair* b) {
  const auto& p = hidden29<P, 1>();
  const Pair inverse = wasm_i32x4_const_splat((int)P::negInverse29), mask = wasm_i32x4_const_splat((int)mask29);
  Pair t[9];
#pragma unroll
  for (int i = 0; i < 9; i++) {
    const Pair bi = b[i];
    Pair lowest = product(a[0], bi);
    if (i > 0) lowest = wasm_i64x2_add(t[0], lowest);
    const Pair m = wasm_v128_and(wasm_i32x4_mul(packed(lowest), inverse), mask);
    lowest = wasm_i64x2_add(lowest, product(m, p.limb(0)));
#pragma unroll
    for (int j = 1; j < 9; j++) {
      const Pair sum = wasm_i64x2_add(product(a[j], bi), product(m, p.limb(j)));
      t[j - 1] = i > 0 && j < 8 ? wasm_i64x2_add(t[j], sum) : sum;
    }
    t[0] = wasm_i64x2_add(t[0], wasm_u64x2_shr(lowest, 29));
  }
  const Pair mask64 = wasm_i64x2_const_splat((i64)mask29);
  Pair carry = t[0];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    out[i] = packed(wasm_v128_and(carry, mask64));
    carry = i < 7 ? wasm_i64x2_add(t[i + 1], wasm_u64x2_shr(carry, 29)) : wasm_u64x2_shr(carry, 29);
  }
  out[8] = packed(carry);
}

template <class P, int A, int UA, int DA, int B, int UB, int DB>
KERNEL_INLINE auto operator*(const Lanes29<P, A, UA, DA>& left, const Lanes29<P, B, UB, DB>& right) {
  static_assert(A * B <= productBound29, "factors too large: make one of them tight");
  const auto a = normal(left);
  const auto b = normal(right);
  Lanes29<P, 2, 1, 0> out;
  multiply29<P>(out.limb, a.limb, b.limb);
  return out;
}

template <class P, int A, int U, int D>
KERNEL_INLINE Lanes29<P, 2, 1, 0> square(const Lanes29<P, A, U, D>& value) {
  const auto a = normal(value);
  return a * a;
}

// One step of a reduction: where the top limb shows that the value exceeds m·p, takes that off the estimate and notes
// the multiple's limbs.
template <class P, int M>
KERNEL_INLINE void noteMultiple29(Pair& estimate, Pair* multiple) {
  const auto& table = hidden29<P, M>();
  const Pair exceeds = wasm_i32x4_gt(estimate, table.limb(8));
  const Pair topUp = wasm_i32x4_add(table.limb(8), wasm_i32x4_const_splat(1));
  estimate = wasm_i32x4_sub(estimate, wasm_v128_and(exceeds, topUp));
  for (int i = 0; i < 9; i++) multiple[i] = wasm_i32x4_add(multiple[i], wasm_v128_and(exceeds, table.limb(i)));
}

// How many of the multiples 8, 4, 2 and 1 of p a value below K·p can take off at most.
constexpr int multiplesMax29(int k) {
  int most = 0;
  for (int n = 1; n < k; n++) {
    const int bits = (n & 1) + (n >> 1 & 1) + (n >> 2 & 1) + (n >> 3 & 1);
    most = bits > most ? bits : most;
  }
  return most;
}

// Reduces below 2p by multiples 8, 4, 2 and 1 of p, as many of them as the bound asks for. The estimate of the top limb
// starts 4 low, for carries that are pending, and loses one more per step, so that nothing becomes negative; what is
// left is below p + 12·2^232 < 2p.
template <class P, int K, int U, int D>
KERNEL_INLINE Lanes29<P, 2, 1, 0> tight(const Lanes29<P, K, U, D>& a) {
  if constexpr (K <= 2) {
    const auto same = normal(a);
    Lanes29<P, 2, 1, 0> out;
    for (int i = 0; i < 9; i++) out.limb[i] = same.limb[i];
    return out;
  } else if constexpr (D + multiplesMax29(K) > 4) {
    // The multiples' limbs would be too many to take off: they count as summands like all others.
    return tight(normal(a));
  } else {
    static_assert(K <= 16, "too large to reduce");
    Pair estimate = wasm_i32x4_sub(a.limb[8], wasm_i32x4_const_splat(4));
    Pair multiple[9];
    for (int i = 0; i < 9; i++) multiple[i] = wasm_i32x4_const_splat(0);
    if constexpr (K > 8) noteMultiple29<P, 8>(estimate, multiple);
    if constexpr (K > 4) noteMultiple29<P, 4>(estimate, multiple);
    noteMultiple29<P, 2>(estimate, multiple);
    noteMultiple29<P, 1>(estimate, multiple);
    Lanes29<P, 2, U, D + multiplesMax29(K)> out;
    for (int i = 0; i < 9; i++) out.limb[i] = wasm_i32x4_sub(a.limb[i], multiple[i]);
    return normal(out);
  }
}

template <class P, int K, int U, int D>
KERNEL_INLINE Lanes29<P, 2, 1, 0> timesNine(const Lanes29<P, K, U, D>& a) {
  Lanes29<P, 2, 1, 0> nine;
  for (int i = 0; i < 9; i++) nine.limb[i] = wasm_i32x4_splat((int)P::nine29[i]);
  return a * nine;
}

template <class P, int A, int B>
KERNEL_INLINE auto choose(Pair mask, const Lanes29<P, A, 1, 0>& yes, const Lanes29<P, B, 1, 0>& no) {
  Lanes29<P, (A > B ? A : B), 1, 0> out;
  for (int i = 0; i < 9; i++) out.limb[i] = wasm_v128_bitselect(yes.limb[i], no.limb[i], mask);
  return out;
}

// 2p - a in the lanes of the mask. The bound grows to 3, for 2p itself stands for minus zero.
template <class P>
KERNEL_INLINE Lanes29<P, 3, 1, 1> negateWhere(Pair mask, const Lanes29<P, 2, 1, 0>& a) {
  const auto& twice = hidden29<P, 2>();
  Lanes29<P, 3, 1, 1> out;
  for (int i = 0; i < 9; i++) {
    out.limb[i] = wasm_v128_bitselect(wasm_i32x4_sub(twice.limb(i), a.limb[i]), a.limb[i], mask);
  }
  return out;
}

}  // namespace KERNEL_NAMESPACE
