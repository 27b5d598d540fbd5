// The matrices A and B of a circuit, row by row, and their products with a witness.
//
// Most coefficients of real circuits are 1 or -1: those entries hold no value and cost an addition instead of a product.
// A file holds coefficients times 2^512, so that one Montgomery product with a plain witness value gives the R = 2^256
// form; the plain sum of a row is multiplied by 2^512 once.
#pragma once
#include "../arena.h"
#include "../field/field64.h"
#include "zkey.h"

namespace KERNEL_NAMESPACE {

template <class S>
class Matrix {
 public:
  using Element = typename S::Tight;

  // Takes the entries of one of the two matrices (0: A, 1: B) out of the file, sorted by row (a counting sort).
  int prepare(Arena& arena, const ZkeyFile& file, u32 which) {
    const u32 rows = file.domainSize;
    starts_ = arena.take<u32>((size_t)rows + 1);
    values_ = arena.take<u32>((size_t)rows + 1);
    if (!starts_ || !values_) return kernelNoMemory;
    for (u32 i = 0; i <= rows; i++) starts_[i] = values_[i] = 0;
    const int status = count(file, which);
    if (status != kernelOk) return status;
    for (u32 i = 0; i < rows; i++) starts_[i + 1] += starts_[i], values_[i + 1] += values_[i];
    entries_ = arena.take<u32>((size_t)starts_[rows] + 1);
    coefficients_ = arena.take<Element>((size_t)values_[rows] + 1);
    if (!entries_ || !coefficients_) return kernelNoMemory;
    fill(file, which);
    return kernelOk;
  }

  // Row times witness, in Montgomery form with R = 2^256.
  KERNEL_INLINE Element row(u32 number, const u64* witness) const {
    Element plain = S::zero(), sum = S::zero();
    bool hasPlain = false;
    const Element* coefficient = coefficients_ + values_[number];
    for (u32 i = starts_[number]; i < starts_[number + 1]; i++) {
      const u32 entry = entries_[i];
      const Element value = S::of(witness + 4 * (size_t)(entry >> 2));
      if ((entry & 3) == general) {
        sum = sum + value * *coefficient++;
      } else {
        plain = (entry & 3) == plus ? plain + value : plain - value;
        hasPlain = true;
      }
    }
    return hasPlain ? sum + plain * S::of(ScalarField::rSquared64) : sum;
  }

 private:
  enum Kind : u32 { plus = 0, minus = 1, general = 2 };

  static KERNEL_INLINE Kind kindOf(const u64* words) {
    u64 borrow = 0;
    bool isOne = true, isMinusOne = true;
    for (int i = 0; i < 4; i++) {
      isOne = isOne && words[i] == ScalarField::rSquared64[i];
      const u64 minusOne = subtractBorrow(ScalarField::modulus64[i], ScalarField::rSquared64[i], borrow);
      isMinusOne = isMinusOne && words[i] == minusOne;
    }
    return isOne ? plus : isMinusOne ? minus : general;
  }

  int count(const ZkeyFile& file, u32 which) {
    for (u32 i = 0; i < file.coefficientCount; i++) {
      const u8* at = file.coefficients + (size_t)i * ZkeyFile::coefficientBytes;
      const u32 matrix = read32(at), row = read32(at + 4), wire = read32(at + 8);
      u64 words[4];
      readWords(words, at + 12, 4);
      if (matrix > 1 || row >= file.domainSize || wire >= file.wires) return kernelBadCoefficient;
      if (!isBelow(words, ScalarField::modulus64)) return kernelBadCoefficient;
      if (matrix != which) continue;
      starts_[row + 1]++;
      if (kindOf(words) == general) values_[row + 1]++;
    }
    return kernelOk;
  }

  // Fills from the starts on and puts them back afterwards: row i's start has become row i + 1's.
  void fill(const ZkeyFile& file, u32 which) {
    for (u32 i = 0; i < file.coefficientCount; i++) {
      const u8* at = file.coefficients + (size_t)i * ZkeyFile::coefficientBytes;
      if (read32(at) != which) continue;
      const u32 row = read32(at + 4);
      u64 words[4];
      readWords(words, at + 12, 4);
      const Kind kind = kindOf(words);
      entries_[starts_[row]++] = read32(at + 8) << 2 | kind;
      if (kind == general) coefficients_[values_[row]++] = S::of(words);
    }
    for (u32 i = file.domainSize; i > 0; i--) starts_[i] = starts_[i - 1], values_[i] = values_[i - 1];
    starts_[0] = values_[0] = 0;
  }

  u32* starts_ = nullptr;
  u32* values_ = nullptr;
  u32* entries_ = nullptr;
  Element* coefficients_ = nullptr;
};

}  // namespace KERNEL_NAMESPACE
