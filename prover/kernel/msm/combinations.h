// Many short sums over one row of points: what a wire's point is in a key that comes from a phase 1, where a column of a
// sparse matrix meets a Lagrange basis.
//
// Straus 1964 over all sums at once: from the top window on, every sum is doubled and gets one multiple of a point per
// digit that is not zero. The digits' points are added by the batch-affine trees of buckets.h, where a sum is a bucket;
// doublings and the addition to what is there are complete and run lane by lane. Nearly all coefficients of real circuits
// are ±1 or powers of two and have one digit.
#pragma once
#include "../curve/fileForm.h"
#include "../curve/normalize.h"
#include "buckets.h"
#include "digits.h"

namespace KERNEL_NAMESPACE {

// Sum number k runs over the terms starts[k] up to starts[k + 1]; a term is the number of a point and a scalar.
struct Terms {
  const u8* starts;
  const u8* points;
  const u8* scalars;
  u32 sums;

  u32 start(u32 k) const { return read32(starts + 4 * (size_t)k); }
  u32 point(u32 i) const { return read32(points + 4 * (size_t)i); }

  // Whether starts begin with 0 and never fall, and every point and scalar is one.
  bool isSound(u32 pointCount) const {
    if (start(0) != 0) return false;
    for (u32 k = 0; k < sums; k++) {
      if (start(k + 1) < start(k)) return false;
    }
    for (u32 i = 0; i < start(sums); i++) {
      u64 words[4];
      readWords(words, scalars + 32 * (size_t)i, 4);
      if (point(i) >= pointCount || !isBelow(words, ScalarField::modulus64)) return false;
    }
    return true;
  }
};

template <class C>
class Combinations {
 public:
  // Writes the sums as files hold points. `points` are of order r, as files hold them; `terms` are sound.
  int run(Arena& arena, u8* out, const u8* points, u32 pointCount, const Terms& terms) {
    u32 termsMax = 0;
    for (u32 k = 0; k < terms.sums; k += block) {
      termsMax = larger(termsMax, terms.start(smaller(terms.sums, k + block)) - terms.start(k));
    }
    totals_ = arena.take<Projective<C>>(block / C::lanes);
    sums_ = arena.take<u64>((size_t)block * C::words);
    offsets_ = arena.take<u32>(block + 1);
    digits_ = arena.take<i16>((size_t)windowCount(bits) * termsMax + 1);
    entries_ = arena.take<u32>((size_t)termsMax + 1);
    const bool isReady = totals_ && sums_ && offsets_ && digits_ && entries_ && buckets_.prepare(arena, termsMax) &&
                         normalizer_.prepare(arena, block / C::lanes);
    if (!isReady) return kernelNoMemory;
    const int status = fillTable(arena, points, pointCount);
    if (status != kernelOk) return status;
    for (u32 first = 0; first < terms.sums; first += block) {
      const u32 count = smaller(block, terms.sums - first);
      sumBlock(terms, first, count);
      if (!normalizer_.write(sums_, 0, totals_, vectorsOf(count))) return kernelZeroDenominator;
      writeRows<C>(out + (size_t)first * C::words * 8, sums_, 0, count);
    }
    return buckets_.failed() ? kernelZeroDenominator : kernelOk;
  }

 private:
  // Signed digits of three bits: four multiples of each point. So many sums at once keep the digits in bounds.
  static constexpr int bits = 3;
  static constexpr u32 multiples = (u32)1 << (bits - 1), block = 4096;

  static u32 vectorsOf(u32 count) { return (count + C::lanes - 1) / C::lanes; }

  u32 rowOf(u32 point, u32 multiple) const { return reservedRows + (multiple - 1) * stride_ + point; }

  // Multiple m of all points lies in a stretch of its own, whole vectors long.
  int fillTable(Arena& arena, const u8* points, u32 count) {
    const u32 vectors = vectorsOf(count), some = block / C::lanes;
    stride_ = vectors * C::lanes;
    table_ = arena.take<u64>(((size_t)reservedRows + multiples * (size_t)stride_) * C::words);
    if (!table_) return kernelNoMemory;
    fillReservedRows<C>(table_);
    if (!readRows<C>(table_ + (size_t)rowOf(0, 1) * C::words, points, count, stride_)) return kernelBadPoint;
    for (u32 m = 2; m <= multiples; m++) {
      for (u32 first = 0; first < vectors; first += some) {
        const u32 size = smaller(some, vectors - first);
        for (u32 v = 0; v < size; v++) totals_[v] = add(rows(first + v, m - 1), rows(first + v, 1));
        if (!normalizer_.write(table_, rowOf(first * C::lanes, m), totals_, size)) return kernelZeroDenominator;
      }
    }
    return kernelOk;
  }

  Projective<C> rows(u32 vector, u32 multiple) const { return fromRowsAt<C>(table_, rowOf(vector * C::lanes, multiple)); }

  // The sums from `first` on into totals_.
  void sumBlock(const Terms& terms, u32 first, u32 count) {
    const u32 start = terms.start(first), termCount = terms.start(first + count) - start, vectors = vectorsOf(count);
    cutScalars(terms.scalars + 32 * (size_t)start, termCount);
    for (u32 v = 0; v < vectors; v++) totals_[v] = Projective<C>::infinity();
    for (size_t i = 0; i < (size_t)vectors * C::lanes * C::words; i++) sums_[i] = 0;
    bool any = false;
    for (int w = windowCount(bits) - 1; w >= 0; w--) {
      for (int k = 0; any && k < bits; k++) {
        for (u32 v = 0; v < vectors; v++) totals_[v] = twice(totals_[v]);
      }
      if (!sortWindow(terms, first, count, digits_ + (size_t)w * termCount)) continue;
      any = true;
      buckets_.accumulate(sums_, table_, entries_, offsets_, count);
      for (u32 v = 0; v < vectors; v++) totals_[v] = add(totals_[v], fromRowsAt<C>(sums_, v * C::lanes));
    }
  }

  // Digit w of term i is digits_[w·count + i].
  void cutScalars(const u8* scalars, u32 count) {
    for (u32 first = 0; first < count; first += 64) {
      u64 words[4 * 64];
      const u32 some = smaller<u32>(64, count - first);
      readWords(words, scalars + 32 * (size_t)first, (int)(4 * some));
      recode(digits_ + first, count, words, some, bits);
    }
  }

  // The entries of a window, bucket by bucket, as references into the table. False when there are none.
  bool sortWindow(const Terms& terms, u32 first, u32 count, const i16* digits) {
    const u32 start = terms.start(first);
    u32 place = 0;
    for (u32 k = 0; k < count; k++) {
      offsets_[k] = place;
      for (u32 i = terms.start(first + k); i < terms.start(first + k + 1); i++) {
        const int d = digits[i - start];
        if (d != 0) entries_[place++] = rowOf(terms.point(i), (u32)(d < 0 ? -d : d)) << 1 | (u32)(d < 0);
      }
    }
    offsets_[count] = place;
    return place > 0;
  }

  u32 stride_ = 0;
  Projective<C>* totals_ = nullptr;
  u64* sums_ = nullptr;
  u64* table_ = nullptr;
  i16* digits_ = nullptr;
  u32* entries_ = nullptr;
  u32* offsets_ = nullptr;
  Buckets<C> buckets_;
  Normalizer<C> normalizer_;
};

}  // namespace KERNEL_NAMESPACE
