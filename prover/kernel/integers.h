// Machine integers of the kernel, and the two-word steps that multi-word arithmetic is made of.
//
// Every file of the core is compiled once per backend, each time with other instruction sets. So that the linker never
// merges an AVX-512 copy of a function with a portable one, a backend defines KERNEL_NAMESPACE and all code lies in it;
// for the same reason the core uses no templates of the standard library.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifndef KERNEL_NAMESPACE
#error "a backend's source file defines KERNEL_NAMESPACE before it includes the core"
#endif

#ifndef KERNEL_INLINE
#define KERNEL_INLINE inline __attribute__((always_inline))
#endif
#define KERNEL_NOINLINE __attribute__((noinline))
// For what runs seldom: in WebAssembly its loops over limbs are not unrolled, which is most of the module's size.
#if defined(__wasm__)
#define KERNEL_SMALL __attribute__((noinline, minsize))
#else
#define KERNEL_SMALL KERNEL_NOINLINE
#endif

namespace KERNEL_NAMESPACE {

using u8 = uint8_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i16 = int16_t;
using i64 = int64_t;
using u128 = unsigned __int128;
using i128 = __int128;

// a + b + carry; leaves the new carry, 0 or 1.
KERNEL_INLINE u64 addCarry(u64 a, u64 b, u64& carry) {
  const u128 sum = (u128)a + b + carry;
  carry = (u64)(sum >> 64);
  return (u64)sum;
}

// a - b - borrow; leaves the new borrow, 0 or 1.
KERNEL_INLINE u64 subtractBorrow(u64 a, u64 b, u64& borrow) {
  const u128 difference = (u128)a - b - borrow;
  borrow = (u64)(difference >> 64) & 1;
  return (u64)difference;
}

// a·b + c + carry never exceeds two words; leaves the upper one.
KERNEL_INLINE u64 multiplyAdd(u64 a, u64 b, u64 c, u64& carry) {
  const u128 sum = (u128)a * b + c + carry;
  carry = (u64)(sum >> 64);
  return (u64)sum;
}

KERNEL_INLINE bool isBelow(const u64* a, const u64* bound) {
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) subtractBorrow(a[i], bound[i], borrow);
  return borrow != 0;
}

// The smallest k with 2^k >= n.
KERNEL_INLINE int log2Ceil(u64 n) {
  int k = 0;
  while (((u64)1 << k) < n) k++;
  return k;
}

template <class T>
KERNEL_INLINE T smaller(T a, T b) {
  return a < b ? a : b;
}

template <class T>
KERNEL_INLINE T larger(T a, T b) {
  return a > b ? a : b;
}

}  // namespace KERNEL_NAMESPACE
