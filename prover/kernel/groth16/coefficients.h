// The values of a key's coefficients, each kept once: a circuit has hundreds of thousands of coefficients, but they are
// 1, -1, powers of two and the constants of its hash functions. A table that is hashed by value finds them again.
#pragma once
#include "../arena.h"
#include "../constants.h"

namespace KERNEL_NAMESPACE {

class Coefficients {
 public:
  // The numbers of 1 and -1; those of all other values follow.
  static constexpr u32 plus = 0, minus = 1, firstGeneral = 2;

  // Room for so many different values. False when memory ran out.
  bool prepare(Arena& scratch, u32 most) {
    if (most >> 29) return false;
    const u32 bits = (u32)log2Ceil(most) + 1;
    shift_ = 64 - bits;
    mask_ = ((u32)1 << bits) - 1;
    slots_ = scratch.take<u32>((size_t)mask_ + 1);
    values_ = scratch.take<u64>(((size_t)most + firstGeneral) * 4);
    if (!slots_ || !values_) return false;
    for (size_t i = 0; i <= mask_; i++) slots_[i] = none;
    u64 words[4], borrow = 0;
    for (int i = 0; i < 4; i++) words[i] = ScalarField::rSquared64[i];
    number(words);
    for (int i = 0; i < 4; i++) words[i] = subtractBorrow(ScalarField::modulus64[i], words[i], borrow);
    number(words);
    return true;
  }

  // The number of a value, in the form of the file.
  u32 number(const u64* words) {
    u32 slot = (u32)(((words[0] ^ words[2] << 1 ^ words[3]) * 0x9e3779b97f4a7c15u) >> shift_);
    for (u32 probe = 0; probe < probesMax; probe++, slot = (slot + 1) & mask_) {
      if (slots_[slot] == none) {
        slots_[slot] = count_;
        return append(words);
      }
      if (isSame(values_ + 4 * (size_t)slots_[slot], words)) return slots_[slot];
    }
    return append(words);
  }

  u32 count() const { return count_; }
  const u64* words(u32 number) const { return values_ + 4 * (size_t)number; }

 private:
  static constexpr u32 none = ~(u32)0;
  // A key that was made to collide has values twice instead of taking for ever.
  static constexpr u32 probesMax = 32;

  u32 append(const u64* words) {
    for (int i = 0; i < 4; i++) values_[4 * (size_t)count_ + i] = words[i];
    return count_++;
  }

  static bool isSame(const u64* a, const u64* b) {
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
  }

  u32* slots_ = nullptr;
  u64* values_ = nullptr;
  u32 shift_ = 0, mask_ = 0, count_ = 0;
};

}  // namespace KERNEL_NAMESPACE
