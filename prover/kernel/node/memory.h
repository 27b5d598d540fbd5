// Blocks for the arenas. Large ones come straight from the system, aligned to huge pages where there are such: bases
// are read in random order, and with small pages every read would miss the translation cache.
#pragma once
#include <cstdlib>

#include "../kernel.h"

#if defined(__linux__)
#include <sys/mman.h>
#elif defined(_WIN32)
#include <malloc.h>
#endif

namespace kernel {

static constexpr size_t hugePage = (size_t)1 << 21;

inline size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

#if defined(__linux__)
// Mapped by hand, so that it is the system's again as soon as it is given back. The ends beyond the aligned block go at
// once.
inline void* mapHuge(size_t bytes) {
  const size_t mapped = bytes + hugePage;
  void* start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  uint8_t* const first = static_cast<uint8_t*>(start);
  uint8_t* const block = reinterpret_cast<uint8_t*>(roundUp(reinterpret_cast<size_t>(first), hugePage));
  if (block != first) munmap(first, (size_t)(block - first));
  munmap(block + bytes, (size_t)(first + mapped - (block + bytes)));
  madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}
#endif

inline void* takeBlock(size_t bytes) {
#if defined(__linux__)
  if (bytes >= hugePage) return mapHuge(roundUp(bytes, hugePage));
  return std::aligned_alloc(64, roundUp(bytes, 64));
#elif defined(_WIN32)
  return _aligned_malloc(roundUp(bytes, 64), 64);
#else
  void* block = nullptr;
  return posix_memalign(&block, 64, roundUp(bytes, 64)) ? nullptr : block;
#endif
}

inline void giveBlock(void* block, size_t bytes) {
#if defined(__linux__)
  if (bytes >= hugePage) {
    munmap(block, roundUp(bytes, hugePage));
    return;
  }
#else
  (void)bytes;
#endif
#if defined(_WIN32)
  _aligned_free(block);
#else
  std::free(block);
#endif
}

static constexpr Memory hostMemory = {takeBlock, giveBlock};

}  // namespace kernel
