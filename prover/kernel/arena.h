// Memory of the core: blocks that are taken one after the other and given back all at once.
//
// A key has an arena for its tables, a thread has one for its work. `reset` keeps the block, so that the next proof
// finds its memory already mapped; where one was not enough, the next is as large as all that was taken. Every pointer
// is aligned to 64 bytes, a cache line. The host supplies the blocks.
#pragma once
#include "integers.h"
#include "kernel.h"

namespace KERNEL_NAMESPACE {

class Arena {
 public:
  explicit Arena(const kernel::Memory& host) : host_(host) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { giveAll(); }

  void reset() {
    wanted_ = larger(wanted_, taken_);
    taken_ = 0;
    if (first_ && first_->next) giveAll();
    current_ = first_;
    used_ = headerBytes;
  }

  // The next block has room for that much; what is never written to costs no memory on hosts that map it late.
  void expect(size_t bytes) { wanted_ = larger(wanted_, bytes); }

  size_t bytes() const { return total_; }
  const kernel::Memory& host() const { return host_; }

  // Memory for `count` values, not initialised; null when the host has none left.
  template <class T>
  T* take(size_t count) {
    if (count > (~(size_t)0 >> 8) / sizeof(T)) return nullptr;
    return static_cast<T*>(takeBytes((count * sizeof(T) + 63) & ~(size_t)63));
  }

 private:
  struct Block {
    Block* next;
    size_t bytes;
  };
  static constexpr size_t headerBytes = 64;
  static constexpr size_t blockBytes = (size_t)1 << 22;

  void giveAll() {
    while (first_) {
      Block* next = first_->next;
      host_.give(first_, first_->bytes);
      first_ = next;
    }
    total_ = 0;
  }

  void* takeBytes(size_t bytes) {
    taken_ += bytes;
    while (current_ && used_ + bytes > current_->bytes) {
      if (!current_->next) break;
      current_ = current_->next;
      used_ = headerBytes;
    }
    if (!current_ || used_ + bytes > current_->bytes) {
      if (!append(bytes + headerBytes)) return nullptr;
    }
    void* out = reinterpret_cast<u8*>(current_) + used_;
    used_ += bytes;
    return out;
  }

  bool append(size_t bytes) {
    const size_t size = larger(bytes, first_ ? blockBytes : larger(blockBytes, wanted_ + headerBytes));
    Block* block = static_cast<Block*>(host_.take(size));
    if (!block) return false;
    *block = {nullptr, size};
    total_ += size;
    if (current_) {
      current_->next = block;
    } else {
      first_ = block;
    }
    current_ = block;
    used_ = headerBytes;
    return true;
  }

  kernel::Memory host_ = {nullptr, nullptr};
  Block* first_ = nullptr;
  Block* current_ = nullptr;
  size_t used_ = headerBytes;
  size_t total_ = 0;
  // Since the last reset; the most there has been at any reset, or is expected.
  size_t taken_ = 0;
  size_t wanted_ = 0;
};

}  // namespace KERNEL_NAMESPACE
