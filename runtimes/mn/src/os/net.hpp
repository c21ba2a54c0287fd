// What mn asks of the operating system about input and output: sockets and files that never block the calling thread
// unless they say so, and the list of those that have become ready.
//
// What can fail returns `outcome`: a value, or the system's error number. A call that a signal has interrupted is made
// again.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

struct sockaddr;

namespace mn {
enum class open_mode;
}

namespace mn::os {

/// `value` where `error` is 0. For reads and writes the number of bytes, for calls that make a descriptor its number.
struct [[nodiscard]] outcome {
  std::int64_t value = 0;
  int error = 0;

  [[nodiscard]] bool ok() const noexcept { return error == 0; }
  /// It could not be done without waiting.
  [[nodiscard]] bool would_block() const noexcept { return error == EAGAIN || error == EWOULDBLOCK; }
};

// Sockets. Each one that is made here does not block, and is not handed on to other programs.

outcome open_socket(int family) noexcept;
/// Binds, with SO_REUSEADDR for what is not a path, and listens with the longest queue that the system allows.
outcome listen_at(int fd, const sockaddr* at, std::uint32_t bytes) noexcept;
/// EINPROGRESS: it has begun, and ends when the socket can be written to; socket_error() then says how.
outcome connect_to(int fd, const sockaddr* to, std::uint32_t bytes) noexcept;
/// A connection attempt that had begun has succeeded.
bool is_connected(int fd) noexcept;
/// The error that is pending at the socket, 0 for none.
int socket_error(int fd) noexcept;
/// One connection that waits, or would_block().
outcome accept_from(int listener) noexcept;
outcome receive(int fd, void* into, std::size_t bytes) noexcept;
/// Never a SIGPIPE.
outcome send(int fd, const void* from, std::size_t bytes) noexcept;

enum class half { reading, writing, both };
outcome shut_down(int fd, half which) noexcept;
void close_descriptor(int fd) noexcept;

/// From now on calls for this socket do not block, and it is not handed on to other programs.
void never_block(int fd) noexcept;
/// An IPv6 socket that is bound to every address takes IPv4 connections as well.
void take_both_families(int fd) noexcept;
/// A Unix socket.
bool is_unix(int fd) noexcept;
/// Small packets are sent at once (TCP_NODELAY). Does nothing where the socket is not TCP's.
void send_at_once(int fd) noexcept;
/// The address of this side or of the other; `bytes` is the room, and then how much of it was needed.
outcome local_address(int fd, sockaddr* into, std::uint32_t& bytes) noexcept;
outcome remote_address(int fd, sockaddr* into, std::uint32_t& bytes) noexcept;

/// Whether it can be read from (or written to) now, or has failed.
bool is_ready(int fd, bool to_write) noexcept;
/// Blocks the calling thread until the descriptor can be read from (or written to), or has failed, or the time is over
/// (< 0: never).
void wait_for_descriptor(int fd, bool to_write, std::int64_t timeout_ns) noexcept;

// Files.

/// Blocks the thread.
outcome open_file(const char* path, mn::open_mode mode) noexcept;
/// Reads from `offset` what can be had at once, without waiting for a disk; would_block() where nothing can.
outcome read_cached(int fd, void* into, std::size_t bytes, std::int64_t offset) noexcept;
/// Block the thread.
outcome read_at(int fd, void* into, std::size_t bytes, std::int64_t offset) noexcept;
outcome write_at(int fd, const void* from, std::size_t bytes, std::int64_t offset) noexcept;
/// At the end, wherever that is by then.
outcome append(int fd, const void* from, std::size_t bytes) noexcept;
outcome file_size(int fd) noexcept;

// Readiness: Linux's epoll, edge-triggered. A descriptor that has been added is reported once each time that it becomes
// readable or writable or fails, and once at the beginning where it is; what is not fetched is kept by the system.

/// Of one descriptor.
struct readiness {
  void* who;  ///< what was given to watch_descriptor; null: ring() was called
  bool readable;
  bool writable;
  /// From now on a read that fills less than its room may leave something: the end, a failure, or what is behind urgent
  /// data.
  bool stops_short;
};

outcome make_ready_list() noexcept;
/// Adds it; what is listed already is reported anew where it is ready.
outcome watch_descriptor(int list, int fd, void* who) noexcept;
void unwatch_descriptor(int list, int fd) noexcept;
/// Fetches at most `most` reports; waits for the first one for `timeout_ns` (0: not at all, < 0: for ever). Returns how
/// many; 0 also where a signal has interrupted it.
std::size_t fetch_ready(int list, readiness* into, std::size_t most, std::int64_t timeout_ns) noexcept;

/// A descriptor for waking whoever waits in fetch_ready(), already added to the list.
outcome make_bell(int list) noexcept;
void ring_bell(int bell) noexcept;

}  // namespace mn::os
