// SPDX-License-Identifier: Apache-2.0
// What a test of float instructions asks the oracle, and its answer: records on standard input and
// output, in the host's byte order.
#pragma once

#include <cstdint>

namespace doppel::oracle {

/// One computation: a mnemonic of the RISC-V manual ("fadd.s"), a rounding mode as frm numbers
/// them, operands as bits; those of binary32 without boxing, integers as x registers hold them.
struct Question {
  char mnemonic[16];
  std::uint64_t operands[3];
  std::uint64_t rounding;
};

/// The result's bits, and fflags. An unknown mnemonic is answered with flags UINT64_MAX.
struct Answer {
  std::uint64_t bits;
  std::uint64_t flags;
};

}  // namespace doppel::oracle
