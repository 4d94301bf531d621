// SPDX-License-Identifier: Apache-2.0
// Translated code by page of RAM. What it was made of is remembered as a digest of the page: after
// a fence.i, a page's blocks are used again only if its contents are still the same. So stores need
// not be watched, as the architecture promises coherence of fetches to no one before the fence.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sysvm/hart/cell.h"
#include "sysvm/isa/instruction.h"
#include "sysvm/mmu/tlb.h"

namespace doppel::sysvm {

/// The blocks of one page of RAM.
struct CodePage {
  const std::byte* host = nullptr;
  std::uint64_t digest = 0;
  std::uint64_t epoch = 0;  ///< the epoch in which the contents were compared last
  std::array<std::uint16_t, kPageSize / 2> starts{};  ///< by halfword: block number + 1
  std::vector<std::unique_ptr<Cell[]>> blocks;
};

/// See the file comment. One hart's; one thread.
class Blocks {
 public:
  /// How long a block may be.
  static constexpr std::uint64_t kMostInstructions = 64;

  /// `fuses`: frequent pairs of instructions get one handler.
  explicit Blocks(bool fuses) : fuses_(fuses) {}

  /// The code page of the page of RAM at `host`; stale blocks are dropped.
  CodePage& page(const std::byte* host);

  /// The block that begins at `offset`, translated now if need be. `second_half` are the 16 bits
  /// after the page, wanted where the first instruction straddles its end.
  const Cell* block(CodePage& page, std::uint64_t offset, std::uint16_t second_half);

  /// A block of at most `most` instructions that lives until the next such call.
  const Cell* passing(const std::byte* host, std::uint64_t offset, std::uint16_t second_half,
                      std::uint64_t most);

  /// Contents must be compared again before blocks are used: fence.i.
  void doubt() { ++epoch_; }

  /// Whether the code has grown beyond what should be kept; then `clear`.
  [[nodiscard]] bool is_full() const { return cells_ > kMostCells; }
  void clear();

  [[nodiscard]] std::uint64_t translated() const { return translated_; }

 private:
  /// 16 bytes a cell.
  static constexpr std::size_t kMostCells = 1'500'000;

  std::unique_ptr<Cell[]> translate(const CodePage* page, const std::byte* host,
                                    std::uint64_t offset, std::uint16_t second_half,
                                    std::uint64_t most);

  bool fuses_;
  std::unordered_map<const std::byte*, std::unique_ptr<CodePage>> pages_;
  std::array<CodePage*, 512> recent_{};  ///< by number of the page: found without the map
  std::uint64_t epoch_ = 1;
  std::size_t cells_ = 0;
  std::uint64_t translated_ = 0;
  std::unique_ptr<Cell[]> passing_;
};

/// Whether the instruction at `offset` has its second half in the next page.
[[nodiscard]] bool straddles(const std::byte* host, std::uint64_t offset);

}  // namespace doppel::sysvm
