// A libFuzzer target over all that reads bytes from outside: keys, witnesses, proofs and signals, points, sums' terms. The
// first byte says which. Nothing may read or write out of bounds, overflow, run on for ever, or take a point off its curve
// for one on it. `npm run kernel:fuzz` builds and runs it.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../node/memory.h"

namespace kernel {
extern const Backend genericBackend;
}

using namespace kernel;

static const Backend& backend = genericBackend;

// What a length field promises must be there before memory is taken for it: a reader that asks for more than this much
// per byte of input is believing the file.
static constexpr size_t memoryMax = (size_t)1 << 29;
static size_t taken = 0;

static void* takeBounded(size_t bytes) {
  taken += bytes;
  if (taken > memoryMax) return nullptr;
  return takeBlock(bytes);
}
static void giveBounded(void* block, size_t bytes) {
  taken -= bytes;
  giveBlock(block, bytes);
}
static constexpr Memory memory = {takeBounded, giveBounded};

static void require(bool holds) {
  if (!holds) std::abort();
}

// Runs a whole proof, so that everything a key or witness can say is used.
static void prove(const Key* key, const uint8_t* witness, uint64_t elements) {
  static const uint8_t one[32] = {1};
  Workspace* workspace = backend.createWorkspace(memory);
  require(workspace != nullptr);
  int status = kernelOk;
  Proof* proof = backend.beginProof(workspace, key, witness, elements, one, one, &status);
  if (proof) {
    for (int stage = 0; stage < stageCount && status == kernelOk; stage++) status = backend.runStage(proof, stage, 0);
    // 6 would be a batch whose filter missed a clash.
    require(status == kernelOk || status == kernelNoMemory);
    uint8_t out[256];
    if (status == kernelOk) backend.finishProof(proof, out);
  }
  backend.freeWorkspace(workspace);
}

static void readKey(const uint8_t* data, size_t size) {
  int status = kernelOk;
  Key* key = backend.readKey(data, size, memory, &status);
  require((key != nullptr) == (status == kernelOk));
  if (!key) return;
  const uint32_t wires = backend.keyWires(key);
  require(wires <= size / 64);
  std::vector<uint8_t> witness((size_t)32 * wires);
  for (size_t i = 0; i < wires; i++) std::memcpy(&witness[32 * i], &i, 4);
  witness[0] = 1;
  prove(key, witness.data(), wires);
  backend.freeKey(key);
}

// 32 bits with the key's length, the key, the witness.
static void readWitness(const uint8_t* data, size_t size) {
  uint32_t keySize;
  if (size < 4) return;
  std::memcpy(&keySize, data, 4);
  if (keySize > size - 4) return;
  int status = kernelOk;
  Key* key = backend.readKey(data + 4, keySize, memory, &status);
  if (!key) return;
  const std::vector<uint8_t> witness(data + 4 + keySize, data + size);
  prove(key, witness.data(), witness.size() / 32);
  backend.freeKey(key);
}

// 8 bits each with the numbers of signals and proofs, then key, signals, proofs, factors.
static void verify(const uint8_t* data, size_t size) {
  if (size < 2) return;
  const uint32_t signals = data[0], count = data[1] % 65;
  const size_t parts[4] = {(size_t)448 + 64 * (signals + 1), (size_t)32 * signals * count, (size_t)256 * count,
                           (size_t)32 * count};
  std::vector<uint8_t> bytes[4];
  size_t at = 2;
  for (int i = 0; i < 4; i++) {
    bytes[i].resize(parts[i] + 1);
    const size_t have = size - at < parts[i] ? size - at : parts[i];
    std::memcpy(bytes[i].data(), data + at, have);
    at += have;
  }
  backend.verify(memory, bytes[0].data(), signals, bytes[1].data(), bytes[2].data(), bytes[3].data(), count);
}

static void scale(const uint8_t* data, size_t size) {
  if (size < 32) return;
  const size_t count = (size - 32) / 64;
  std::vector<uint8_t> out(64 * count + 1), again(64 * count + 1);
  const int status = backend.scalePoints(memory, out.data(), data + 32, count, data);
  require(status != kernelZeroDenominator);
  // What comes out are points again.
  static const uint8_t one[32] = {1};
  if (status != kernelOk) return;
  require(backend.scalePoints(memory, again.data(), out.data(), count, one) == kernelOk && again == out);
}

// A sum in one group, or many: the terms are made of bytes too, and as sound or unsound as those.
static void sum(int group, const uint8_t* data, size_t size) {
  const size_t one = group == 1 ? 64 : 128, count = size / (one + 32);
  std::vector<uint8_t> out(one);
  const int status = backend.sumPoints(memory, group, out.data(), data, data + one * count, (uint32_t)count);
  require(status != kernelZeroDenominator);
}

static void combine(int group, const uint8_t* data, size_t size) {
  const size_t one = group == 1 ? 64 : 128;
  if (size < 2) return;
  const size_t sums = data[0] % 40, terms = data[1] % 80, fixed = 2 + 4 * (sums + 1) + 36 * terms;
  if (size < fixed) return;
  const uint8_t* starts = data + 2;
  const uint8_t* numbers = starts + 4 * (sums + 1);
  const uint8_t* scalars = numbers + 4 * terms;
  // The addon compares the last start with the number of terms.
  uint32_t last;
  std::memcpy(&last, starts + 4 * sums, 4);
  if (last != terms) return;
  const uint8_t* points = data + fixed;
  std::vector<uint8_t> out(one * sums + 1);
  const int status = backend.combinePoints(memory, group, out.data(), points, (uint32_t)((size - fixed) / one), starts,
                                           numbers, scalars, (uint32_t)sums);
  require(status != kernelZeroDenominator);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t* rest = data + 1;
  switch (data[0] % 8) {
    case 0: readKey(rest, size - 1); break;
    case 1: readWitness(rest, size - 1); break;
    case 2: verify(rest, size - 1); break;
    case 3: scale(rest, size - 1); break;
    case 4: sum(1, rest, size - 1); break;
    case 5: sum(2, rest, size - 1); break;
    case 6: combine(1, rest, size - 1); break;
    default: combine(2, rest, size - 1); break;
  }
  require(taken == 0);
  return 0;
}
