// What the core needs of a host and WebAssembly does not have: memory, and products of two words.
#pragma once
#include "../integers.h"
#include "../kernel.h"

extern "C" unsigned char __heap_base;

// The compiler calls this for products of 128-bit integers: four products of half words.
extern "C" __int128 __multi3(__int128 left, __int128 right) {
  const uint64_t a = (uint64_t)left, b = (uint64_t)right;
  const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  const uint64_t low = a0 * b0, middle1 = a0 * b1, middle2 = a1 * b0;
  const uint64_t middle = (low >> 32) + (uint32_t)middle1 + (uint32_t)middle2;
  const uint64_t high = a1 * b1 + (middle1 >> 32) + (middle2 >> 32) + (middle >> 32) +
                        a * (uint64_t)((unsigned __int128)right >> 64) + b * (uint64_t)((unsigned __int128)left >> 64);
  return (__int128)((unsigned __int128)high << 64 | (middle << 32 | (uint32_t)low));
}

namespace kernel_wasm {

// Free blocks in the order of their addresses, neighbours merged, first fit; what is taken beyond them grows the memory.
// Blocks are few and large.
struct FreeBlock {
  FreeBlock* next;
  size_t bytes;
};

static FreeBlock* freeBlocks = nullptr;
static size_t heapEnd = 0;

inline size_t roundUp(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

inline void* takeBlock(size_t wanted) {
  const size_t bytes = roundUp(wanted);
  for (FreeBlock** link = &freeBlocks; *link; link = &(*link)->next) {
    FreeBlock* block = *link;
    if (block->bytes < bytes) continue;
    if (block->bytes - bytes >= 4096) {
      FreeBlock* rest = reinterpret_cast<FreeBlock*>(reinterpret_cast<u8*>(block) + bytes);
      *rest = {block->next, block->bytes - bytes};
      *link = rest;
    } else {
      *link = block->next;
    }
    return block;
  }
  if (heapEnd == 0) heapEnd = roundUp(reinterpret_cast<size_t>(&__heap_base));
  const size_t have = __builtin_wasm_memory_size(0) << 16;
  const size_t start = heapEnd;
  if (bytes > ~(size_t)0 - start) return nullptr;
  if (start + bytes > have) {
    const size_t pages = (start + bytes - have + 0xffff) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == ~(size_t)0) return nullptr;
  }
  heapEnd = start + bytes;
  return reinterpret_cast<void*>(start);
}

inline bool touch(const FreeBlock* left, const void* right) {
  return reinterpret_cast<const u8*>(left) + left->bytes == right;
}

inline void giveBlock(void* given, size_t wanted) {
  FreeBlock** link = &freeBlocks;
  FreeBlock* before = nullptr;
  for (; *link && *link < given; link = &(*link)->next) before = *link;
  FreeBlock* block = static_cast<FreeBlock*>(given);
  *block = {*link, roundUp(wanted)};
  *link = block;
  if (block->next && touch(block, block->next)) *block = {block->next->next, block->bytes + block->next->bytes};
  if (before && touch(before, block)) *before = {block->next, before->bytes + block->bytes};
}

static constexpr kernel::Memory hostMemory = {takeBlock, giveBlock};

}  // namespace kernel_wasm
