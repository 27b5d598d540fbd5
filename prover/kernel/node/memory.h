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

inline void* takeBlock(size_t bytes) {
#if defined(__linux__)
  if (bytes >= hugePage) {
    void* block = std::aligned_alloc(hugePage, roundUp(bytes, hugePage));
    if (block) madvise(block, roundUp(bytes, hugePage), MADV_HUGEPAGE);
    return block;
  }
  return std::aligned_alloc(64, roundUp(bytes, 64));
#elif defined(_WIN32)
  return _aligned_malloc(roundUp(bytes, 64), 64);
#else
  void* block = nullptr;
  return posix_memalign(&block, 64, roundUp(bytes, 64)) ? nullptr : block;
#endif
}

inline void giveBlock(void* block, size_t) {
#if defined(_WIN32)
  _aligned_free(block);
#else
  std::free(block);
#endif
}

static constexpr Memory hostMemory = {takeBlock, giveBlock};

}  // namespace kernel
