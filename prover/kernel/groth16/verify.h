// Verification of Groth16 proofs (Groth 2016, section 3.2): e(A, B) = e(alpha, beta)·e(IC0 + sum(s·IC), gamma)·
// e(C, delta), of one proof or of many of the same key at once by a random linear combination.
//
// Nothing is taken for granted: numbers are canonical, signals below r, points on their curves, B in the subgroup. The
// key's points are the caller's business, who has linted them.
#pragma once
#include "../pairing/pairing.h"
#include "bases.h"

namespace KERNEL_NAMESPACE {

// Canonical integers, least significant byte first; coordinates as in a proof of kernel.h: alpha1, beta2, gamma2,
// delta2, then one point of G1 per signal and one more.
struct VerifyingKeyBytes {
  static constexpr u32 header = 64 + 3 * 128;
};

template <class S>
class Verification {
 public:
  using C1 = CoordinatesG1<S>;
  using C2 = CoordinatesG2<S>;
  using P1 = Projective<C1>;
  using P2 = Projective<C2>;
  using Pairs = PairingProduct<S>;
  static constexpr u32 proofsMax = Pairs::pairsMax - 3, proofBytes = 256;

  // `factors` holds 32 bytes per proof: numbers below r that the proofs' makers cannot foresee, or 1 for a single one.
  int verify(const u8* key, u32 signalCount, const u8* signals, const u8* proofs, const u8* factors, u32 count) {
    if (count == 0 || count > proofsMax) return kernelBadArgument;
    P1 alpha;
    P2 beta, gamma, delta;
    bool ok = readG1(alpha, key) && readG2(beta, key + 64) && readG2(gamma, key + 192) && readG2(delta, key + 320);
    if (!ok) return kernelBadArgument;
    P1 input = P1::infinity(), sumC = P1::infinity();
    auto sumFactors = Fr::zero();
    pairCount_ = 0;
    for (u32 i = 0; i < count; i++) {
      u64 factor[4];
      if (!readScalar(factor, factors + 32 * i)) return kernelBadArgument;
      P1 a, c;
      P2 b;
      const u8* proof = proofs + (size_t)proofBytes * i;
      if (!readG1(a, proof) || !readG2(b, proof + 64) || !readG1(c, proof + 192) || !isInSubgroup(b)) return kernelBadProof;
      const int status = addSignals(input, key, signalCount, signals + (size_t)32 * signalCount * i, factor);
      if (status != kernelOk) return status;
      sumFactors = sumFactors + Fr::fromInteger(factor);
      sumC = add(sumC, multiply(c, factor));
      pair(multiply(a, factor), b, false);
    }
    u64 sum[4];
    Fr::toInteger(sum, sumFactors);
    pair(multiply(alpha, sum), beta, true);
    pair(input, gamma, true);
    pair(sumC, delta, true);
    return Pairs::isOneFor(pairs_, pairCount_) ? kernelOk : kernelBadProof;
  }

 private:
  using Fr = typename S::template Over<ScalarField>;

  // input += factor·(IC0 + sum(s·IC)).
  int addSignals(P1& input, const u8* key, u32 signalCount, const u8* signals, const u64* factor) {
    const auto scale = Fr::fromInteger(factor);
    for (u32 j = 0; j <= signalCount; j++) {
      P1 base;
      if (!readG1(base, key + VerifyingKeyBytes::header + (size_t)64 * j)) return kernelBadArgument;
      u64 scalar[4] = {1, 0, 0, 0};
      if (j > 0 && !readScalar(scalar, signals + (size_t)32 * (j - 1))) return kernelBadProof;
      Fr::toInteger(scalar, Fr::fromInteger(scalar) * scale);
      input = add(input, multiply(base, scalar));
    }
    return kernelOk;
  }

  // A pair with infinity contributes one.
  void pair(const P1& p, const P2& q, bool isNegated) {
    if (isZero(p.z) || isZero(q.z)) return;
    const auto zp = invert(p.z);
    const auto zq = invert(q.z);
    const auto y = p.y * zp;
    pairs_[pairCount_++] = {p.x * zp, isNegated ? S::zero() - y : y, q.x * zq, q.y * zq};
  }

  static bool isInSubgroup(const P2& q) { return isZero(multiply(q, ScalarField::modulus64).z); }

  static bool readScalar(u64* words, const u8* bytes) {
    readWords(words, bytes, 4);
    return isBelow(words, ScalarField::modulus64);
  }

  static bool readCoordinate(typename S::Tight& out, const u8* bytes) {
    u64 words[4];
    readWords(words, bytes, 4);
    if (!isBelow(words, BaseField::modulus64)) return false;
    out = S::fromInteger(words);
    return true;
  }

  static bool readG1(P1& out, const u8* bytes) {
    if (!readCoordinate(out.x, bytes) || !readCoordinate(out.y, bytes + 32)) return false;
    out.z = S::one();
    return isZero(square(out.y) - square(out.x) * out.x - S::of(curveB));
  }

  static bool readG2(P2& out, const u8* bytes) {
    if (!readCoordinate(out.x.c0, bytes) || !readCoordinate(out.x.c1, bytes + 32) ||
        !readCoordinate(out.y.c0, bytes + 64) || !readCoordinate(out.y.c1, bytes + 96)) {
      return false;
    }
    out.z = C2::one();
    return isZero(square(out.y) - square(out.x) * out.x - Fq2<S>{S::of(twistB[0]), S::of(twistB[1])});
  }

  PairingInput<S> pairs_[Pairs::pairsMax];
  int pairCount_ = 0;
};

}  // namespace KERNEL_NAMESPACE
