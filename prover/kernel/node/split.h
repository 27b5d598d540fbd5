// One proof on several threads. The caller's pool keeps count of its idle processors; a proof may borrow some of them,
// and gives each back at the end, or before its next stage once the pool counts below zero because it wants them back.
#pragma once
#include <atomic>
#include <system_error>
#include <thread>

#include "../kernel.h"

namespace kernel {

class SplitProof {
 public:
  // `idle` lies in memory that the pool's threads share.
  SplitProof(const Backend* backend, Proof* proof, int32_t* idle) : backend_(backend), proof_(proof), idle_(idle) {}

  // Runs all stages and returns the first status that is not 0. No helper is left afterwards.
  int run() {
    std::thread helpers[taskCount - 1];
    int count = 0;
    while (count < taskCount - 1 && borrow()) {
      try {
        helpers[count] = std::thread(&SplitProof::help, this, count + 1);
        count++;
      } catch (const std::system_error&) {
        giveBack();
        break;
      }
    }
    while (runNext(0)) {
    }
    for (int i = 0; i < count; i++) helpers[i].join();
    return status_.load();
  }

 private:
  // The longest first; the quotient and the sum that needs it are one.
  static constexpr int taskCount = 5;

  bool runNext(int slot) {
    static constexpr Stage single[taskCount] = {h, b2, a, c, b1};
    const int task = next_.fetch_add(1);
    if (task >= taskCount || status_.load() != kernelOk) return false;
    if (task == 0) note(backend_->runStage(proof_, quotient, slot));
    note(backend_->runStage(proof_, single[task], slot));
    return true;
  }

  void help(int slot) {
    while (__atomic_load_n(idle_, __ATOMIC_SEQ_CST) >= 0 && runNext(slot)) {
    }
    giveBack();
  }

  void note(int status) {
    int expected = kernelOk;
    if (status != kernelOk) status_.compare_exchange_strong(expected, status);
  }

  bool borrow() {
    int32_t seen = __atomic_load_n(idle_, __ATOMIC_SEQ_CST);
    while (seen > 0) {
      if (__atomic_compare_exchange_n(idle_, &seen, seen - 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return true;
    }
    return false;
  }

  void giveBack() { __atomic_fetch_add(idle_, 1, __ATOMIC_SEQ_CST); }

  const Backend* backend_;
  Proof* proof_;
  int32_t* idle_;
  std::atomic<int> next_{0};
  std::atomic<int> status_{kernelOk};
};

}  // namespace kernel
