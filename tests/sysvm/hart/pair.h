// SPDX-License-Identifier: Apache-2.0
// Two harts under test that share their memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sysvm/hart/reservations.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm::test {

/// Two harts on one board; programs begin at the symbols `first` and `second`, with floats and all
/// of memory open to them.
class Pair {
 public:
  explicit Pair(const std::string& text) : board_(assemble_text(text)) {
    for (std::uint64_t id = 0; id < 2; ++id) {
      harts_[id] = std::make_unique<Hart>(Hart::Config{
          .id = id, .bus = &board_.bus, .clock = &board_.clock, .reservations = &reservations_});
      harts_[id]->reset(GuestPhys{symbol(id == 0 ? "first" : "second")});
    }
  }

  [[nodiscard]] std::uint64_t symbol(std::string_view name) const {
    return board_.boot.symbols.find(name).value();
  }
  [[nodiscard]] std::uint64_t read(std::string_view name) const {
    return board_.read(GuestPhys{symbol(name)});
  }
  Hart& hart(unsigned id) { return *harts_[id]; }

  /// Runs both, each on a thread of its own, until s1 of both is 0, but not for ever.
  void run_until_done() {
    std::vector<std::jthread> threads;
    for (const auto& hart : harts_) {
      threads.emplace_back([&hart] {
        do hart->run({10'000});
        while (hart->x(9) != 0 && hart->retired() < 1'000'000'000);
      });
    }
  }

 private:
  Board board_;
  Reservations reservations_;
  std::unique_ptr<Hart> harts_[2];
};

}  // namespace doppel::sysvm::test
