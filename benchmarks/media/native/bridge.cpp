// The peers' work (benchmarks/media/peers) in C++ on epoll: what the machine allows.
//
//     bridge PORT AGENT_URL

#include <csignal>

#include "json.h"
#include "socket.h"

namespace bench {

struct Target {
  int port;
  std::string path;
};

class Caller;

// The socket to the agent.
class Agent : public Socket {
 public:
  Agent(Loop &loop, const Target &target, Caller *caller)
      : Socket(loop, connected(target.port), true), caller_(caller) {
    connect_to(target.port, target.path);
  }

  void leave() {
    caller_ = nullptr;
    close();
  }

 protected:
  void on_open(std::string_view) override {}
  void on_message(Opcode opcode, std::string_view payload) override;
  void on_close() override;

 private:
  Caller *caller_;
  std::string text_;
};

// The media socket.
class Caller : public Socket {
 public:
  Caller(Loop &loop, int fd, const Target &target)
      : Socket(loop, fd, false), agent_(new Agent(loop, target, this)) {}

  void agent_left() {
    agent_ = nullptr;
    close();
  }

 protected:
  void on_open(std::string_view) override {}

  void on_message(Opcode opcode, std::string_view payload) override {
    if (opcode != kText || agent_ == nullptr || !agent_->is_open()) return;
    std::string_view kind, data;
    bool good = Json::read(payload, [&](std::string_view path, std::string_view text) {
      if (path == "/kind") kind = text;
      if (path == "/audioData/data") data = text;
    });
    if (!good || kind != "AudioData" || !base64_decode(data, pcm_)) return;
    agent_->send(kBinary, pcm_);
  }

  void on_close() override {
    if (agent_ != nullptr) agent_->leave();
  }

 private:
  Agent *agent_;
  std::string pcm_;
};

void Agent::on_message(Opcode opcode, std::string_view payload) {
  if (opcode != kBinary || caller_ == nullptr || !caller_->is_open()) return;
  text_ = "{\"Kind\":\"AudioData\",\"AudioData\":{\"Data\":\"";
  base64_encode(reinterpret_cast<const uint8_t *>(payload.data()), payload.size(),
                text_);
  text_.append("\"},\"StopAudio\":null}");
  caller_->send(kText, text_);
}

void Agent::on_close() {
  if (caller_ != nullptr) caller_->agent_left();
}

}  // namespace bench

int main(int count, char **words) {
  std::string url = count == 3 ? words[2] : "";
  size_t port = url.rfind(':');
  if (port == std::string::npos || port < 3) {
    std::fprintf(stderr, "usage: bridge PORT ws://127.0.0.1:PORT/PATH\n");
    return 2;
  }
  std::signal(SIGUSR2, SIG_IGN);  // no garbage to be collected
  bench::Target target{std::atoi(&url[port + 1]), url.substr(url.find('/', port))};
  bench::Loop loop;
  bench::Listener listener(loop, std::atoi(words[1]), [&](int fd) {
    new bench::Caller(loop, fd, target);
  });
  while (true) loop.turn(-1);
}
