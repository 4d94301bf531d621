// SPDX-License-Identifier: Apache-2.0
// A line each way through a pair of pipes.
#include "tests/bytecode/interp/node_peer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

namespace doppel::bytecode {

namespace {

/// The package of npm where it is installed beside the tests comes before the system's.
std::string node_command() {
  if (const char* chosen = std::getenv("DOPPEL_NODE"); chosen != nullptr) return chosen;
  const char* package = "node_modules/.bin/node";
  return access(package, X_OK) == 0 ? package : "node";
}

}  // namespace

std::unique_ptr<NodePeer> NodePeer::start() {
  std::array<int, 2> questions{};
  std::array<int, 2> answers{};
  if (pipe2(questions.data(), O_CLOEXEC) != 0) return nullptr;
  if (pipe2(answers.data(), O_CLOEXEC) != 0) {
    close(questions[0]);
    close(questions[1]);
    return nullptr;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, questions[0], 0);
  posix_spawn_file_actions_adddup2(&actions, answers[1], 1);
  std::string command = node_command();
  std::string script = "tests/bytecode/interp/node_peer.mjs";
  std::array<char*, 3> arguments{command.data(), script.data(), nullptr};
  pid_t process = 0;
  const int failed =
      posix_spawnp(&process, command.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(questions[0]);
  close(answers[1]);
  if (failed != 0) {
    close(questions[1]);
    close(answers[0]);
    return nullptr;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a process that is gone shows in its answer
  return std::unique_ptr<NodePeer>(
      new NodePeer(process, fdopen(questions[1], "w"), fdopen(answers[0], "r")));
}

NodePeer::~NodePeer() {
  std::fclose(questions_);
  std::fclose(answers_);
  waitpid(process_, nullptr, 0);
}

nlohmann::json NodePeer::ask(const nlohmann::json& question) {
  std::fputs((question.dump() + "\n").c_str(), questions_);
  std::fflush(questions_);
  char* line = nullptr;
  std::size_t size = 0;
  const bool answered = getline(&line, &size, answers_) > 0;
  nlohmann::json answer =
      nlohmann::json::parse(answered ? line : "", nullptr, /*allow_exceptions=*/false);
  std::free(line);
  return answer;
}

}  // namespace doppel::bytecode
