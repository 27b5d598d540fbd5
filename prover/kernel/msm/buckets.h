// The inner part of the bucket method (Pippenger 1976; Bernstein et al. 2012): entries sorted by digit are summed per
// bucket by batch-affine trees, and sum(j · bucket[j]) is taken by running sums.
//
// A group of buckets is worked on at once, as many as its first tree level leaves rows that fit the second-level cache.
#pragma once
#include "../arena.h"
#include "../curve/batchAdd.h"

namespace KERNEL_NAMESPACE {

template <class C>
class Buckets {
 public:
  // Rows of the work area beyond what one very full bucket needs: 512 KiB in G1.
  static constexpr u32 groupRows = 8192 * 8 / C::words;

  // `entriesMax` bounds how many entries one window can have. False when memory ran out.
  bool prepare(Arena& arena, u32 entriesMax) {
    adder_ = arena.take<BatchAdder<C>>(1);
    work_ = arena.take<u64>((size_t)(reservedRows + groupRows + entriesMax / 2 + 1) * C::words);
    if (!adder_ || !work_) return false;
    fillReservedRows<C>(work_);
    adder_->start();
    return true;
  }

  bool failed() const { return adder_->failed; }
  u64 slowAdditions() const { return adder_->slowAdditions; }

  // sums[b] becomes the sum of the entries of bucket b, infinity where there are none. Bucket b's entries are
  // entries[offsets[b]] up to entries[offsets[b + 1]], references into the table.
  void accumulate(u64* sums, const u64* table, const u32* entries, const u32* offsets, u32 buckets) {
    for (u32 first = 0; first < buckets;) {
      u32 end = first, rows = 0, longest = 0;
      while (end < buckets) {
        const u32 size = pairs(offsets, end);
        if (rows + size > groupRows && end > first) break;
        rows += size;
        longest = larger(longest, size);
        end++;
      }
      addEntries(table, entries, offsets, first, end);
      for (u32 stride = 1; stride < longest; stride *= 2) addLevel(offsets, first, end, stride);
      collect(sums, offsets, first, end);
      first = end;
    }
  }

  // The sum of (j + 1) · sums[j]. The buckets are cut into as many runs as there are lanes; each lane sums its run from
  // the top, S = sum of buckets and T = sum of the S; then run l counts once more with l times its length.
  static Projective<typename C::Scalar> reduce(const u64* sums, u32 buckets) { return reduceFrom(sums, buckets, 0); }

  // The sum of j · sums[j]: the same one bucket further on, with none in the last place.
  static Projective<typename C::Scalar> reduceAfterFirst(const u64* sums, u32 buckets) {
    return reduceFrom(sums, buckets, 1);
  }

  // The plain sum; `rows` is a multiple of the lanes.
  static Projective<typename C::Scalar> sumRows(const u64* sums, u32 rows) {
    constexpr u32 lanes = C::lanes;
    Projective<C> total = Projective<C>::infinity();
    for (u32 first = 0; first < rows; first += lanes) {
      total = add(total, fromRowsAt<C>(sums, first));
    }
    Projective<typename C::Scalar> totals[lanes];
    toScalars(totals, total);
    for (u32 l = 1; l < lanes; l++) totals[0] = add(totals[0], totals[l]);
    return totals[0];
  }

  static KERNEL_INLINE void toScalars(Projective<typename C::Scalar>* out, const Projective<C>& p) {
    typename C::Scalar::Tight parts[C::lanes];
    C::toScalar(parts, p.x);
    for (int i = 0; i < C::lanes; i++) out[i].x = parts[i];
    C::toScalar(parts, p.y);
    for (int i = 0; i < C::lanes; i++) out[i].y = parts[i];
    C::toScalar(parts, p.z);
    for (int i = 0; i < C::lanes; i++) out[i].z = parts[i];
  }

  static Projective<C> fromScalars(const Projective<typename C::Scalar>* in) {
    typename C::Scalar::Tight x[C::lanes], y[C::lanes], z[C::lanes];
    for (int i = 0; i < C::lanes; i++) x[i] = in[i].x, y[i] = in[i].y, z[i] = in[i].z;
    return {C::fromScalar(x), C::fromScalar(y), C::fromScalar(z)};
  }

 private:
  static Projective<typename C::Scalar> reduceFrom(const u64* sums, u32 buckets, u32 skip) {
    constexpr u32 lanes = C::lanes;
    using S = typename C::Scalar;
    const u32 length = buckets / lanes;
    Projective<C> total = Projective<C>::infinity(), weighted = total;
    for (u32 j = length; j-- > 0;) {
      u32 refs[lanes];
      // A bucket beyond the last is taken for bucket 0 and then made infinity.
      for (u32 l = 0; l < lanes; l++) refs[l] = ((l * length + j + skip) % buckets) << 1;
      const bool hasEnd = skip == 1 && j == length - 1;
      total = add(total, hasEnd ? withoutLastLane(fromRows<C>(sums, refs)) : fromRows<C>(sums, refs));
      weighted = add(weighted, total);
    }
    Projective<S> totals[lanes], weights[lanes];
    toScalars(totals, total);
    toScalars(weights, weighted);
    Projective<S> result = Projective<S>::infinity(), running = result, shifted = result;
    for (u32 l = lanes; l-- > 0;) {
      result = add(result, weights[l]);
      if (l == 0) break;
      running = add(running, totals[l]);
      shifted = add(shifted, running);
    }
    for (u32 k = 1; k < length; k *= 2) shifted = twice(shifted);
    return add(result, shifted);
  }

  static Projective<C> withoutLastLane(const Projective<C>& p) {
    Projective<typename C::Scalar> all[C::lanes];
    toScalars(all, p);
    all[C::lanes - 1] = Projective<typename C::Scalar>::infinity();
    return fromScalars(all);
  }

  static KERNEL_INLINE u32 pairs(const u32* offsets, u32 bucket) {
    return (offsets[bucket + 1] - offsets[bucket] + 1) / 2;
  }

  // First level: pairs of table rows; an odd one is copied.
  void addEntries(const u64* table, const u32* entries, const u32* offsets, u32 first, u32 end) {
    u32 row = reservedRows;
    for (u32 b = first; b < end; b++) {
      u32 i = offsets[b];
      for (; i + 1 < offsets[b + 1]; i += 2) adder_->push(table, work_, entries[i], entries[i + 1], row++);
      if (i < offsets[b + 1]) copy(row++, table, entries[i]);
    }
    adder_->flush(table, work_);
  }

  // Further levels: neighbours at a distance that doubles, in place.
  void addLevel(const u32* offsets, u32 first, u32 end, u32 stride) {
    u32 row = reservedRows;
    for (u32 b = first; b < end; b++) {
      const u32 size = pairs(offsets, b);
      for (u32 i = 0; i + stride < size; i += 2 * stride) {
        adder_->push(work_, work_, (row + i) << 1, (row + i + stride) << 1, row + i);
      }
      row += size;
    }
    adder_->flush(work_, work_);
  }

  void collect(u64* sums, const u32* offsets, u32 first, u32 end) {
    u32 row = reservedRows;
    for (u32 b = first; b < end; b++) {
      const u32 size = pairs(offsets, b);
      u64* out = sums + (size_t)b * C::words;
      for (int i = 0; i < C::words; i++) out[i] = size ? work_[(size_t)row * C::words + i] : 0;
      row += size;
    }
  }

  // A copy of a table row with its sign taken into account: 2p - y in each coordinate, as in negateWhere.
  void copy(u32 row, const u64* table, u32 ref) {
    const u64* in = table + (size_t)(ref >> 1) * C::words;
    u64* out = work_ + (size_t)row * C::words;
    for (int i = 0; i < C::words; i++) out[i] = in[i];
    if (!(ref & 1)) return;
    for (int i = C::words / 2; i < C::words; i += 4) {
      u64 borrow = 0, any = in[i] | in[i + 1] | in[i + 2] | in[i + 3];
      for (int j = 0; j < 4 && any; j++) out[i + j] = subtractBorrow(Twice<BaseField>::modulus[j], in[i + j], borrow);
    }
  }

  BatchAdder<C>* adder_ = nullptr;
  u64* work_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
