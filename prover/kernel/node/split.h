// One proof on several threads. Its owner opens it and claims task after task; threads of the same pool that have
// nothing else to do join by its number and claim tasks, too, each in the memory of its own workspace. No thread is
// started here. The owner's last act is to close the proof, which waits until the helpers have finished what they began.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "../kernel.h"

namespace kernel {

class OpenProof {
 public:
  OpenProof(const Backend* backend, Proof* proof) : backend(backend), proof_(proof) {}

  const Backend* const backend;

  // The first stage of the next task, or -1: the longest tasks come first, and the sum that needs the quotient is in one
  // task with it.
  int claim() {
    static constexpr Stage first[taskCount] = {quotient, b2, a, c, b1};
    const int task = next_.fetch_add(1);
    return task < taskCount && status_.load() == kernelOk ? first[task] : -1;
  }

  // Runs a claimed task for a helper.
  void run(int stage, Workspace* workspace) {
    int status = backend->runStage(proof_, stage, workspace);
    if (stage == quotient && status == kernelOk) status = backend->runStage(proof_, h, workspace);
    int expected = kernelOk;
    if (status != kernelOk) status_.compare_exchange_strong(expected, status);
  }

  // Leaves nothing to be claimed.
  void end() { next_.store(taskCount); }

  // The first status of a helper that was not 0.
  int status() const { return status_.load(); }

 private:
  friend class OpenProofs;
  static constexpr int taskCount = 5;

  Proof* proof_;
  std::atomic<int> next_{0};
  std::atomic<int> status_{kernelOk};
  // Guarded by the mutex of OpenProofs.
  int helpers_ = 0;
};

// The proofs of this process that may be helped with, by numbers from 1 on.
class OpenProofs {
 public:
  uint32_t open(OpenProof* proof) {
    std::lock_guard<std::mutex> lock(mutex_);
    do last_ = last_ % 0x7fffffff + 1;
    while (proofs_.count(last_));
    proofs_[last_] = proof;
    return last_;
  }

  // Nobody touches the proof any more when this returns.
  void close(uint32_t number) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = proofs_.find(number);
    if (found == proofs_.end()) return;
    OpenProof* const proof = found->second;
    proofs_.erase(found);
    proof->end();
    while (proof->helpers_ > 0) left_.wait(lock);
  }

  // Takes tasks until there are none, or `board[1]`, which the pool sets when it needs the thread, is not 0. Returns how
  // many.
  int help(uint32_t number, const Backend* backend, Workspace* workspace, const int32_t* board) {
    OpenProof* const proof = enter(number, backend);
    if (!proof) return 0;
    int tasks = 0;
    while (__atomic_load_n(board + 1, __ATOMIC_SEQ_CST) == 0) {
      const int stage = proof->claim();
      if (stage < 0) break;
      proof->run(stage, workspace);
      tasks++;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    proof->helpers_--;
    left_.notify_all();
    return tasks;
  }

 private:
  OpenProof* enter(uint32_t number, const Backend* backend) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = proofs_.find(number);
    if (found == proofs_.end() || found->second->backend != backend) return nullptr;
    found->second->helpers_++;
    return found->second;
  }

  std::mutex mutex_;
  std::condition_variable left_;
  std::map<uint32_t, OpenProof*> proofs_;
  uint32_t last_ = 0;
};

}  // namespace kernel
