// SPDX-License-Identifier: Apache-2.0
// GDB's remote protocol over a socket: registers, memory, breakpoints, watchpoints, threads,
// running and stepping. Whatever a debugger sends, it is answered or refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sysvm/gdb/packets.h"
#include "sysvm/gdb/target.h"

namespace doppel::sysvm::gdb {

/// How a conversation ended; the machine is stopped with kKilled, else it goes on.
enum class Ending : std::uint8_t {
  kDetached,  ///< by the debugger
  kLost,      ///< the connection was closed
  kKilled,    ///< the debugger wants the machine to end
  kFinished,  ///< the machine has ended
};

/// One conversation. The thread that calls `serve` is the stub's.
class Server {
 public:
  /// `target` outlives the server. Both ends of the socket may close at any time.
  Server(Target& target, int socket) : target_(target), socket_(socket) {}

  /// Talks until the debugger goes or the machine ends. The machine must be stopped; breakpoints
  /// and watchpoints of this conversation are taken away in the end.
  Ending serve();

  /// The answer to a packet while the machine is stopped; for tests, without a socket. Nothing: the
  /// machine runs now, or the conversation is over.
  std::optional<std::string> answer(std::string_view packet);

 private:
  struct Point {
    char kind;  ///< '0' or '2'–'4' as in Z packets
    std::uint64_t address;
    std::uint64_t size;
    friend bool operator==(const Point&, const Point&) = default;
  };

  void receive();
  void handle(std::string_view packet);
  void send(std::string_view data);
  void write_all(std::string_view bytes);
  void machine_stopped();

  [[nodiscard]] std::string describe_stop() const;
  [[nodiscard]] std::string query(std::string_view packet);
  [[nodiscard]] std::string part_of_description(std::string_view range) const;
  [[nodiscard]] std::string choose_thread(std::string_view packet);
  [[nodiscard]] std::string read_registers();
  [[nodiscard]] std::string write_registers(std::string_view digits);
  [[nodiscard]] std::string read_one(std::string_view packet);
  [[nodiscard]] std::string write_one(std::string_view packet);
  [[nodiscard]] std::string read_memory(std::string_view packet);
  [[nodiscard]] std::string write_memory(std::string_view packet, bool binary);
  [[nodiscard]] std::string change_point(std::string_view packet, bool add);
  bool apply_point(const Point& point, bool add);
  void remove_points();
  /// Whether the machine runs now.
  bool resume_all(std::string_view actions);
  bool resume_one(std::string_view packet, Resume how);
  /// A thread id off the front: a hart's number, all (−1) or any (0); nothing: none.
  std::optional<int> take_thread(std::string_view& text) const;

  Target& target_;
  int socket_;
  PacketReader reader_;
  std::string last_sent_;
  bool acknowledges_ = true;
  bool is_running_ = false;
  bool reports_kind_ = false;  ///< the debugger understands hwbreak and swbreak
  StopEvent stop_;
  unsigned general_hart_ = 0;  ///< of registers and memory
  int continue_hart_ = -1;     ///< of c and s; −1: all
  std::vector<Point> points_;
  std::optional<Ending> ending_;
};

}  // namespace doppel::sysvm::gdb
