// SPDX-License-Identifier: Apache-2.0
// FIPS 180-4, section 6.2, by SHA256RNDS2, SHA256MSG1 and SHA256MSG2 (Intel SDM, volume 2): they
// hold the state as ABEF and CDGH, and do two rounds each.
#include "core/code/sha256_blocks.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace doppel {

#ifdef __x86_64__

namespace {

alignas(16) constexpr std::array<std::uint32_t, 64> kRounds{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

__attribute__((target("sha,sse4.1"))) void take_blocks(Sha256State& state,
                                                       std::span<const std::byte> blocks) {
  const auto& [a, b, c, d, e, f, g, h] = state;
  const auto vector = [](std::uint32_t high, std::uint32_t next, std::uint32_t third,
                         std::uint32_t low) __attribute__((target("sha,sse4.1"))) {
    return _mm_set_epi32(static_cast<int>(high), static_cast<int>(next), static_cast<int>(third),
                         static_cast<int>(low));
  };
  __m128i abef = vector(a, b, e, f);
  __m128i cdgh = vector(c, d, g, h);
  const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  for (; !blocks.empty(); blocks = blocks.subspan(kSha256Block)) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    __m128i words[4];  // of the message schedule, the next 16
    for (unsigned i = 0; i < 4; ++i) {
      const auto* from = reinterpret_cast<const __m128i*>(blocks.data() + 16 * i);
      words[i] = _mm_shuffle_epi8(_mm_loadu_si128(from), big_endian);
    }
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; ++i) {
      const auto* constants = reinterpret_cast<const __m128i*>(kRounds.data() + 4 * i);
      const __m128i now = _mm_add_epi32(words[i % 4], _mm_load_si128(constants));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, now);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(now, 0x0e));
      if (i >= 12) continue;
      const __m128i last = words[(i + 3) % 4];
      const __m128i part = _mm_add_epi32(_mm_sha256msg1_epu32(words[i % 4], words[(i + 1) % 4]),
                                         _mm_alignr_epi8(last, words[(i + 2) % 4], 4));
      words[i % 4] = _mm_sha256msg2_epu32(part, last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  std::array<std::uint32_t, 4> left;   // F, E, B, A
  std::array<std::uint32_t, 4> right;  // H, G, D, C
  _mm_storeu_si128(reinterpret_cast<__m128i*>(left.data()), abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(right.data()), cdgh);
  state = {left[3], left[2], right[3], right[2], left[1], left[0], right[1], right[0]};
}

}  // namespace

Sha256Blocks sha256_blocks() {
  constexpr unsigned kSha = 1U << 29U;
  constexpr unsigned kSse41 = 1U << 19U;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kSse41) == 0) return nullptr;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (ebx & kSha) == 0) return nullptr;
  return take_blocks;
}

#else

Sha256Blocks sha256_blocks() { return nullptr; }

#endif

}  // namespace doppel
