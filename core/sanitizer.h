// SPDX-License-Identifier: Apache-2.0
// Which sanitizer this build carries, told alike by Clang and GCC: DOPPEL_ASAN and DOPPEL_TSAN are
// 0 or 1.
#pragma once

#if defined(__has_feature)
#define DOPPEL_HAS_FEATURE(feature) __has_feature(feature)
#else
#define DOPPEL_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || DOPPEL_HAS_FEATURE(address_sanitizer)
#define DOPPEL_ASAN 1
#else
#define DOPPEL_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || DOPPEL_HAS_FEATURE(thread_sanitizer)
#define DOPPEL_TSAN 1
#else
#define DOPPEL_TSAN 0
#endif
