// Curve utilities: multiples of the generators, rows of points times a scalar, sums of products.
#pragma once
#include <cstring>

#include "backends.h"
#include "memory.h"

namespace kernel {

// Rows of points are numbered by 32 bits with room for a sign and for multiples.
static constexpr size_t pointsMax = (size_t)1 << 28;

constexpr size_t pointBytes(uint32_t group) { return group == 1 ? 64 : 128; }

struct Multiples {
  const Backend* backend;
  Generator* generator;
  size_t pointBytes;
};

inline void dropMultiples(napi_env, void* data, void*) {
  Multiples* multiples = static_cast<Multiples*>(data);
  multiples->backend->freeGenerator(multiples->generator);
  delete multiples;
}

// (backend, group, window bits) -> generator
inline napi_value createGenerator(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  const Backend* backend = arguments.valid ? backendNamed(arguments.text(0)) : nullptr;
  const uint32_t group = arguments.valid ? arguments.number(1) : 0, bits = arguments.valid ? arguments.number(2) : 0;
  if (!arguments.valid || !backend) return fail(env, "createGenerator takes a backend, a group and a window");
  Generator* generator = backend->createGenerator(hostMemory, (int)group, (int)bits);
  if (!generator) return fail(env, "the multiples of the generator could not be prepared");
  Multiples* multiples = new Multiples{backend, generator, pointBytes(group)};
  napi_value out;
  if (napi_create_external(env, multiples, dropMultiples, nullptr, &out) == napi_ok) return out;
  dropMultiples(env, multiples, nullptr);
  return fail(env, "the generator could not be handed over");
}

// (generator, scalars, output) -> status
inline napi_value multiplyGenerator(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  if (!arguments.valid) return fail(env, "multiplyGenerator takes a generator, scalars and room for points");
  Multiples* multiples = arguments.external<Multiples>(0);
  size_t scalarBytes = 0, outBytes = 0;
  const uint8_t* scalars = arguments.bytes(1, &scalarBytes);
  uint8_t* out = const_cast<uint8_t*>(arguments.bytes(2, &outBytes));
  if (!arguments.valid || scalarBytes % 32 || outBytes != scalarBytes / 32 * multiples->pointBytes) {
    return fail(env, "multiplyGenerator takes a generator, scalars and room for points");
  }
  const int status = multiples->backend->multiplyGenerator(multiples->generator, out, scalars, scalarBytes / 32);
  return numberOf(env, status);
}

// (backend, points, scalar, output) -> status; points of G1, each times the scalar
inline napi_value scalePoints(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  const char* usage = "scalePoints takes a backend, points, a scalar and room for as many points";
  if (!arguments.valid) return fail(env, usage);
  const Backend* backend = backendNamed(arguments.text(0));
  size_t size = 0, scalarSize = 0, outSize = 0;
  const uint8_t* points = arguments.bytes(1, &size);
  const uint8_t* scalar = arguments.bytes(2, &scalarSize);
  uint8_t* out = const_cast<uint8_t*>(arguments.bytes(3, &outSize));
  if (!arguments.valid || !backend || size % 64 || outSize != size || scalarSize != 32) return fail(env, usage);
  return numberOf(env, backend->scalePoints(hostMemory, out, points, size / 64, scalar));
}

// (backend, group, points, scalars, output) -> status; the sum of scalar·point
inline napi_value sumPoints(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  const char* usage = "sumPoints takes a backend, a group, points, as many scalars and room for a point";
  if (!arguments.valid) return fail(env, usage);
  const Backend* backend = backendNamed(arguments.text(0));
  const uint32_t group = arguments.number(1);
  size_t size = 0, scalarsSize = 0, outSize = 0;
  const uint8_t* points = arguments.bytes(2, &size);
  const uint8_t* scalars = arguments.bytes(3, &scalarsSize);
  uint8_t* out = const_cast<uint8_t*>(arguments.bytes(4, &outSize));
  if (!arguments.valid || !backend || group < 1 || group > 2) return fail(env, usage);
  const size_t one = pointBytes(group), count = size / one;
  if (size % one || count > pointsMax || scalarsSize != 32 * count || outSize != one) return fail(env, usage);
  return numberOf(env, backend->sumPoints(hostMemory, (int)group, out, points, scalars, (uint32_t)count));
}

// (backend, group, points, starts, numbers, scalars, output) -> status; many sums of scalar·point over one row
inline napi_value combinePoints(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const char* usage = "combinePoints takes a backend, a group, points, starts, numbers, scalars and room for the sums";
  if (!arguments.valid) return fail(env, usage);
  const Backend* backend = backendNamed(arguments.text(0));
  const uint32_t group = arguments.number(1);
  size_t size = 0, startsSize = 0, numbersSize = 0, scalarsSize = 0, outSize = 0;
  const uint8_t* points = arguments.bytes(2, &size);
  const uint8_t* starts = arguments.bytes(3, &startsSize);
  const uint8_t* numbers = arguments.bytes(4, &numbersSize);
  const uint8_t* scalars = arguments.bytes(5, &scalarsSize);
  uint8_t* out = const_cast<uint8_t*>(arguments.bytes(6, &outSize));
  if (!arguments.valid || !backend || group < 1 || group > 2) return fail(env, usage);
  const size_t one = pointBytes(group), count = size / one, sums = outSize / one, terms = numbersSize / 4;
  const bool fits = size % one == 0 && outSize % one == 0 && count <= pointsMax && sums <= pointsMax &&
                    startsSize == 4 * (sums + 1) && numbersSize % 4 == 0 && scalarsSize == 32 * terms;
  uint32_t last = 0;
  if (fits) std::memcpy(&last, starts + 4 * sums, 4);
  if (!fits || last != terms) return fail(env, usage);
  const int status = backend->combinePoints(hostMemory, (int)group, out, points, (uint32_t)count, starts, numbers,
                                            scalars, (uint32_t)sums);
  return numberOf(env, status);
}

// (backend, operation, count, input, bytes of output) -> ArrayBuffer | status; see backends/probe.h
inline napi_value probe(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  if (!arguments.valid) return fail(env, "probe takes a backend, an operation, a count, bytes and a number of bytes");
  const Backend* backend = backendNamed(arguments.text(0));
  const uint32_t operation = arguments.number(1), count = arguments.number(2), outBytes = arguments.number(4);
  size_t size = 0;
  const uint8_t* in = arguments.bytes(3, &size);
  void* out = nullptr;
  napi_value buffer;
  if (!arguments.valid || !backend) return fail(env, "probe was called with a wrong argument");
  if (napi_create_arraybuffer(env, outBytes, &out, &buffer) != napi_ok) return fail(env, "no memory for the result");
  const int status = backend->probe(hostMemory, (int)operation, static_cast<uint8_t*>(out), in, count);
  return status == kernelOk ? buffer : numberOf(env, status);
}

}  // namespace kernel
