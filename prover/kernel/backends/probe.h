// Single operations of the core, for tests that hold each backend against other implementations. Numbers come and go as
// canonical integers of 32 bytes, least significant first. Points come as `.zkey` files hold them (Montgomery form with
// R = 2^256, x then y, real parts first, infinity as zeros) and go as integers in the same order.
#pragma once
#include "../groth16/quotient.h"
#include "../msm/products.h"

namespace KERNEL_NAMESPACE {

enum ProbeOperation : int {
  probeFq = 0,  // pairs of numbers: `probeField`
  probeFr = 1,
  probeFq2 = 2,          // pairs of Fq2: `probeQuadratic`
  probeBatchG1 = 3,      // pairs of points, the second negated: sums by batch-affine addition
  probeBatchG2 = 4,
  probeProjectiveG1 = 5,  // pairs of points P, Q: P + Q, 2P and 3P + Q by the complete formulas
  probeProjectiveG2 = 6,
  probeMsmG1 = 7,  // points, then as many scalars: their sum of products
  probeMsmG2 = 8,
  probeTransform = 9,  // 2^k values on the domain: 2^k times the polynomial's values on the shifted coset
};

// The same element with the largest number that a bound of k·p lets through.
template <int K, class F>
KERNEL_INLINE auto lift(const typename F::Tight& value) {
  return F::template lift<K>(value);
}

// The numbers `which`, `which + step`, … from `first` on, one per lane; 1 beyond the last.
template <class F>
KERNEL_SMALL typename F::Tight loadIntegers(const u8* in, u64 first, u64 count, u64 step, u64 which) {
  typename F::Scalar::Tight values[F::lanes];
  for (u64 l = 0; l < (u64)F::lanes; l++) {
    u64 words[4] = {1, 0, 0, 0};
    if (first + l < count) __builtin_memcpy(words, in + 32 * (step * (first + l) + which), 32);
    values[l] = F::Scalar::fromInteger(words);
  }
  // Canonical in the form of the lanes, so that a lifted value is the largest of its bound.
  alignas(64) u64 rows[4 * F::lanes];
  F::store(rows, F::fromScalar(values));
  for (int l = 0; l < F::lanes; l++) F::Scalar::store(rows + 4 * l, canonical(F::Scalar::of(rows + 4 * l)));
  return F::load(rows);
}

template <class F>
KERNEL_SMALL void storeIntegers(u8* out, const typename F::Tight& value, u64 first, u64 count, u64 step, u64 which) {
  alignas(64) u64 words[4 * F::lanes];
  F::toIntegers(words, value);
  for (u64 l = 0; l < (u64)F::lanes && first + l < count; l++) {
    __builtin_memcpy(out + 32 * (step * (first + l) + which), words + 4 * l, 32);
  }
}

// Per pair, 15 results: a·b at the bounds 1·1, 2·2, 9·9, 84·1, 1·84 and 42·2; a² at 1, 2 and 9; a - b from 4 and 6;
// a + b from 5 and 5; 9·a from 9; -a; 1/a, and 1 where a is 0; a - 3b from 2 and three times 2, not reduced in between.
template <class F>
KERNEL_SMALL void probeField(u8* out, const u8* in, u64 pairs) {
  using T = typename F::Tight;
  constexpr u64 results = 15;
  const auto everywhere = F::isZeroRow(F::zero());
  for (u64 first = 0; first < pairs; first += F::lanes) {
    const T a = loadIntegers<F>(in, first, pairs, 2, 0), b = loadIntegers<F>(in, first, pairs, 2, 1);
    T inverse = tight(choose(F::zeroWhere(a), F::one(), a)), other = F::one();
    F::invertBoth(inverse, other);
    const T all[results] = {
        lift<1, F>(a) * lift<1, F>(b),
        lift<2, F>(a) * lift<2, F>(b),
        lift<9, F>(a) * lift<9, F>(b),
        lift<84, F>(a) * lift<1, F>(b),
        lift<1, F>(a) * lift<84, F>(b),
        lift<42, F>(a) * lift<2, F>(b),
        square(lift<1, F>(a)),
        square(lift<2, F>(a)),
        square(lift<9, F>(a)),
        tight(lift<4, F>(a) - lift<6, F>(b)),
        tight(lift<5, F>(a) + lift<5, F>(b)),
        timesNine(lift<9, F>(a)),
        tight(negateWhere(everywhere, lift<2, F>(a))),
        inverse,
        tight(lift<2, F>(a) - (lift<2, F>(b) + lift<2, F>(b) + lift<2, F>(b))),
    };
    for (u64 i = 0; i < results; i++) storeIntegers<F>(out, all[i], first, pairs, results, i);
  }
}

template <int K, class F>
KERNEL_INLINE auto lift(const Quadratic<typename F::Tight>& v) {
  return Quadratic<decltype(lift<K, F>(v.c0))>{lift<K, F>(v.c0), lift<K, F>(v.c1)};
}

// Per pair of elements, 6 results: a·b at the bounds 2·2, 4·4 and 10·10; a² at 2 and 4; 1/a, and 1 where a is 0.
template <class F>
KERNEL_SMALL void probeQuadratic(u8* out, const u8* in, u64 pairs) {
  using C = CoordinatesG2<F>;
  using T = typename C::Tight;
  constexpr u64 results = 6;
  for (u64 first = 0; first < pairs; first += F::lanes) {
    const T a = {loadIntegers<F>(in, first, pairs, 4, 0), loadIntegers<F>(in, first, pairs, 4, 1)};
    const T b = {loadIntegers<F>(in, first, pairs, 4, 2), loadIntegers<F>(in, first, pairs, 4, 3)};
    T inverse = choose(C::zeroWhere(a), C::one(), a), other = C::one();
    C::invertBoth(inverse, other);
    const T all[results] = {
        lift<2, F>(a) * lift<2, F>(b),
        lift<4, F>(a) * lift<4, F>(b),
        lift<10, F>(a) * lift<10, F>(b),
        square(lift<2, F>(a)),
        square(lift<4, F>(a)),
        inverse,
    };
    for (u64 i = 0; i < results; i++) {
      storeIntegers<F>(out, all[i].c0, first, pairs, 2 * results, 2 * i);
      storeIntegers<F>(out, all[i].c1, first, pairs, 2 * results, 2 * i + 1);
    }
  }
}

// Rows of the backend's form, after the reserved ones; whole vectors, filled up with infinity.
template <class C>
KERNEL_SMALL u64* loadRows(Arena& arena, const u8* in, u64 count) {
  u64* rows = arena.take<u64>((reservedRows + count + C::lanes) * C::words);
  if (!rows) return nullptr;
  fillReservedRows<C>(rows);
  u64* first = rows + reservedRows * C::words;
  for (u64 i = 0; i < (count + C::lanes) * C::words; i++) first[i] = i < count * C::words ? read64(in + 8 * i) : 0;
  for (u64 i = 0; i < count; i += C::lanes) convertRows<C>(rows, (u32)(reservedRows + i));
  return rows;
}

template <class C>
KERNEL_SMALL void storePoint(u8* out, const Projective<typename C::Scalar>& point) {
  u64 row[C::words];
  toRow(row, point);
  for (int i = 0; i < C::words; i += 4) C::Field::Scalar::toInteger(row + i, C::Field::Scalar::of(row + i));
  __builtin_memcpy(out, row, sizeof(row));
}

template <class C>
inline Projective<typename C::Scalar> firstLane(const Projective<C>& p) {
  Projective<typename C::Scalar> all[C::lanes];
  Buckets<C>::toScalars(all, p);
  return all[0];
}

template <class C>
KERNEL_SMALL int probeBatch(Arena& arena, u8* out, const u8* in, u64 pairs) {
  auto* adder = arena.take<BatchAdder<C>>(1);
  u64* source = loadRows<C>(arena, in, 2 * pairs);
  u64* target = arena.take<u64>((reservedRows + pairs + C::lanes) * C::words);
  if (!adder || !source || !target) return kernelNoMemory;
  fillReservedRows<C>(target);
  adder->start();
  for (u32 i = 0; i < pairs; i++) {
    const u32 row = reservedRows + 2 * i;
    adder->push(source, target, row << 1, (row + 1) << 1 | 1, reservedRows + i);
  }
  adder->flush(source, target);
  for (u32 i = 0; i < pairs; i++) {
    u32 refs[C::lanes];
    for (u32& ref : refs) ref = (reservedRows + i) << 1;
    storePoint<C>(out + (u64)i * C::words * 8, firstLane(fromRows<C>(target, refs)));
  }
  return adder->failed ? kernelZeroDenominator : kernelOk;
}

template <class C>
KERNEL_SMALL int probeProjective(Arena& arena, u8* out, const u8* in, u64 pairs) {
  u64* rows = loadRows<C>(arena, in, 2 * pairs);
  if (!rows) return kernelNoMemory;
  constexpr u64 bytes = C::words * 8;
  for (u32 i = 0; i < pairs; i++) {
    u32 left[C::lanes], right[C::lanes];
    for (int l = 0; l < C::lanes; l++) left[l] = (reservedRows + 2 * i) << 1, right[l] = left[l] + 2;
    const auto p = fromRows<C>(rows, left), q = fromRows<C>(rows, right);
    const auto sum = add(p, q), doubled = twice(p);
    storePoint<C>(out + (3 * (u64)i) * bytes, firstLane(sum));
    storePoint<C>(out + (3 * (u64)i + 1) * bytes, firstLane(doubled));
    storePoint<C>(out + (3 * (u64)i + 2) * bytes, firstLane(add(doubled, sum)));
  }
  return kernelOk;
}

template <class C>
KERNEL_SMALL int probeMsm(Arena& arena, u8* out, const u8* in, u64 count) {
  Projective<typename C::Scalar> sum;
  const int status = sumProducts<C>(arena, sum, in, in + count * C::words * 8, (u32)count);
  if (status == kernelOk) storePoint<C>(out, sum);
  return status;
}

template <class F>
KERNEL_SMALL int probeTransforms(Arena& arena, u8* out, const u8* in, u64 size) {
  using S = typename F::Scalar;
  const int log = log2Ceil(size);
  const auto root = rootOfOrder<S>(log);
  Twiddles<F> toCoefficients, toCoset;
  auto* values = arena.take<typename F::Tight>(size / F::lanes);
  auto* other = arena.take<typename F::Tight>(size / F::lanes);
  if (!values || !other || !toCoefficients.prepare(arena, log, invert(root), S::one()) ||
      !toCoset.prepare(arena, log, root, rootOfOrder<S>(log + 1))) {
    return kernelNoMemory;
  }
  for (u64 i = 0; i < size; i += F::lanes) values[i / F::lanes] = loadIntegers<F>(in, i, size, 1, 0);
  Ntt<F>::inverse(toCoefficients, values, other);
  Ntt<F>::forward(toCoset, other, values);
  for (u64 i = 0; i < size; i += F::lanes) storeIntegers<F>(out, values[i / F::lanes], i, size, 1, 0);
  return kernelOk;
}

template <class B>
KERNEL_SMALL int probeOperation(const kernel::Memory& memory, int operation, u8* out, const u8* in, u64 count) {
  using G1 = CoordinatesG1<typename B::Fq>;
  using G2 = CoordinatesG2<typename B::Fq>;
  Arena arena(memory);
  switch (operation) {
    case probeFq: return probeField<typename B::Fq>(out, in, count), kernelOk;
    case probeFr: return probeField<typename B::Fr>(out, in, count), kernelOk;
    case probeFq2: return probeQuadratic<typename B::Fq>(out, in, count), kernelOk;
    case probeBatchG1: return probeBatch<G1>(arena, out, in, count);
    case probeBatchG2: return probeBatch<G2>(arena, out, in, count);
    case probeProjectiveG1: return probeProjective<G1>(arena, out, in, count);
    case probeProjectiveG2: return probeProjective<G2>(arena, out, in, count);
    case probeMsmG1: return probeMsm<G1>(arena, out, in, count);
    case probeMsmG2: return probeMsm<G2>(arena, out, in, count);
    case probeTransform:
      return count < Ntt<typename B::Fr>::sizeMin ? probeTransforms<typename B::Fr::Scalar>(arena, out, in, count)
                                                  : probeTransforms<typename B::Fr>(arena, out, in, count);
    default: return kernelBadArgument;
  }
}

}  // namespace KERNEL_NAMESPACE
