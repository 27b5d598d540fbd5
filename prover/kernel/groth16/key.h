// A proving key, ready to prove with: the points as tables, the matrices by rows, the transforms' roots. Immutable once
// it is read, so any number of threads may prove with it.
#pragma once
#include "../ntt/ntt.h"
#include "bases.h"
#include "matrix.h"

namespace KERNEL_NAMESPACE {

template <class B>
struct Key {
  using G1 = CoordinatesG1<typename B::Fq>;
  using G2 = CoordinatesG2<typename B::Fq>;
  using S = typename B::Fr::Scalar;
  using PointG1 = Projective<typename G1::Scalar>;
  using PointG2 = Projective<typename G2::Scalar>;

  Arena arena;
  u32 wires = 0, publicCount = 0, domainSize = 0;
  PointG1 alpha1, beta1, delta1;
  PointG2 beta2, delta2;
  Bases<G1> a, b1, c, h;
  Bases<G2> b2;
  Matrix<S> matrixA, matrixB;
  // Of the lanes where the domain is large enough for them, else of the scalar field.
  Twiddles<typename B::Fr> toCoefficients, toCoset;
  Twiddles<S> toCoefficientsSmall, toCosetSmall;

  explicit Key(const kernel::Memory& host) : arena(host) {}

  bool isSmall() const { return domainSize < Ntt<typename B::Fr>::sizeMin; }

  int read(const u8* bytes, u64 size) {
    ZkeyFile file;
    int status = file.read(bytes, size);
    if (status != kernelOk) return status;
    wires = file.wires;
    publicCount = file.publicCount;
    domainSize = file.domainSize;
    arena.expect(bytesOfTables(file));
    if ((status = readPoints(file)) != kernelOk) return status;
    if ((status = Matrix<S>::prepare(matrixA, matrixB, arena, file)) != kernelOk) return status;
    return prepareRoots() ? kernelOk : kernelNoMemory;
  }

 private:
  // Points and where they belong, the matrices' entries, roots of two transforms; seldom more.
  static size_t bytesOfTables(const ZkeyFile& file) {
    const size_t inWires = 3 * G1::words * 8 + G2::words * 8 + 4 * 4, inDomain = G1::words * 8 + 3 * 4 + roots;
    const size_t padding = (size_t)1 << 16;
    return file.wires * inWires + file.domainSize * inDomain + (size_t)file.coefficientCount * 8 + padding;
  }
  static constexpr size_t roots = 4 * sizeof(typename B::Fr::Tight) / B::Fr::lanes;

  int readPoints(const ZkeyFile& file) {
    if (!readPoint(alpha1, file.alpha1) || !readPoint(beta1, file.beta1) || !readPoint(delta1, file.delta1) ||
        !readPoint(beta2, file.beta2) || !readPoint(delta2, file.delta2)) {
      return kernelBadPoint;
    }
    int status = readBases<G1>(a, arena, file.a, wires, 0);
    if (status == kernelOk) status = readBases<G1>(b1, arena, file.b1, wires, 0);
    if (status == kernelOk) status = readBases<G2>(b2, arena, file.b2, wires, 0);
    if (status == kernelOk) status = readBases<G1>(c, arena, file.c, wires - publicCount - 1, publicCount + 1);
    if (status == kernelOk) status = readBases<G1>(h, arena, file.h, domainSize, 0);
    return status;
  }

  template <class C>
  static bool readPoint(Projective<C>& point, const u8* bytes) {
    u64 row[C::words];
    bool isInfinity;
    if (readRow<C>(row, bytes, isInfinity) != kernelOk || isInfinity) return false;
    point = fromRowsAt<C>(row, 0);
    return convertRows<C>(row, 0);
  }

  // The quotient is taken on the coset shifted by the next smaller root, which is what snarkjs' keys are made for.
  bool prepareRoots() {
    const int log = log2Ceil(domainSize);
    const auto root = rootOfOrder<S>(log), inverse = invert(root), shift = rootOfOrder<S>(log + 1);
    if (isSmall()) {
      return toCoefficientsSmall.prepare(arena, log, inverse, S::one()) && toCosetSmall.prepare(arena, log, root, shift);
    }
    return toCoefficients.prepare(arena, log, inverse, S::one()) && toCoset.prepare(arena, log, root, shift);
  }
};

}  // namespace KERNEL_NAMESPACE
