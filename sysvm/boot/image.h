// SPDX-License-Identifier: Apache-2.0
// Programs that start on a bare machine, as their files describe them: ELF, the RISC-V Linux boot
// image (with or without the EFI header that distributions ship it with), or raw code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/types.h"
#include "sysvm/boot/symbols.h"

namespace doppel::sysvm {

/// A piece of a program: file bytes, then zeroes up to `memory_bytes`.
struct Segment {
  GuestPhys address;
  std::span<const std::byte> contents;
  std::uint64_t memory_bytes = 0;
};

/// A program ready to be placed. Views into the file's bytes.
struct ProgramImage {
  std::vector<Segment> segments;  ///< not empty
  GuestPhys entry;
  SymbolTable symbols;  ///< of an ELF file that has them
};

/// Understands a program. What has no addresses of its own (raw code, a boot image, a
/// position-independent ELF file) is placed from `base` on; a boot image keeps the distance from
/// `ram_base` that it asks for. Errors: kMalformed for damage, kUnsupported, with a word on what
/// would help, for a program of another machine or a compressed one.
Result<ProgramImage> read_program(std::span<const std::byte> file, GuestPhys ram_base,
                                  GuestPhys base);

/// Reads an ELF file alone; nothing when the bytes do not begin as one.
std::optional<Result<ProgramImage>> read_elf(std::span<const std::byte> file, GuestPhys base);

}  // namespace doppel::sysvm
