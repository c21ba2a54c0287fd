// stream: a connection that carries bytes both ways, in order: TCP, or a Unix socket.
//
//   mn::net::stream s = mn::net::connect("example.org:80");
//   s.write("GET / HTTP/1.0\r\n\r\n");
//   std::array<char, 4096> buffer;
//   while (std::size_t n = s.read(buffer)) std::cout.write(buffer.data(), n);
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "mn/context.hpp"
#include "mn/detail/descriptor_handle.hpp"
#include "mn/errors.hpp"
#include "mn/net/endpoint.hpp"
#include "mn/task.hpp"

namespace mn::net {

/// A shared handle, as a channel is: copies refer to the same connection, which ends when close() is called, or with
/// the last of them. All members may be called at the same time from any number of tasks and plain OS threads; only
/// that the bytes of two reads, or of two writes, of the same direction may mix. A task that waits gives way and costs
/// nothing else than its stack; a plain thread sleeps.
///
/// What fails throws io_error (errors.hpp), of which there are two to be told apart: io_timed_out and io_closed. The
/// end of what the other side sends is no failure: read() returns 0. Where a context is given, context_cancelled or
/// context_deadline_exceeded; such a call is for tasks only (not_in_a_task).
class stream {
 public:
  /// Takes over a connected socket of the system's, and makes it one that does not block. Throws std::bad_alloc.
  static stream adopt(int fd);

  /// Waits until there is something to read, and reads at most `into.size()` bytes; returns how many. 0: the other side
  /// has ended its half, or `into` is empty.
  std::size_t read(std::span<char> into) const { return read_some(nullptr, into.data(), into.size()); }
  std::size_t read(std::span<std::byte> into) const { return read_some(nullptr, into.data(), into.size()); }
  std::size_t read(const context& ctx, std::span<char> into) const { return read_some(&ctx, into.data(), into.size()); }
  std::size_t read(const context& ctx, std::span<std::byte> into) const {
    return read_some(&ctx, into.data(), into.size());
  }

  /// Writes all of it, however often it has to wait for room. Where it throws, an unknown part has been written.
  void write(std::string_view all) const { write_all(nullptr, all.data(), all.size()); }
  void write(std::span<const std::byte> all) const { write_all(nullptr, all.data(), all.size()); }
  void write(const context& ctx, std::string_view all) const { write_all(&ctx, all.data(), all.size()); }
  void write(const context& ctx, std::span<const std::byte> all) const { write_all(&ctx, all.data(), all.size()); }

  /// Waits until a read would return at once, so that who waits needs no buffer meanwhile. Costs a system call besides.
  void wait_readable() const { wait_until_readable(nullptr); }
  void wait_readable(const context& ctx) const { wait_until_readable(&ctx); }

  /// No more is written: the other side reads what there is, and then the end. Reading goes on.
  void close_write() const;

  /// Ends the connection, both ways. Who waits, or calls later, gets io_closed. The other side sees the end of what it
  /// reads at once; where it waits for room to write, and what it sent lies unread here, it notices only when the last
  /// handle is gone. Does nothing the second time.
  void close() const noexcept;

  /// Until when reading, writing or both may take, for calls that wait now and those to come: afterwards they throw
  /// io_timed_out, also where they need not wait, until another deadline is set. time_point::max(): no deadline. A
  /// plain thread that waits already keeps to the one before.
  void set_deadline(time_point at) const noexcept {
    set_read_deadline(at);
    set_write_deadline(at);
  }
  void set_read_deadline(time_point at) const noexcept;
  void set_write_deadline(time_point at) const noexcept;

  /// The addresses of this side and of the other. Throw io_error, as where the connection is broken.
  [[nodiscard]] endpoint local() const;
  [[nodiscard]] endpoint remote() const;

  /// The system's number, for options that mn does not know. It stays this handle's: not to be closed.
  [[nodiscard]] int native_handle() const noexcept;

  /// Two handles are equal if they refer to the same connection.
  friend bool operator==(const stream& a, const stream& b) noexcept { return a.core_.get() == b.core_.get(); }

  /// For the library.
  explicit stream(detail::descriptor_handle core) noexcept : core_(std::move(core)) {}
  [[nodiscard]] detail::descriptor& core() const noexcept { return *core_; }

 private:
  std::size_t read_some(const context* ctx, void* into, std::size_t bytes) const;
  void write_all(const context* ctx, const void* from, std::size_t bytes) const;
  void wait_until_readable(const context* ctx) const;

  detail::descriptor_handle core_;
};

}  // namespace mn::net
