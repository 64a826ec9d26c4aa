// A plain TCP connection over the loopback, the yardstick of streams.
//
// Threading: one caller at a time, except TcpListener::Stop, which may be called
// while Accept or a connection of it waits.
#ifndef DEEPVISION_BENCHMARKS_STREAM_TCP_H_
#define DEEPVISION_BENCHMARKS_STREAM_TCP_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace deepvision {

class TcpConnection {
 public:
  // Takes over the socket.
  explicit TcpConnection(int socket) : socket_(socket) {}
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  static absl::StatusOr<std::unique_ptr<TcpConnection>> Connect(int port);

  // Both block; false when the other side has gone.
  bool SendAll(const void* data, size_t size);
  // Copies `size` bytes out of the socket, a buffer of 1 MiB at a time.
  bool ReceiveAll(size_t size);

 private:
  const int socket_;
  std::vector<char> buffer_ = std::vector<char>(size_t{1} << 20);
};

class TcpListener {
 public:
  // On a free port.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Listen();
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  int port() const { return port_; }
  // Blocks; null once stopped. One connection is served at a time.
  TcpConnection* Accept();
  void Stop();

 private:
  TcpListener(int socket, int port) : socket_(socket), port_(port) {}

  const int socket_;
  const int port_;
  std::unique_ptr<TcpConnection> connection_;
  std::atomic<int> open_socket_{-1};  // of connection_
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_STREAM_TCP_H_
