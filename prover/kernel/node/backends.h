// The backends that were compiled in and that this processor can run.
#pragma once
#include "arguments.h"
#include "cpu.h"

namespace kernel {

extern const Backend genericBackend;
#if defined(KERNEL_HAS_ADX)
extern const Backend adxBackend;
#endif
#if defined(KERNEL_HAS_IFMA)
extern const Backend ifmaBackend;
#endif

inline int supported(const Backend** out) {
  const CpuFeatures cpu;
  int count = 0;
#if defined(KERNEL_HAS_IFMA)
  if (cpu.ifma) out[count++] = &ifmaBackend;
#endif
#if defined(KERNEL_HAS_ADX)
  if (cpu.adx) out[count++] = &adxBackend;
#endif
  (void)cpu;
  out[count++] = &genericBackend;
  return count;
}

inline const Backend* backendNamed(const std::string& name) {
  const Backend* all[8];
  const int count = supported(all);
  for (int i = 0; i < count; i++) {
    if (name == all[i]->name) return all[i];
  }
  return nullptr;
}

// () -> string[]: what this processor can run, the fastest first.
inline napi_value backends(napi_env env, napi_callback_info) {
  const Backend* all[8];
  const int count = supported(all);
  napi_value list, name;
  napi_create_array_with_length(env, (size_t)count, &list);
  for (int i = 0; i < count; i++) {
    napi_create_string_utf8(env, all[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, (uint32_t)i, name);
  }
  return list;
}

}  // namespace kernel
