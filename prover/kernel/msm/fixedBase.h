// Multiples of a group's generator by many scalars, for set-up: Yao's and Brickell's fixed-base windows with signed
// digits and batch-affine additions.
//
// A table holds j·2^(wk)·G for every window k and 1 <= j <= 2^(w-1); a multiple is then one addition per window, 22 of
// them for w = 12, each 5 M + 1 S. Table and sums lie in one area, because a batch adds rows of one area.
#pragma once
#include "../curve/fileForm.h"
#include "digits.h"

namespace KERNEL_NAMESPACE {

template <class C>
class FixedBase {
 public:
  using S = typename C::Scalar;
  static constexpr u32 chunk = 2048;

  bool prepare(Arena& arena, const u64* generator, int bits) {
    bits_ = bits;
    windows_ = (u32)windowCount(bits);
    half_ = (u32)1 << (bits - 1);
    sums_ = reservedRows + windows_ * half_;
    adder_ = arena.take<BatchAdder<C>>(1);
    area_ = arena.take<u64>((size_t)(sums_ + chunk + C::lanes) * C::words);
    digits_ = arena.take<i16>((size_t)windows_ * chunk);
    if (!adder_ || !area_ || !digits_) return false;
    adder_->start();
    fillReservedRows<C>(area_);
    fillBases(generator);
    fillMultiples();
    return !adder_->failed;
  }

  // Writes the multiples as `.zkey` files hold them; zeros for a scalar of 0. Scalars are canonical, 32 bytes each.
  bool multiply(u8* out, const u8* scalars, u64 count) {
    for (u64 done = 0; done < count; done += chunk) {
      const u32 size = (u32)smaller<u64>(chunk, count - done);
      sumChunk(scalars + 32 * done, size);
      writeRows<C>(out + (u64)C::words * 8 * done, area_, sums_, size);
    }
    return !adder_->failed;
  }

 private:
  u32 rowOf(u32 window, u32 j) const { return reservedRows + window * half_ + j - 1; }

  // The first entry of each window: doublings of the generator.
  void fillBases(const u64* generator) {
    Projective<S> base = fromRowsAt<S>(generator, 0);
    for (u32 k = 0; k < windows_; k++) {
      toRow(area_ + (size_t)rowOf(k, 1) * C::words, base);
      for (int i = 0; i < bits_; i++) base = twice(base);
      convertOne(rowOf(k, 1));
    }
  }

  void convertOne(u32 row) {
    u64 rows[C::lanes * C::words];
    u64* in = area_ + (size_t)row * C::words;
    for (int l = 0; l < C::lanes; l++) {
      for (int i = 0; i < C::words; i++) rows[l * C::words + i] = in[i];
    }
    convertRows<C>(rows, 0);
    for (int i = 0; i < C::words; i++) in[i] = rows[i];
  }

  // With entries 1 … m known, entry m + j is their sum of the last and the j-th; all windows go in the same batches.
  void fillMultiples() {
    for (u32 known = 1; known < half_; known *= 2) {
      for (u32 k = 0; k < windows_; k++) {
        for (u32 j = 1; j <= known; j++) {
          adder_->push(area_, area_, rowOf(k, known) << 1, rowOf(k, j) << 1, rowOf(k, known + j));
        }
      }
      adder_->flush(area_, area_);
    }
  }

  void sumChunk(const u8* scalars, u32 size) {
    u64 words[4 * 64];
    for (u32 first = 0; first < size; first += 64) {
      const u32 some = smaller<u32>(64, size - first);
      readWords(words, scalars + (size_t)32 * first, (int)(4 * some));
      recode(digits_ + first, chunk, words, some, bits_);
    }
    for (u32 k = 0; k < windows_; k++) {
      const i16* digits = digits_ + (size_t)k * chunk;
      for (u32 i = 0; i < size; i++) {
        if (k == 0) clear(sums_ + i);
        const int d = digits[i];
        if (d == 0) continue;
        const u32 entry = rowOf(k, (u32)(d < 0 ? -d : d)) << 1 | (d < 0);
        adder_->push(area_, area_, (sums_ + i) << 1, entry, sums_ + i);
      }
      adder_->flush(area_, area_);
    }
  }

  void clear(u32 row) {
    for (int i = 0; i < C::words; i++) area_[(size_t)row * C::words + i] = 0;
  }

  int bits_ = 0;
  u32 windows_ = 0, half_ = 0, sums_ = 0;
  BatchAdder<C>* adder_ = nullptr;
  u64* area_ = nullptr;
  i16* digits_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
