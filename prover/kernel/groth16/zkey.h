// Reads the section table and the header of a snarkjs `.zkey` file and believes nothing that it says before it is
// checked: the sections' lengths follow from the counts of the header, exactly.
#pragma once
#include "../bytes.h"
#include "../constants.h"
#include "../status.h"

namespace KERNEL_NAMESPACE {

class ZkeyFile {
 public:
  static constexpr u32 g1Bytes = 64, g2Bytes = 128, coefficientBytes = 44;

  u32 wires, publicCount, domainSize, coefficientCount;
  const u8 *alpha1, *beta1, *beta2, *delta1, *delta2;
  const u8 *coefficients, *a, *b1, *b2, *c, *h;

  int read(const u8* bytes, u64 size) {
    if (!readTable(bytes, size) || !readHeader()) return kernelBadKey;
    if (!hasLength(3, ((u64)publicCount + 1) * g1Bytes) || lengths_[4] < 4) return kernelBadKey;
    coefficientCount = read32(sections_[4]);
    coefficients = sections_[4] + 4;
    const u64 privateWires = (u64)wires - publicCount - 1;
    const bool fits = hasLength(4, 4 + (u64)coefficientCount * coefficientBytes) &&
                      hasLength(5, (u64)wires * g1Bytes) && hasLength(6, (u64)wires * g1Bytes) &&
                      hasLength(7, (u64)wires * g2Bytes) && hasLength(8, privateWires * g1Bytes) &&
                      hasLength(9, (u64)domainSize * g1Bytes);
    if (!fits) return kernelBadKey;
    a = sections_[5];
    b1 = sections_[6];
    b2 = sections_[7];
    c = sections_[8];
    h = sections_[9];
    return kernelOk;
  }

 private:
  static constexpr u32 sectionMax = 10, wiresMax = (u32)1 << 29, domainBitsMax = twoAdicity - 1;

  bool readTable(const u8* bytes, u64 size) {
    for (u32 i = 0; i <= sectionMax; i++) sections_[i] = nullptr, lengths_[i] = 0;
    if (size < 12 || read32(bytes) != 0x79656b7a || read32(bytes + 4) != 1) return false;
    const u32 count = read32(bytes + 8);
    if (count > 64) return false;
    u64 at = 12;
    for (u32 i = 0; i < count; i++) {
      if (size - at < 12) return false;
      const u32 type = read32(bytes + at);
      const u64 length = read64(bytes + at + 4);
      at += 12;
      if (length > size - at) return false;
      if (type >= 1 && type <= sectionMax) {
        if (sections_[type]) return false;
        sections_[type] = bytes + at;
        lengths_[type] = length;
      }
      at += length;
    }
    return at == size;
  }

  bool readHeader() {
    if (!hasLength(1, 4) || read32(sections_[1]) != 1) return false;
    if (!hasLength(2, 4 + 32 + 4 + 32 + 12 + 3 * g1Bytes + 3 * g2Bytes)) return false;
    const u8* at = sections_[2];
    if (!isPrime(at, BaseField::modulus64) || !isPrime(at + 36, ScalarField::modulus64)) return false;
    at += 72;
    wires = read32(at);
    publicCount = read32(at + 4);
    domainSize = read32(at + 8);
    if (wires == 0 || wires > wiresMax || publicCount >= wires) return false;
    if (domainSize == 0 || (domainSize & (domainSize - 1)) || domainSize >> domainBitsMax > 1) return false;
    alpha1 = at + 12;
    beta1 = alpha1 + g1Bytes;
    beta2 = beta1 + g1Bytes;
    const u8* gamma2 = beta2 + g2Bytes;
    delta1 = gamma2 + g2Bytes;
    delta2 = delta1 + g1Bytes;
    return true;
  }

  bool hasLength(u32 type, u64 length) const { return sections_[type] && lengths_[type] == length; }

  static bool isPrime(const u8* bytes, const u64* prime) {
    u64 words[4];
    readWords(words, bytes + 4, 4);
    bool same = read32(bytes) == 32;
    for (int i = 0; i < 4; i++) same = same && words[i] == prime[i];
    return same;
  }

  const u8* sections_[sectionMax + 1];
  u64 lengths_[sectionMax + 1];
};

}  // namespace KERNEL_NAMESPACE
