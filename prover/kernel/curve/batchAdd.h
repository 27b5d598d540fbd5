// Many affine additions with one inversion.
//
// Montgomery's trick over the denominators x2 - x1 of a whole batch: three products each for the inverses, then two
// products and a square for the sum; 5 M + 1 S per addition, where a projective one takes 14. Used for bucket sums as in
// Bernstein, Doumen, Lange and Oosterwijk 2012 ("Faster batch forgery identification"). Pairs with equal x or with a
// point at infinity do occur in real circuits: a filter that never misses finds them on the way, their denominators are
// replaced by one, and they are added one by one by the textbook's cases.
#pragma once
#include "projective.h"

namespace KERNEL_NAMESPACE {

// Rows 0 and 1 of every table and work area hold different x and fill up a batch; row 2 of a work area takes what such
// pairs add up to. Real rows begin at 3.
static constexpr u32 reservedRows = 3;

template <class C>
inline void fillReservedRows(u64* base) {
  for (u32 i = 0; i < reservedRows * C::words; i++) base[i] = 0;
  base[0] = 1;
  base[C::words] = 2;
}

// One addition by the textbook's cases: infinity, opposite points, doubling, else the chord. All lanes do the same.
template <class C>
KERNEL_SMALL void addOnePair(const u64* source, u64* target, u32 left, u32 right, u32 row) {
  constexpr int lanes = C::lanes;
  using Tight = typename C::Tight;
  u32 lefts[lanes], rights[lanes], rows[lanes];
  for (int i = 0; i < lanes; i++) lefts[i] = left, rights[i] = right, rows[i] = row;
  Tight x1, y1, x2, y2;
  C::loadPoint(source, lefts, x1, y1);
  C::loadPoint(source, rights, x2, y2);
  const bool isFirst = C::Field::bits(C::isZeroRow(x1) & C::isZeroRow(y1)) & 1;
  const bool isSecond = C::Field::bits(C::isZeroRow(x2) & C::isZeroRow(y2)) & 1;
  y1 = tight(negateWhere(C::Field::signs(lefts), y1));
  y2 = tight(negateWhere(C::Field::signs(rights), y2));
  if (isFirst) return C::storePoint(target, rows, x2, isSecond ? C::zero() : y2);
  if (isSecond) return C::storePoint(target, rows, x1, y1);
  Tight numerator = tight(y2 - y1), denominator = tight(x2 - x1), other = C::one();
  if (C::Field::bits(C::zeroWhere(denominator)) & 1) {
    if (!(C::Field::bits(C::zeroWhere(numerator)) & 1)) return C::storePoint(target, rows, C::zero(), C::zero());
    const auto xx = square(x1);
    numerator = tight(xx + xx + xx);
    denominator = tight(y1 + y1);
  }
  C::invertBoth(denominator, other);
  const Tight slope = numerator * denominator;
  const Tight x3 = tight(square(slope) - (x1 + x2));
  C::storePoint(target, rows, x3, tight((x1 - x3) * slope - y1));
}

template <class C>
struct BatchAdder {
  static constexpr int lanes = C::lanes;
  static constexpr u32 capacity = 2048;
  static constexpr u32 vectors = capacity / lanes;
  using Tight = typename C::Tight;
  using Difference = decltype(normal(Tight() - Tight()));

  u32 left[capacity], right[capacity], rows[capacity];
  u32 count;
  Tight prefix[vectors];
  Difference difference[vectors];
  u64 slowAdditions;
  bool failed;

  void start() {
    count = 0;
    slowAdditions = 0;
    failed = false;
  }

  // Queues source[a] + source[b] -> target[row]; a and b are references (row number, times two, plus sign).
  KERNEL_INLINE void push(const u64* source, u64* target, u32 a, u32 b, u32 row) {
    left[count] = a;
    right[count] = b;
    rows[count] = row;
    if (++count == capacity) flush(source, target);
  }

  KERNEL_NOINLINE void flush(const u64* source, u64* target) {
    if (count == 0) return;
    while (count % (2 * lanes)) {
      left[count] = 0;
      right[count] = 1 << 1;
      rows[count] = 2;
      count++;
    }
    const u32 size = count / lanes;
    Tight products[2] = {C::one(), C::one()};
    collect(source, target, size, products);
    if (!C::invertBoth(products[0], products[1])) failed = true;
    resolve(source, target, size, products);
    count = 0;
  }

  // First pass: denominators and their running products, in two chains that the processor can overlap.
  KERNEL_INLINE void collect(const u64* source, u64* target, u32 size, Tight* products) {
    constexpr u32 ahead = 16 / lanes + 1;
    for (u32 k = 0; k < size; k += 2) {
      if (k + ahead + 1 < size) prefetch(source, (k + ahead) * lanes);
      for (u32 chain = 0; chain < 2; chain++) {
        const u32 i = k + chain;
        const Tight x1 = C::loadX(source, left + i * lanes), x2 = C::loadX(source, right + i * lanes);
        Difference d = normal(x2 - x1);
        const auto suspects = C::mayClash(x1, x2);
        if (__builtin_expect(C::Field::bits(suspects) != 0, 0)) {
          addSuspects(source, target, C::Field::bits(suspects), i * lanes);
          d = choose(suspects, C::one(), d);
        }
        difference[i] = d;
        prefix[i] = products[chain];
        products[chain] = products[chain] * d;
      }
    }
  }

  // Bases are read in random order: ask for the cache lines of two vectors before they are needed.
  KERNEL_INLINE void prefetch(const u64* source, u32 first) {
    for (u32 i = first; i < first + 2 * lanes; i++) {
      __builtin_prefetch(source + (size_t)(left[i] >> 1) * C::words);
      __builtin_prefetch(source + (size_t)(right[i] >> 1) * C::words);
    }
  }

  // Second pass, backwards: peel one inverse after the other off the product's inverse, and add.
  KERNEL_INLINE void resolve(const u64* source, u64* target, u32 size, Tight* products) {
    for (u32 done = 0; done < size; done++) {
      const u32 i = size - 1 - done, chain = i & 1;
      const Tight inverse = products[chain] * prefix[i];
      products[chain] = products[chain] * difference[i];
      Tight x1, y1, x2, y2;
      C::loadPoint(source, left + i * lanes, x1, y1);
      C::loadPoint(source, right + i * lanes, x2, y2);
      const auto signed1 = negateWhere(C::Field::signs(left + i * lanes), y1);
      const auto signed2 = negateWhere(C::Field::signs(right + i * lanes), y2);
      const Tight slope = (signed2 - signed1) * inverse;
      const Tight x3 = tight(square(slope) - (x1 + x2));
      const Tight y3 = tight((x1 - x3) * slope - signed1);
      C::storePoint(target, rows + i * lanes, x3, y3);
    }
  }

  // Adds the suspected pairs of a vector at once and turns their own results to the reserved row. No other pair of a
  // batch reads or writes their rows.
  KERNEL_NOINLINE void addSuspects(const u64* source, u64* target, u32 suspects, u32 first) {
    for (u32 i = first; suspects; i++, suspects >>= 1) {
      if (!(suspects & 1)) continue;
      addOnePair<C>(source, target, left[i], right[i], rows[i]);
      rows[i] = 2;
      slowAdditions++;
    }
  }
};

}  // namespace KERNEL_NAMESPACE
