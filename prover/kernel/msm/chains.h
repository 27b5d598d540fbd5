// The weighted bucket sums of many windows at once, by batch-affine additions.
//
// sum((j + 1)·bucket[j]) takes two additions per bucket, S += bucket and T += S from the last bucket on. One window alone
// is a chain in which every step waits for the one before, so it needs projective additions of 14 products; but cut into
// runs, all runs of all windows together are a thousand chains that step side by side, and a step is one batch at 6
// products per addition. A window's sum is then sum(T) + length·sum(run·S) over its few runs.
#pragma once
#include "buckets.h"

namespace KERNEL_NAMESPACE {

template <class C>
class Chains {
 public:
  using S = typename C::Scalar;

  // Room for the buckets of up to that many windows. False when memory ran out.
  bool prepare(Arena& arena, u32 windowsWanted, u32 buckets) {
    const u32 fitting = larger<u32>(1, (u32)(areaBytes / ((size_t)buckets * C::words * 8)));
    const u32 rounds = (windowsWanted + fitting - 1) / fitting;
    const u32 windows = windowsMax_ = (windowsWanted + rounds - 1) / rounds;
    buckets_ = buckets;
    length_ = smaller<u32>(buckets / C::lanes, 8);
    while (length_ * 2 <= buckets / C::lanes && (u64)windows * buckets / length_ > 1536) length_ *= 2;
    runs_ = buckets / length_;
    chainsMax_ = windows * runs_;
    adder_ = arena.take<BatchAdder<C>>(1);
    area_ = arena.take<u64>(((size_t)reservedRows + 2 * (size_t)chainsMax_ + (size_t)windows * buckets) * C::words);
    if (!adder_ || !area_) return false;
    fillReservedRows<C>(area_);
    adder_->start();
    windows_ = 0;
    return true;
  }

  bool failed() const { return adder_->failed; }

  // `run` and `clear` come before the next window.
  bool isFull() const { return windows_ == windowsMax_; }
  void clear() { windows_ = 0; }

  // Where the bucket sums of the next window go; `push` counts it in.
  u64* next() { return area_ + (size_t)bucketRow(windows_, 0) * C::words; }
  u32 push() { return windows_++; }

  // Steps all chains of the windows that were pushed.
  void run() {
    const u32 chains = windows_ * runs_;
    for (u32 chain = 0; chain < chains; chain++) {
      copyRow(totalRow(chain), bucketOf(chain, length_ - 1));
      copyRow(weightedRow(chain), bucketOf(chain, length_ - 1));
    }
    for (u32 j = length_ - 1; j-- > 0;) {
      for (u32 chain = 0; chain < chains; chain++) push(totalRow(chain), bucketOf(chain, j));
      adder_->flush(area_, area_);
      for (u32 chain = 0; chain < chains; chain++) push(weightedRow(chain), totalRow(chain));
      adder_->flush(area_, area_);
    }
  }

  // The sum of window number `window` after `run`.
  Projective<S> windowSum(u32 window) {
    // Run number i counts once more with i times its length: the sums of the runs are buckets themselves, from run 1 on.
    const u64* totals = area_ + (size_t)totalRow(window * runs_) * C::words;
    Projective<S> shifted = Buckets<C>::reduceAfterFirst(totals, runs_);
    for (u32 k = 1; k < length_; k *= 2) shifted = twice(shifted);
    return add(shifted, Buckets<C>::sumRows(area_ + (size_t)weightedRow(window * runs_) * C::words, runs_));
  }

 private:
  u32 totalRow(u32 chain) const { return reservedRows + chain; }
  u32 weightedRow(u32 chain) const { return reservedRows + chainsMax_ + chain; }
  u32 bucketRow(u32 window, u32 bucket) const { return reservedRows + 2 * chainsMax_ + window * buckets_ + bucket; }
  // Chain number w·runs + i is run i of window w.
  u32 bucketOf(u32 chain, u32 j) const { return bucketRow(0, 0) + chain * length_ + j; }

  KERNEL_INLINE void push(u32 sum, u32 summand) { adder_->push(area_, area_, sum << 1, summand << 1, sum); }

  void copyRow(u32 to, u32 from) {
    for (int i = 0; i < C::words; i++) area_[(size_t)to * C::words + i] = area_[(size_t)from * C::words + i];
  }

  // Where the buckets of all windows take more, they come in rounds of equal size.
  static constexpr size_t areaBytes = (size_t)6 << 20;

  u32 buckets_ = 0, length_ = 0, runs_ = 0, chainsMax_ = 0, windows_ = 0, windowsMax_ = 0;
  BatchAdder<C>* adder_ = nullptr;
  u64* area_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
