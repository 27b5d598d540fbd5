// The arguments of a function of the addon, each checked for its type as it is unpacked: `valid` says whether all were
// what they should be. And the plain answers.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <string>

namespace kernel {

constexpr size_t argumentsMax = 8;

struct Arguments {
  napi_env env;
  napi_value values[argumentsMax];
  bool valid;

  Arguments(napi_env environment, napi_callback_info info, size_t count) : env(environment), values(), valid(false) {
    size_t given = argumentsMax;
    valid = napi_get_cb_info(env, info, &given, values, nullptr, nullptr) == napi_ok && given == count;
  }

  std::string text(int i) {
    char buffer[128];
    size_t length = 0;
    if (napi_get_value_string_utf8(env, values[i], buffer, sizeof buffer, &length) != napi_ok) valid = false;
    return valid ? std::string(buffer, length) : std::string();
  }

  uint32_t number(int i) {
    uint32_t value = 0;
    if (napi_get_value_uint32(env, values[i], &value) != napi_ok) valid = false;
    return value;
  }

  // The bytes of a Uint8Array, whether over plain or shared memory.
  const uint8_t* bytes(int i, size_t* size) {
    napi_typedarray_type type;
    void* data = nullptr;
    napi_value buffer;
    size_t offset;
    const bool ok = napi_get_typedarray_info(env, values[i], &type, size, &data, &buffer, &offset) == napi_ok;
    if (!ok || type != napi_uint8_array) valid = false;
    return static_cast<const uint8_t*>(data);
  }

  template <class T>
  T* external(int i) {
    void* data = nullptr;
    napi_valuetype type;
    if (napi_typeof(env, values[i], &type) != napi_ok || type != napi_external) valid = false;
    if (valid && napi_get_value_external(env, values[i], &data) != napi_ok) valid = false;
    return static_cast<T*>(data);
  }
};

inline napi_value fail(napi_env env, const char* message) {
  napi_throw_type_error(env, "KERNEL_ARGUMENT", message);
  return nullptr;
}

inline napi_value numberOf(napi_env env, double value) {
  napi_value out;
  napi_create_double(env, value, &out);
  return out;
}

}  // namespace kernel
