// Multi-exponentiation: the sum of scalar·point over many points, by signed-digit buckets (Pippenger 1976).
//
// With windows of c bits: per window one counting sort, one batch-affine addition per non-zero digit, and two additions
// per bucket; c doublings between windows.
#pragma once
#include "chains.h"
#include "digits.h"

namespace KERNEL_NAMESPACE {

// A query of a key: its points in the backend's form after the reserved rows, without those at infinity, and which
// scalar each belongs to (null: the one of the same number).
template <class C>
struct Bases {
  u64* table;
  u32* scalars;
  u32 count;
};

// The window that costs least for that many points: count·windows additions and
// 2^(c-1)·windows·2 more for the buckets, of 6 products each and some overhead.
inline int windowBits(u32 count) {
  int best = 2;
  double least = 1e300;
  for (int bits = 4; bits <= windowBitsMax; bits++) {
    const double cost = windowCount(bits) * (6.0 * count + 16.0 * (double)((u64)1 << (bits - 1)));
    if (cost < least) least = cost, best = bits;
  }
  return best;
}

template <class C>
class Msm {
 public:
  using Point = Projective<typename C::Scalar>;

  bool prepare(Arena& arena, u32 count, int bits) {
    bits_ = bits;
    const u32 buckets = (u32)1 << (bits - 1);
    entries_ = arena.take<u32>((size_t)count + 1);
    offsets_ = arena.take<u32>((size_t)buckets + 2);
    next_ = arena.take<u32>((size_t)buckets + 2);
    sums_ = arena.take<u64>((size_t)buckets * C::words);
    return entries_ && offsets_ && next_ && sums_ && buckets_.prepare(arena, count) &&
           chains_.prepare(arena, (u32)windowCount(bits), buckets);
  }

  bool failed() const { return buckets_.failed() || chains_.failed(); }

  // The sum of scalar·point.
  Point sum(const Bases<C>& bases, const i16* digits, size_t stride) {
    const u32 buckets = (u32)1 << (bits_ - 1);
    Point windows[windowsMax];
    pending_ = 0;
    for (int w = 0; w < windowCount(bits_); w++) {
      const u32 entries = sort(bases, digits + (size_t)w * stride);
      windows[w] = Point::infinity();
      if (entries == 0) continue;
      // Chains would take the slow way at every empty bucket.
      const bool isDense = entries >= 3 * buckets;
      if (isDense && chains_.isFull()) collect(windows);
      buckets_.accumulate(isDense ? chains_.next() : sums_, bases.table, entries_, offsets_, buckets);
      if (isDense) {
        chains_.push();
        chained_[pending_++] = w;
      } else {
        windows[w] = Buckets<C>::reduce(sums_, buckets);
      }
    }
    collect(windows);
    return combine(windows, bits_);
  }

 private:
  static constexpr int windowsMax = 64;

  // Takes the sums of the windows whose buckets wait in the chains.
  void collect(Point* windows) {
    chains_.run();
    for (u32 i = 0; i < pending_; i++) windows[chained_[i]] = chains_.windowSum(i);
    chains_.clear();
    pending_ = 0;
  }

  // Horner's rule over the windows.
  static Point combine(const Point* windows, int bits) {
    Point result = Point::infinity();
    for (int w = windowCount(bits) - 1; w >= 0; w--) {
      for (int k = 0; k < bits; k++) result = twice(result);
      result = add(result, windows[w]);
    }
    return result;
  }

  // Counting sort by the digit's magnitude. Bucket b holds the digits ±(b + 1). Returns how many are not zero. Whether a
  // digit is zero cannot be predicted, so there is no branch on it: zeros all go to the place behind the last entry.
  u32 sort(const Bases<C>& bases, const i16* digits) {
    const u32 buckets = (u32)1 << (bits_ - 1);
    for (u32 b = 0; b <= buckets + 1; b++) offsets_[b] = 0;
    for (u32 i = 0; i < bases.count; i++) offsets_[magnitude(digit(bases, digits, i))]++;
    const u32 total = bases.count - offsets_[0];
    u32 start = 0;
    for (u32 magnitude = 1; magnitude <= buckets; magnitude++) {
      const u32 size = offsets_[magnitude];
      offsets_[magnitude - 1] = next_[magnitude] = start;
      start += size;
    }
    offsets_[buckets] = start;
    next_[0] = total;
    for (u32 i = 0; i < bases.count; i++) {
      const int d = digit(bases, digits, i);
      const u32 m = magnitude(d), place = next_[m];
      entries_[place] = (i + reservedRows) << 1 | (u32)(d < 0);
      next_[m] = place + (m != 0);
    }
    return total;
  }

  static KERNEL_INLINE int digit(const Bases<C>& bases, const i16* digits, u32 i) {
    return digits[bases.scalars ? bases.scalars[i] : i];
  }
  static KERNEL_INLINE u32 magnitude(int digit) { return (u32)(digit < 0 ? -digit : digit); }

  int bits_ = 0;
  // Windows in the chains, in the order in which they came.
  u32 pending_ = 0;
  int chained_[windowsMax];
  u32* entries_ = nullptr;
  u32* offsets_ = nullptr;
  u32* next_ = nullptr;
  u64* sums_ = nullptr;
  Buckets<C> buckets_;
  Chains<C> chains_;
};

}  // namespace KERNEL_NAMESPACE
