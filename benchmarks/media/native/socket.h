// WebSockets over TCP, both ends: no TLS, no compression, no fragments.
#pragma once

#include <string>
#include <string_view>

#include "codec.h"
#include "loop.h"

namespace bench {

enum Opcode : uint8_t { kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// So much may wait for a peer that does not read; what comes then is dropped.
inline constexpr size_t kMostWaiting = 4 << 20;

// One end of a WebSocket.  Deletes itself after on_close().
class Socket : public Watched {
 public:
  Socket(Loop &loop, int fd, bool client) : loop_(loop), fd_(fd), client_(client) {
    int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    loop_.watch(fd_, this, EPOLLIN);
  }

  bool is_open() const { return open_ && !closed_; }

  void send(Opcode opcode, std::string_view payload) {
    if (closed_ || out_.size() > kMostWaiting) return;
    static std::string frame;
    frame.clear();
    frame.push_back(char(0x80 | opcode));
    uint8_t masked = client_ ? 0x80 : 0;
    if (payload.size() < 126) {
      frame.push_back(char(masked | payload.size()));
    } else if (payload.size() < 65536) {
      frame.push_back(char(masked | 126));
      frame.push_back(char(payload.size() >> 8));
      frame.push_back(char(payload.size()));
    } else {
      frame.push_back(char(masked | 127));
      for (int i = 7; i >= 0; i--) frame.push_back(char(payload.size() >> 8 * i));
    }
    uint32_t key = next_random();
    if (client_) frame.append(reinterpret_cast<char *>(&key), 4);
    size_t at = frame.size();
    frame.append(payload);
    if (client_)
      mask(&frame[at], payload.size(), reinterpret_cast<uint8_t *>(&key));
    write(frame);
  }

  void close() {
    if (open_ && !closed_) send(kClose, std::string_view("\x03\xe8", 2));
    end();
  }

  void ready(uint32_t events) override {
    if (closed_) return;
    if (events & EPOLLOUT) flush();
    if (!closed_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read();
  }

 protected:
  virtual void on_open(std::string_view path) = 0;
  virtual void on_message(Opcode opcode, std::string_view payload) = 0;
  virtual void on_close() {}

  void connect_to(int port, const std::string &path) {
    write("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }

 private:
  void write(std::string_view data) {
    size_t sent = 0;
    if (out_.empty()) {
      ssize_t count = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) return;  // told again when it is read
      sent = count < 0 ? 0 : size_t(count);
      if (sent == data.size()) return;
      loop_.watch(fd_, this, EPOLLIN | EPOLLOUT, true);
    }
    out_.append(data.substr(sent));
  }

  void flush() {
    ssize_t count = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) return end();
    out_.erase(0, size_t(count));
    if (out_.empty()) {
      out_.shrink_to_fit();
      loop_.watch(fd_, this, EPOLLIN, true);
    }
  }

  void read() {
    static std::vector<char> buffer(1 << 18);
    size_t kept = in_.size();
    if (kept >= buffer.size()) return end();
    std::memcpy(buffer.data(), in_.data(), kept);
    ssize_t count = recv(fd_, &buffer[kept], buffer.size() - kept, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return end();
    size_t size = kept + size_t(count);
    size_t used = take(buffer.data(), size);
    if (!closed_) in_.assign(&buffer[used], size - used);
  }

  size_t take(char *data, size_t size) {
    size_t used = 0;
    if (!open_) {
      size_t end_of_head = std::string_view(data, size).find("\r\n\r\n");
      if (end_of_head == std::string_view::npos) return 0;
      used = end_of_head + 4;
      if (!handshake(std::string_view(data, used))) {
        end();
        return 0;
      }
    }
    while (!closed_) {
      size_t length = frame(data + used, size - used);
      if (length == 0) break;
      used += length;
    }
    return used;
  }

  // How long the frame was; 0 if it is not complete.
  size_t frame(char *data, size_t size) {
    const auto *in = reinterpret_cast<uint8_t *>(data);
    if (size < 2) return 0;
    size_t head = 2, length = in[1] & 127;
    if (length >= 126) {
      size_t wide = length == 126 ? 2 : 8;
      if (size < 2 + wide) return 0;
      length = 0;
      for (size_t i = 0; i < wide; i++) length = length << 8 | in[2 + i];
      head += wide;
    }
    bool masked = in[1] & 128;
    size_t whole = head + (masked ? 4 : 0) + length;
    if (size < whole) return 0;
    char *payload = data + whole - length;
    if (masked) mask(payload, length, in + head);
    message(in[0] & 0x8f, std::string_view(payload, length));
    return whole;
  }

  void message(uint8_t first, std::string_view payload) {
    Opcode opcode = Opcode(first & 15);
    if (opcode == kClose) {
      send(kClose, payload.substr(0, 2));
      end();
    } else if (opcode == kPing) {
      send(kPong, payload);
    } else if (opcode == kText || opcode == kBinary) {
      if (!(first & 0x80)) std::fprintf(stderr, "a fragment: not understood\n");
      on_message(opcode, payload);
    }
  }

  bool handshake(std::string_view head) {
    if (client_) {
      open_ = head.substr(0, 12) == "HTTP/1.1 101";
      if (!open_)
        std::fprintf(stderr, "refused: %.60s\n", std::string(head).c_str());
      else
        on_open("");
      return open_;
    }
    std::string small(head);
    for (char &c : small)
      if (c >= 'A' && c <= 'Z') c = char(c + 32);
    size_t at = small.find("\r\nsec-websocket-key:");
    if (at == std::string::npos) return false;
    at = head.find_first_not_of(' ', at + 20);
    std::string key(head.substr(at, head.find('\r', at) - at));
    std::string digest = sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    std::string text =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    base64_encode(reinterpret_cast<const uint8_t *>(digest.data()), 20, text);
    write(text + "\r\n\r\n");
    open_ = true;
    size_t path = head.find(' ') + 1;
    on_open(head.substr(path, head.find(' ', path) - path));
    return true;
  }

  void end() {
    if (closed_) return;
    closed_ = true;
    open_ = false;
    ::close(fd_);
    on_close();
    loop_.forget(this);
  }

  Loop &loop_;
  int fd_;
  bool client_, open_ = false, closed_ = false;
  std::string in_, out_;
};

}  // namespace bench
