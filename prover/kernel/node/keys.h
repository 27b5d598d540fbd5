// The keys of this process: each is read once, whoever asks for it first, and shared by all threads until the last user
// lets go of it. A key is named by its backend and the hash of its bytes, which the caller has computed.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "memory.h"

namespace kernel {

struct SharedKey {
  const Backend* backend;
  std::string name;
  Key* key = nullptr;
  int status = kernelOk;
  bool isReading = true;
  unsigned users = 0;
};

class KeyStore {
 public:
  // A key that is already here, or being read by another thread; null when the caller has to bring the bytes.
  SharedKey* find(const Backend* backend, const std::string& hash) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = keys_.find(nameOf(backend, hash));
    if (found == keys_.end()) return nullptr;
    return wait(found->second, lock);
  }

  // Reads the key unless another thread has begun to; null and the status when it is refused.
  SharedKey* read(const Backend* backend, const std::string& hash, const uint8_t* bytes, uint64_t size, int* status) {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::string name = nameOf(backend, hash);
    // A reader that failed takes its entry away; then it is somebody else's turn, perhaps ours.
    for (auto found = keys_.find(name); found != keys_.end(); found = keys_.find(name)) {
      SharedKey* shared = wait(found->second, lock);
      if (shared) return shared;
    }
    SharedKey* mine = new SharedKey{backend, name};
    mine->users = 1;
    keys_[name] = mine;
    lock.unlock();
    mine->key = backend->readKey(bytes, size, hostMemory, &mine->status);
    lock.lock();
    mine->isReading = false;
    *status = mine->status;
    read_.notify_all();
    if (mine->key) return mine;
    keys_.erase(name);
    drop(mine);
    return nullptr;
  }

  SharedKey* share(SharedKey* shared) {
    std::lock_guard<std::mutex> lock(mutex_);
    shared->users++;
    return shared;
  }

  void release(SharedKey* shared) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (shared->users == 1) keys_.erase(shared->name);
    drop(shared);
  }

  size_t count() {
    std::lock_guard<std::mutex> lock(mutex_);
    return keys_.size();
  }

 private:
  static std::string nameOf(const Backend* backend, const std::string& hash) {
    return std::string(backend->name) + ":" + hash;
  }

  // Becomes a user and waits until the reader is done; null when it failed.
  SharedKey* wait(SharedKey* shared, std::unique_lock<std::mutex>& lock) {
    shared->users++;
    while (shared->isReading) read_.wait(lock);
    if (shared->key) return shared;
    drop(shared);
    return nullptr;
  }

  // The mutex is held.
  void drop(SharedKey* shared) {
    if (--shared->users > 0) return;
    if (shared->key) shared->backend->freeKey(shared->key);
    delete shared;
  }

  std::mutex mutex_;
  std::condition_variable read_;
  std::map<std::string, SharedKey*> keys_;
};

}  // namespace kernel
