// SPDX-License-Identifier: Apache-2.0
// The conversation: bytes in, packets out; and the questions about the stopped machine as a whole.
#include "sysvm/gdb/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sysvm/gdb/registers.h"

namespace doppel::sysvm::gdb {

Ending Server::serve() {
  while (!ending_) {
    std::array<pollfd, 2> wanted{
        {{socket_, POLLIN, 0}, {is_running_ ? target_.stop_descriptor() : -1, POLLIN, 0}}};
    if (poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) ending_ = Ending::kLost;
    if ((wanted[1].revents & POLLIN) != 0) machine_stopped();
    if (!ending_ && wanted[0].revents != 0) receive();
  }
  if (is_running_) {
    target_.interrupt();
    while (is_running_) {
      pollfd stopped{target_.stop_descriptor(), POLLIN, 0};
      poll(&stopped, 1, -1);
      if (target_.take_stop()) is_running_ = false;
    }
  }
  remove_points();
  return *ending_;
}

void Server::receive() {
  std::array<char, 4096> bytes;
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) {
    ending_ = Ending::kLost;
    return;
  }
  for (const char byte : std::string_view(bytes.data(), static_cast<std::size_t>(count))) {
    switch (reader_.feed(byte)) {
      case PacketReader::Event::kNone:
      case PacketReader::Event::kAccepted: break;
      case PacketReader::Event::kInterrupt:
        if (is_running_) target_.interrupt();
        break;
      case PacketReader::Event::kDamaged:
        if (acknowledges_) write_all("-");
        break;
      case PacketReader::Event::kRejected:
        if (acknowledges_) write_all(last_sent_);
        break;
      case PacketReader::Event::kPacket:
        if (acknowledges_) write_all("+");
        handle(reader_.data());
        break;
    }
    if (ending_) return;
  }
}

void Server::handle(std::string_view packet) {
  // While the machine runs, a debugger has nothing to say but byte 3.
  if (is_running_) return;
  if (const auto text = answer(packet)) send(*text);
  if (packet == "QStartNoAckMode") acknowledges_ = false;
}

void Server::machine_stopped() {
  const auto event = target_.take_stop();
  if (!event) return;
  is_running_ = false;
  stop_ = *event;
  if (event->reason == StopEvent::Reason::kEnded) {
    send(fmt::format("W{:02x}", event->exit_code));
    ending_ = Ending::kFinished;
    return;
  }
  general_hart_ = std::min(event->hart, target_.hart_count() - 1);
  send(describe_stop());
}

void Server::send(std::string_view data) {
  last_sent_ = framed(data);
  write_all(last_sent_);
}

void Server::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ending_ = Ending::kLost;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::optional<std::string> Server::answer(std::string_view packet) {
  if (packet.empty()) return "";
  const std::string_view rest = packet.substr(1);
  switch (packet.front()) {
    case '?': return describe_stop();
    case 'q':
    case 'Q': return query(packet);
    case 'H': return choose_thread(rest);
    case 'T': {
      std::string_view id = rest;
      const auto thread = take_thread(id);
      return thread && *thread >= 0 ? "OK" : "E01";
    }
    case 'g': return read_registers();
    case 'G': return write_registers(rest);
    case 'p': return read_one(rest);
    case 'P': return write_one(rest);
    case 'm': return read_memory(rest);
    case 'M': return write_memory(rest, false);
    case 'X': return write_memory(rest, true);
    case 'Z': return change_point(rest, true);
    case 'z': return change_point(rest, false);
    case 'c':
    case 's': {
      if (!resume_one(rest, packet.front() == 'c' ? Resume::kContinue : Resume::kStep))
        return "E01";
      return std::nullopt;
    }
    case 'v':
      if (packet == "vCont?") return "vCont;c;C;s;S;t";
      if (packet.starts_with("vCont;")) {
        if (!resume_all(packet.substr(5))) return "E01";
        return std::nullopt;
      }
      if (packet.starts_with("vKill")) {
        ending_ = Ending::kKilled;
        return "OK";
      }
      return "";
    case 'D': ending_ = Ending::kDetached; return "OK";
    case 'k': ending_ = Ending::kKilled; return std::nullopt;
    default: return "";
  }
}

std::string Server::query(std::string_view packet) {
  if (take(packet, "qSupported")) {
    reports_kind_ = packet.find("hwbreak+") != std::string_view::npos;
    return fmt::format(
        "PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;vContSupported+;hwbreak+;swbreak+",
        PacketReader::kMostBytes);
  }
  if (packet == "QStartNoAckMode") return "OK";
  if (take(packet, "qXfer:features:read:target.xml:")) return part_of_description(packet);
  if (packet == "qAttached") return "1";
  if (packet == "qC") return fmt::format("QC{:x}", general_hart_ + 1);
  if (packet == "qfThreadInfo") {
    std::string list = "m";
    for (unsigned i = 0; i < target_.hart_count(); ++i) {
      list += fmt::format("{}{:x}", i == 0 ? "" : ",", i + 1);
    }
    return list;
  }
  if (packet == "qsThreadInfo") return "l";
  if (take(packet, "qThreadExtraInfo,")) {
    const auto thread = take_thread(packet);
    return thread && *thread >= 0 ? to_hex(fmt::format("hart {}", *thread)) : "E01";
  }
  return "";
}

std::string Server::part_of_description(std::string_view range) const {
  const auto offset = take_number(range);
  if (!offset || !take(range, ",")) return "E01";
  const auto length = take_number(range);
  const std::string& text = target_description();
  if (!length || *offset > text.size()) return "E01";
  const std::size_t most = std::min<std::uint64_t>(*length, PacketReader::kMostBytes / 2);
  const bool is_last = text.size() - *offset <= most;
  return (is_last ? "l" : "m") + text.substr(*offset, most);
}

std::string Server::describe_stop() const {
  using Reason = StopEvent::Reason;
  constexpr int kInterruptSignal = 2;
  constexpr int kTrapSignal = 5;
  constexpr int kFaultSignal = 11;
  const int signal = stop_.reason == Reason::kInterrupted ? kInterruptSignal
                     : stop_.reason == Reason::kStuck     ? kFaultSignal
                                                          : kTrapSignal;
  std::string text = fmt::format("T{:02x}thread:{:x};", signal, stop_.hart + 1);
  if (stop_.reason != Reason::kDebug) return text;
  const DebugStop& why = target_.hart(stop_.hart).debug_stop();
  switch (why.reason) {
    case DebugStop::Reason::kStep: break;
    case DebugStop::Reason::kBreakpoint:
      if (reports_kind_) text += "hwbreak:;";
      break;
    case DebugStop::Reason::kWatchpoint: {
      const char* const kind = why.watchpoint.kind == WatchKind::kWrite  ? "watch"
                               : why.watchpoint.kind == WatchKind::kRead ? "rwatch"
                                                                         : "awatch";
      text += fmt::format("{}:{:x};", kind, why.watchpoint.address);
      break;
    }
  }
  return text;
}

std::optional<int> Server::take_thread(std::string_view& text) const {
  if (take(text, "-1")) return -1;
  const auto number = take_number(text);
  if (!number || *number > target_.hart_count()) return std::nullopt;
  // 0 is any: the one that is chosen.
  return *number == 0 ? static_cast<int>(general_hart_) : static_cast<int>(*number - 1);
}

std::string Server::choose_thread(std::string_view packet) {
  if (packet.empty()) return "E01";
  const char operation = packet.front();
  packet.remove_prefix(1);
  const auto thread = take_thread(packet);
  if (!thread) return "E01";
  if (operation == 'c') {
    continue_hart_ = *thread;
  } else if (operation == 'g' && *thread >= 0) {
    general_hart_ = static_cast<unsigned>(*thread);
  }
  return "OK";
}

bool Server::resume_one(std::string_view packet, Resume how) {
  std::vector<Resume> plan(target_.hart_count(), Resume::kContinue);
  const auto hart = continue_hart_ >= 0 ? static_cast<unsigned>(continue_hart_) : general_hart_;
  if (!packet.empty()) {
    const auto address = take_number(packet);
    if (!address) return false;
    target_.hart(hart).set_pc(GuestVirt{*address});
  }
  if (how == Resume::kStep) {
    std::ranges::fill(plan, Resume::kStay);
    plan[hart] = Resume::kStep;
  }
  is_running_ = true;
  target_.resume(plan);
  return true;
}

bool Server::resume_all(std::string_view actions) {
  std::vector<std::optional<Resume>> chosen(target_.hart_count());
  while (take(actions, ";")) {
    if (actions.empty()) return false;
    const char letter = actions.front();
    actions.remove_prefix(1);
    if (letter == 'C' || letter == 'S') {
      if (!take_number(actions)) return false;  // a signal, of which harts know nothing
    }
    const Resume how = letter == 'c' || letter == 'C'   ? Resume::kContinue
                       : letter == 's' || letter == 'S' ? Resume::kStep
                                                        : Resume::kStay;
    if (how == Resume::kStay && letter != 't') return false;
    // The leftmost action that fits a thread is its own; without a thread it fits all.
    int thread = -1;
    if (take(actions, ":")) {
      const auto taken = take_thread(actions);
      if (!taken) return false;
      thread = *taken;
    }
    for (unsigned i = 0; i < chosen.size(); ++i) {
      const bool fits = thread < 0 || static_cast<unsigned>(thread) == i;
      if (fits && !chosen[i]) chosen[i] = how;
    }
  }
  if (!actions.empty()) return false;
  std::vector<Resume> plan(chosen.size());
  for (std::size_t i = 0; i < plan.size(); ++i) plan[i] = chosen[i].value_or(Resume::kStay);
  if (std::ranges::all_of(plan, [](Resume how) { return how == Resume::kStay; })) return false;
  is_running_ = true;
  target_.resume(plan);
  return true;
}

}  // namespace doppel::sysvm::gdb
