// Integers out of the bytes of a file or a message, least significant byte first, at any alignment.
#pragma once
#include "integers.h"

namespace KERNEL_NAMESPACE {

KERNEL_INLINE u32 read32(const u8* bytes) {
  u32 value;
  __builtin_memcpy(&value, bytes, 4);
  return value;
}

KERNEL_INLINE u64 read64(const u8* bytes) {
  u64 value;
  __builtin_memcpy(&value, bytes, 8);
  return value;
}

KERNEL_INLINE void readWords(u64* words, const u8* bytes, int count) {
  __builtin_memcpy(words, bytes, (size_t)count * 8);
}

}  // namespace KERNEL_NAMESPACE
