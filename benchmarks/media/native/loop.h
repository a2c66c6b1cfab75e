// Waiting for sockets with epoll.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace bench {

[[noreturn]] inline void die(const char *what) {
  std::perror(what);
  std::exit(1);
}

struct Watched {
  virtual ~Watched() = default;
  virtual void ready(uint32_t events) = 0;
};

class Loop {
 public:
  Loop() : epoll_(epoll_create1(0)) {
    if (epoll_ < 0) die("epoll_create1");
  }

  void watch(int fd, Watched *who, uint32_t events, bool again = false) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = who;
    if (epoll_ctl(epoll_, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
      die("epoll_ctl");
  }

  // What has ended is deleted when nobody is told of it any more.
  void forget(Watched *who) { ended_.push_back(who); }

  void turn(int timeout_ms) {
    epoll_event events[256];
    int count = epoll_wait(epoll_, events, 256, timeout_ms);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++)
      static_cast<Watched *>(events[i].data.ptr)->ready(events[i].events);
    for (Watched *who : ended_) delete who;
    ended_.clear();
  }

 private:
  int epoll_;
  std::vector<Watched *> ended_;
};

// A socket to a server of this machine, which may not be there yet.
inline int connected(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) die("socket");
  // What goes wrong is heard of when it is read.
  connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to);
  return fd;
}

// Takes connections.
class Listener : public Watched {
 public:
  Listener(Loop &loop, int port, std::function<void(int)> taken) : taken_(taken) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(uint16_t(port));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int yes = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd_, reinterpret_cast<sockaddr *>(&here), sizeof here) < 0) die("bind");
    if (listen(fd_, 1024) < 0) die("listen");
    loop.watch(fd_, this, EPOLLIN);
  }

  void ready(uint32_t) override {
    int fd;
    while ((fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
      taken_(fd);
  }

 private:
  int fd_;
  std::function<void(int)> taken_;
};

}  // namespace bench
