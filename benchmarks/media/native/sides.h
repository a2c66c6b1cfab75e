// The ends of the sockets: the caller behind Azure, and the agent.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "ledger.h"
#include "marking.h"
#include "socket.h"

namespace bench {

constexpr char kMetadata[] =
    "{\"kind\":\"AudioMetadata\",\"audioMetadata\":{\"subscriptionId\":"
    "\"9c2d6e1a-0b7c-4a51-8d0e-1f2a3b4c5d6e\",\"encoding\":\"PCM\","
    "\"sampleRate\":16000,\"channels\":1,\"length\":640}}";

struct Shared {
  Loop loop;
  Ledger ledger;
  bool echoing = false;
  int agents = 0;
};

// Azure's end of one media socket.
class Caller : public Socket {
 public:
  Caller(Shared &shared, CallLedger &ledger, Marking &marking, Caller *&slot, int port,
         const std::string &path)
      : Socket(shared.loop, connected(port), true), shared_(shared), ledger_(ledger),
        marking_(marking), slot_(slot) {
    connect_to(port, path);
  }

  void talk(std::string_view stamp) {
    text_.assign("{\"kind\":\"AudioData\",\"audioData\":{\"timestamp\":\"");
    text_.append(stamp).append("\",\"data\":\"");
    text_.append(marking_.data(uint32_t(ledger_.sent.size())));
    text_.append("\",\"silent\":false}}");
    ledger_.send(now());
    send(kText, text_);
  }

 protected:
  void on_open(std::string_view) override { send(kText, kMetadata); }

  void on_message(Opcode opcode, std::string_view payload) override {
    double at = now();
    if (opcode != kText) return;
    std::string_view data = audio_of(payload);
    if (data.empty()) return;
    int64_t number = marking_.number(data, uint32_t(ledger_.sent.size()));
    if (number == kSilent)
      shared_.ledger.silent.push_back(at);
    else if (number < 0)
      shared_.ledger.damaged.push_back(at);
    else if (!std::isnan(ledger_.back[size_t(number)]))
      shared_.ledger.repeated.push_back(at);
    else
      ledger_.back[size_t(number)] = at;
  }

  void on_close() override { slot_ = nullptr; }

 private:
  Shared &shared_;
  CallLedger &ledger_;
  Marking &marking_;
  Caller *&slot_;
  std::string text_;
};

// An agent that says back what it hears: bare PCM16, Twilio's messages, or (where no
// program stands between) whatever it is.
class Agent : public Socket {
 public:
  Agent(Shared &shared, int fd) : Socket(shared.loop, fd, false), shared_(shared) {}

 protected:
  void on_open(std::string_view path) override {
    twilio_ = path.substr(0, 7) == "/twilio";
    counted_ = true;
    shared_.agents++;
  }

  void on_message(Opcode opcode, std::string_view payload) override {
    if (twilio_) return twilio(payload);
    if (opcode == kBinary) heard(payload);
    if (shared_.echoing) send(opcode, payload);
  }

  void on_close() override { shared_.agents -= counted_; }

 private:
  void heard(std::string_view pcm) {
    uint32_t number;
    uint16_t call;
    if (!Numbered::read_tag(pcm, number, call)) return;
    if (call >= shared_.ledger.calls.size()) return;
    CallLedger &ledger = shared_.ledger.calls[call];
    if (number < ledger.heard.size()) ledger.heard[number] = now();
  }

  void twilio(std::string_view text) {
    if (text.substr(0, 16) == "{\"event\":\"media\"") {
      if (!shared_.echoing) return;
      answer_.resize(head_);
      answer_.append(value(text, "\"payload\"")).append("\"}}");
      send(kText, answer_);
    } else if (text.substr(0, 40).find("\"start\"") != std::string_view::npos) {
      answer_ = "{\"event\":\"media\",\"streamSid\":\"";
      answer_.append(value(text, "\"streamSid\""));
      answer_.append("\",\"media\":{\"payload\":\"");
      head_ = answer_.size();
    }
  }

  static std::string_view value(std::string_view text, std::string_view name) {
    size_t at = text.find(name);
    if (at == std::string_view::npos) return {};
    size_t start = text.find('"', at + name.size()) + 1;
    return text.substr(start, text.find('"', start) - start);
  }

  Shared &shared_;
  bool twilio_ = false, counted_ = false;
  std::string answer_;
  size_t head_ = 0;
};

}  // namespace bench
