// One Groth16 proof, stage by stage (Groth 2016, section 3.2, in the form that snarkjs' keys are made for):
//
//   A = alpha + sum(w·a) + r·delta          B = beta + sum(w·b) + s·delta        (A in G1, B in G2)
//   C = sum(w·c) + sum(h·quotient) + s·A + r·B1 - r·s·delta                      (B1 is B in G1)
//
// The stages may run in any order, and on different threads, except that `quotient` comes before `h` and `finish` is the
// last. Each has a Worker's memory to itself while it runs.
#pragma once
#include "quotient.h"

namespace KERNEL_NAMESPACE {

template <class B>
class Proof {
 public:
  using K = Key<B>;
  using G1 = typename K::G1;
  using G2 = typename K::G2;
  using S = typename K::S;
  using PointG1 = typename K::PointG1;
  using PointG2 = typename K::PointG2;
  static constexpr int proofWords = 32;

  Proof(const K& key, Arena& arena) : key_(key), arena_(arena) {}

  // Checks the witness (32 bytes per element, least significant first), keeps it and cuts its scalars into digits.
  int begin(const u8* witness, u64 count, const u8* r, const u8* s) {
    if (count != key_.wires) return kernelBadWitness;
    readWords(r_, r, 4);
    readWords(s_, s, 4);
    if (!isBelow(r_, ScalarField::modulus64) || !isBelow(s_, ScalarField::modulus64)) return kernelBadArgument;
    bits_ = windowBits(larger(key_.c.count, larger(key_.a.count, key_.b2.count)));
    arena_.expect((size_t)key_.domainSize * 32 + (size_t)count * (32 + 2 * windowCount(bits_)) + 256);
    witness_ = arena_.template take<u64>((size_t)count * 4);
    quotient_ = arena_.template take<u64>((size_t)key_.domainSize * 4);
    digits_ = arena_.template take<i16>((size_t)windowCount(bits_) * count);
    if (!witness_ || !quotient_ || !digits_) return kernelNoMemory;
    __builtin_memcpy(witness_, witness, (size_t)count * 32);
    for (u64 i = 0; i < count; i++) {
      if (!isBelow(witness_ + 4 * i, ScalarField::modulus64)) return kernelBadWitness;
    }
    if (witness_[0] != 1 || witness_[1] || witness_[2] || witness_[3]) return kernelBadWitness;
    recode(digits_, count, witness_, count, bits_);
    return kernelOk;
  }

  int run(int stage, Arena& scratch) {
    switch (stage) {
      case kernel::quotient: return makeQuotient(scratch);
      case kernel::h: return sumQuotient(scratch);
      case kernel::a: return sum(a_, key_.a, digits_, key_.wires, bits_, scratch);
      case kernel::b1: return sum(b1_, key_.b1, digits_, key_.wires, bits_, scratch);
      case kernel::b2: return sum(b2_, key_.b2, digits_, key_.wires, bits_, scratch);
      case kernel::c: return sum(c_, key_.c, digits_, key_.wires, bits_, scratch);
      default: return kernelBadArgument;
    }
  }

  // Coordinates as canonical integers, four words each: A.x A.y B.x0 B.x1 B.y0 B.y1 C.x C.y.
  void finish(u64* out) {
    const PointG1 a = add(add(key_.alpha1, a_), multiply(key_.delta1, r_));
    const PointG2 b = add(add(key_.beta2, b2_), multiply(key_.delta2, s_));
    const PointG1 b1 = add(add(key_.beta1, b1_), multiply(key_.delta1, s_));
    u64 minusRs[4];
    S::toInteger(minusRs, S::zero() - S::fromInteger(r_) * S::fromInteger(s_));
    PointG1 c = add(add(c_, h_), multiply(key_.delta1, minusRs));
    c = add(c, add(multiply(a, s_), multiply(b1, r_)));
    writeIntegers(out, a);
    writeIntegers(out + 8, b);
    writeIntegers(out + 24, c);
  }

 private:
  int makeQuotient(Arena& scratch) {
    return key_.isSmall() ? makeQuotientOver<S>(scratch, key_.toCoefficientsSmall, key_.toCosetSmall)
                          : makeQuotientOver<typename B::Fr>(scratch, key_.toCoefficients, key_.toCoset);
  }

  template <class F>
  int makeQuotientOver(Arena& scratch, const Twiddles<F>& toCoefficients, const Twiddles<F>& toCoset) {
    QuotientMemory<F> memory;
    if (!memory.prepare(scratch, key_.domainSize)) return kernelNoMemory;
    quotient<F>(quotient_, memory, toCoefficients, toCoset, key_.matrixA, key_.matrixB, witness_, key_.domainSize);
    return kernelOk;
  }

  int sumQuotient(Arena& scratch) {
    const u32 size = key_.domainSize;
    const int bits = windowBits(key_.h.count);
    i16* digits = scratch.template take<i16>((size_t)windowCount(bits) * size);
    if (!digits) return kernelNoMemory;
    recode(digits, size, quotient_, size, bits);
    return sum(h_, key_.h, digits, size, bits, scratch);
  }

  template <class C>
  static int sum(Projective<typename C::Scalar>& out, const Bases<C>& bases, const i16* digits, size_t stride, int bits,
                 Arena& scratch) {
    Msm<C> msm;
    if (!msm.prepare(scratch, bases.count, bits)) return kernelNoMemory;
    out = msm.sum(bases, digits, stride);
    return msm.failed() ? kernelZeroDenominator : kernelOk;
  }

  template <class C>
  static void writeIntegers(u64* out, const Projective<C>& point) {
    u64 row[C::words];
    toRow(row, point);
    for (int i = 0; i < C::words; i += 4) C::Field::toInteger(out + i, C::Field::of(row + i));
  }

  const K& key_;
  Arena& arena_;
  u64 r_[4], s_[4];
  u64* witness_ = nullptr;
  u64* quotient_ = nullptr;
  i16* digits_ = nullptr;
  int bits_ = 0;
  PointG1 a_, b1_, c_, h_;
  PointG2 b2_;
};

}  // namespace KERNEL_NAMESPACE
