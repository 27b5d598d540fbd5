// Keys: read once per process, shared by the threads.
#pragma once
#include "backends.h"
#include "keys.h"

namespace kernel {

// Never destroyed: threads may still let go of keys while the process ends.
inline KeyStore& keyStore() {
  static KeyStore* const store = new KeyStore();
  return *store;
}

// A user of a key; null once it has let go.
struct Handle {
  SharedKey* key;
};

inline void dropHandle(napi_env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  if (handle->key) keyStore().release(handle->key);
  delete handle;
}

inline napi_value handleOf(napi_env env, SharedKey* key) {
  napi_value out;
  Handle* handle = new Handle{key};
  if (napi_create_external(env, handle, dropHandle, nullptr, &out) != napi_ok) {
    dropHandle(env, handle, nullptr);
    return fail(env, "the key could not be handed over");
  }
  return out;
}

// (backend, hash) -> key | undefined
inline napi_value findKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (!arguments.valid) return fail(env, "findKey takes a backend and a hash");
  const Backend* backend = backendNamed(arguments.text(0));
  const std::string hash = arguments.text(1);
  if (!arguments.valid || !backend) return fail(env, "findKey takes a backend and a hash");
  SharedKey* key = keyStore().find(backend, hash);
  return key ? handleOf(env, key) : nullptr;
}

// (backend, hash, zkey) -> key | status
inline napi_value readKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  if (!arguments.valid) return fail(env, "readKey takes a backend, a hash and bytes");
  const Backend* backend = backendNamed(arguments.text(0));
  const std::string hash = arguments.text(1);
  size_t size = 0;
  const uint8_t* bytes = arguments.bytes(2, &size);
  if (!arguments.valid || !backend) return fail(env, "readKey takes a backend, a hash and bytes");
  int status = kernelOk;
  SharedKey* key = keyStore().read(backend, hash, bytes, size, &status);
  return key ? handleOf(env, key) : numberOf(env, status);
}

// (key) -> void: what the garbage collector would do at some time, now.
inline napi_value releaseKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Handle* handle = arguments.valid ? arguments.external<Handle>(0) : nullptr;
  if (!arguments.valid) return fail(env, "releaseKey takes a key");
  if (handle->key) keyStore().release(handle->key);
  handle->key = nullptr;
  return nullptr;
}

// () -> number of keys that are loaded in this process
inline napi_value keyCount(napi_env env, napi_callback_info) { return numberOf(env, (double)keyStore().count()); }

}  // namespace kernel
