// SPDX-License-Identifier: Apache-2.0
// A node process that runs modules for comparison, beside tests/bytecode/interp/node_peer.mjs.
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

namespace doppel::bytecode {

/// The process; it ends with the object. Not thread-safe.
class NodePeer {
 public:
  /// Starts $DOPPEL_NODE, or else node_modules/.bin/node, or else what is called node. Null where
  /// there is none.
  static std::unique_ptr<NodePeer> start();

  NodePeer(const NodePeer&) = delete;
  NodePeer& operator=(const NodePeer&) = delete;
  ~NodePeer();

  /// What the process answers to a question; a discarded value if it is gone.
  nlohmann::json ask(const nlohmann::json& question);

 private:
  NodePeer(int process, std::FILE* questions, std::FILE* answers)
      : process_(process), questions_(questions), answers_(answers) {}

  int process_;
  std::FILE* questions_;
  std::FILE* answers_;
};

}  // namespace doppel::bytecode
