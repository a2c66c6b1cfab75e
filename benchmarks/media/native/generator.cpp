// The load generator: Azure's side of the media sockets, and the agent's side.
//
//     generator AGENT_PORT CALLS numbers|TONES_FILE
//
// Told what to do by lines on standard input (the end of which ends it):
//
//     media CALL PORT PATH   open the media socket of a call; it talks at once
//     echo                   from now on the agent says what it hears
//     status                 -> "status OPEN AGENTS BACK": media sockets, agent's
//                            sockets, calls of which a frame has come back
//     save FILE              -> "saved": what was measured
//     hangup                 close all sockets
//
// One thread: frames are due at times that are fixed before, those of different calls
// spread over the 20 ms; between them what has come is read.

#include <fcntl.h>
#include <memory>
#include <sstream>
#include <sys/timerfd.h>

#include "sides.h"

namespace bench {

constexpr double kFrame = 0.02;
constexpr int kSlots = 80;

// Wakes the loop when a frame may be due.
class Ticks : public Watched {
 public:
  explicit Ticks(Loop &loop) {
    fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    itimerspec every{};
    every.it_interval.tv_nsec = every.it_value.tv_nsec = long(kFrame / kSlots * 1e9);
    timerfd_settime(fd_, 0, &every, nullptr);
    loop.watch(fd_, this, EPOLLIN);
  }

  void ready(uint32_t) override {
    uint64_t count;
    if (read(fd_, &count, sizeof count) < 0 && errno != EAGAIN) die("timer");
  }

 private:
  int fd_;
};

class Generator : public Watched {
 public:
  Generator(int agent_port, size_t calls, const std::string &marking)
      : listener_(shared_.loop, agent_port, [this](int fd) { new Agent(shared_, fd); }),
        ticks_(shared_.loop), callers_(calls) {
    shared_.ledger.calls.resize(calls);
    if (marking != "numbers") tones_ = std::make_unique<Tones>(marking.c_str());
    for (size_t call = 0; call < calls; call++) {
      if (tones_)
        markings_.push_back(std::make_unique<Toned>(*tones_));
      else
        markings_.push_back(std::make_unique<Numbered>(uint16_t(call)));
    }
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    shared_.loop.watch(0, this, EPOLLIN);
  }

  void run() {
    double start = now();
    for (uint64_t step = 0; !ended_;) {
      double due = start + double(step) * kFrame / kSlots;
      double late = now() - due;
      if (late < 0) {
        shared_.loop.turn(-1);
        continue;
      }
      if (late > kFrame) {
        // A burst would stand in queues of playout for ever.
        uint64_t missed = uint64_t(late / kFrame);
        step += missed * kSlots;
        due += double(missed) * kFrame;
        shared_.ledger.skipped.insert(shared_.ledger.skipped.end(), missed, now());
      }
      if (talk(step % kSlots)) {
        shared_.ledger.due.push_back(due);
        shared_.ledger.late.push_back(now() - due);
      }
      step++;
      shared_.loop.turn(0);  // what came must be read, however late we are
    }
  }

  // A line of our orders.
  void ready(uint32_t) override {
    char buffer[65536];
    ssize_t count = read(0, buffer, sizeof buffer);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      ended_ = true;
      return;
    }
    orders_.append(buffer, size_t(count));
    size_t end;
    while ((end = orders_.find('\n')) != std::string::npos) {
      obey(orders_.substr(0, end));
      orders_.erase(0, end + 1);
    }
    std::fflush(stdout);
  }

 private:
  // True if anybody has said something.
  bool talk(uint64_t slot) {
    static char stamp[32];
    timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    static time_t second = 0;
    if (at.tv_sec != second) {
      struct tm parts;
      second = at.tv_sec;
      strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &parts));
    }
    std::snprintf(stamp + 19, 6, ".%03dZ", int(at.tv_nsec / 1000000));
    bool any = false;
    size_t calls = callers_.size();
    for (size_t call = (slot * calls + kSlots - 1) / kSlots;
         call * kSlots < (slot + 1) * calls; call++) {
      Caller *caller = callers_[call];
      if (caller == nullptr || !caller->is_open()) continue;
      caller->talk({stamp, 24});
      any = true;
    }
    return any;
  }

  void obey(const std::string &line) {
    std::istringstream words(line);
    std::string order;
    words >> order;
    if (order == "media") {
      size_t call;
      int port;
      std::string path;
      words >> call >> port >> path;
      CallLedger &ledger = shared_.ledger.calls.at(call);
      callers_[call] =
          new Caller(shared_, ledger, *markings_[call], callers_[call], port, path);
    } else if (order == "echo") {
      shared_.echoing = true;
    } else if (order == "status") {
      status();
    } else if (order == "save") {
      std::string path;
      std::getline(words >> std::ws, path);
      std::puts(shared_.ledger.save(path) ? "saved" : "not saved");
    } else if (order == "hangup") {
      for (Caller *caller : std::vector<Caller *>(callers_))
        if (caller != nullptr) caller->close();
    }
  }

  void status() {
    int open = 0, back = 0;
    for (Caller *caller : callers_) open += caller != nullptr && caller->is_open();
    for (CallLedger &ledger : shared_.ledger.calls) {
      bool any = false;
      for (size_t i = ledger.back.size(); i > 0 && !any; i--)
        any = !std::isnan(ledger.back[i - 1]);
      back += any;
    }
    std::printf("status %d %d %d\n", open, shared_.agents, back);
  }

  Shared shared_;
  Listener listener_;
  Ticks ticks_;
  std::unique_ptr<Tones> tones_;
  std::vector<std::unique_ptr<Marking>> markings_;
  std::vector<Caller *> callers_;
  std::string orders_;
  bool ended_ = false;
};

}  // namespace bench

int main(int count, char **words) {
  if (count != 4) {
    std::fprintf(stderr, "usage: generator AGENT_PORT CALLS numbers|TONES_FILE\n");
    return 2;
  }
  try {
    bench::Generator generator(std::atoi(words[1]), size_t(std::atoi(words[2])), words[3]);
    generator.run();
  } catch (const std::string &problem) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    return 1;
  }
}
