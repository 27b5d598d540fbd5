// The matrices A and B of a circuit, row by row, and their products with a witness.
//
// Most coefficients of real circuits are 1 or -1: those cost an addition instead of a product. A file holds coefficients
// times 2^512, so that one Montgomery product with a plain witness value gives the R = 2^256 form; the plain sum of a row
// is multiplied by 2^512 once.
#pragma once
#include "../field/field64.h"
#include "coefficients.h"
#include "zkey.h"

namespace KERNEL_NAMESPACE {

template <class S>
class Matrix {
 public:
  using Element = typename S::Tight;

  // Takes both matrices out of the file, their entries sorted by row (a counting sort).
  static int prepare(Matrix& a, Matrix& b, Arena& arena, const ZkeyFile& file) {
    Arena scratch(arena.host());
    Matrix* const both[2] = {&a, &b};
    for (Matrix* matrix : both) {
      if (!matrix->startCounting(arena, file.domainSize)) return kernelNoMemory;
    }
    Coefficients coefficients;
    u32* const numbers = scratch.take<u32>((size_t)file.coefficientCount + 1);
    if (!numbers || !coefficients.prepare(scratch, file.coefficientCount + 1)) return kernelNoMemory;
    const int status = count(both, numbers, coefficients, file);
    if (status != kernelOk) return status;
    Element* const values = arena.take<Element>(coefficients.count());
    if (!values) return kernelNoMemory;
    for (u32 i = 0; i < coefficients.count(); i++) values[i] = S::of(coefficients.words(i));
    for (Matrix* matrix : both) {
      if (!matrix->startFilling(arena, values)) return kernelNoMemory;
    }
    for (u32 i = 0; i < file.coefficientCount; i++) {
      const u8* at = file.coefficients + (size_t)i * ZkeyFile::coefficientBytes;
      Matrix& matrix = *both[read32(at)];
      matrix.entries_[matrix.starts_[read32(at + 4)]++] = {read32(at + 8), numbers[i]};
    }
    for (Matrix* matrix : both) matrix->endFilling();
    return kernelOk;
  }

  // Row times witness, in Montgomery form with R = 2^256.
  KERNEL_INLINE Element row(u32 number, const u64* witness) const {
    Element plain = S::zero(), sum = S::zero();
    bool hasPlain = false;
    for (u32 i = starts_[number]; i < starts_[number + 1]; i++) {
      const Entry entry = entries_[i];
      const Element value = S::of(witness + 4 * (size_t)entry.wire);
      if (entry.coefficient >= Coefficients::firstGeneral) {
        sum = sum + value * values_[entry.coefficient];
      } else {
        plain = entry.coefficient == Coefficients::plus ? plain + value : plain - value;
        hasPlain = true;
      }
    }
    return hasPlain ? sum + plain * S::of(ScalarField::rSquared64) : sum;
  }

 private:
  struct Entry {
    u32 wire, coefficient;
  };

  bool startCounting(Arena& arena, u32 rows) {
    rows_ = rows;
    starts_ = arena.take<u32>((size_t)rows + 1);
    for (u32 i = 0; starts_ && i <= rows; i++) starts_[i] = 0;
    return starts_ != nullptr;
  }

  static int count(Matrix* const* both, u32* numbers, Coefficients& coefficients, const ZkeyFile& file) {
    for (u32 i = 0; i < file.coefficientCount; i++) {
      const u8* at = file.coefficients + (size_t)i * ZkeyFile::coefficientBytes;
      const u32 matrix = read32(at), row = read32(at + 4), wire = read32(at + 8);
      u64 words[4];
      readWords(words, at + 12, 4);
      if (matrix > 1 || row >= file.domainSize || wire >= file.wires) return kernelBadCoefficient;
      if (!isBelow(words, ScalarField::modulus64)) return kernelBadCoefficient;
      both[matrix]->starts_[row + 1]++;
      numbers[i] = coefficients.number(words);
    }
    return kernelOk;
  }

  bool startFilling(Arena& arena, const Element* values) {
    for (u32 i = 0; i < rows_; i++) starts_[i + 1] += starts_[i];
    values_ = values;
    entries_ = arena.take<Entry>((size_t)starts_[rows_] + 1);
    return entries_ != nullptr;
  }

  // As rows were filled from their starts on, row i's start has become row i + 1's.
  void endFilling() {
    for (u32 i = rows_; i > 0; i--) starts_[i] = starts_[i - 1];
    starts_[0] = 0;
  }

  u32 rows_ = 0;
  u32* starts_ = nullptr;
  Entry* entries_ = nullptr;
  const Element* values_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
