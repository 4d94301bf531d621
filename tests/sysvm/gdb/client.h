// SPDX-License-Identifier: Apache-2.0
// The debugger's end of a conversation: sends packets, and reads the answers.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/memory/file_descriptor.h"
#include "core/sanitizer.h"
#include "sysvm/gdb/packets.h"

namespace doppel::sysvm::test {

class DebuggerClient {
 public:
  explicit DebuggerClient(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// Sends bytes as they are; false: nobody takes them.
  bool send_raw(std::string_view bytes) const {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  bool send(std::string_view packet) const { return send_raw(gdb::framed(packet)); }
  /// Sends a packet and waits until it has been taken, not answered.
  bool start(std::string_view packet) {
    if (!send(packet)) return false;
    while (const char byte = receive_byte()) {
      if (reader_.feed(byte) == gdb::PacketReader::Event::kAccepted) return true;
    }
    return false;
  }
  bool interrupt() const { return send_raw("\x03"); }
  /// The next packet.
  std::string receive() {
    constexpr int kPatience = DOPPEL_TSAN ? 200'000 : 20'000;  // milliseconds
    for (;;) {
      pollfd wanted{socket_.get(), POLLIN, 0};
      if (::poll(&wanted, 1, kPatience) != 1) return "(no answer)";
      char byte;
      if (::read(socket_.get(), &byte, 1) != 1) return "(closed)";
      if (reader_.feed(byte) == gdb::PacketReader::Event::kPacket) {
        send_raw("+");
        return reader_.data();
      }
    }
  }
  std::string ask(std::string_view packet) {
    send(packet);
    return receive();
  }
  /// Reads one byte, which need not belong to a packet; 0: there is none.
  [[nodiscard]] char receive_byte() const {
    char byte = 0;
    return ::read(socket_.get(), &byte, 1) == 1 ? byte : '\0';
  }
  /// Says nothing more.
  void hang_up() const { ::shutdown(socket_.get(), SHUT_WR); }

 private:
  FileDescriptor socket_;
  gdb::PacketReader reader_;
};

/// A register's value as packets have it.
inline std::string register_text(std::uint64_t value) {
  return gdb::to_hex(std::string(reinterpret_cast<const char*>(&value), sizeof value));
}

}  // namespace doppel::sysvm::test
