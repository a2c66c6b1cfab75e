// Frames that say which they are; the same as benchmarks/media/frames.py has.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "codec.h"

namespace bench {

inline constexpr size_t kFrameBytes = 640, kTagBytes = 6, kTagText = 8;
inline constexpr size_t kFrameText = (kFrameBytes + 2) / 3 * 4;

// None of those that were sent; none, and silent.
inline constexpr int64_t kUnreadable = -1, kSilent = -2;

// Makes the frames of one call, and recognizes them.
struct Marking {
  virtual ~Marking() = default;
  // Base64 of a frame.
  virtual std::string_view data(uint32_t number) = 0;
  // Or kUnreadable or kSilent.
  virtual int64_t number(std::string_view data, uint32_t sent) = 0;
};

// The number stands in the first samples; the others must come back unchanged.
class Numbered : public Marking {
 public:
  explicit Numbered(uint16_t call) : call_(call) {
    uint8_t noise[kFrameBytes] = {};
    for (uint8_t &byte : noise) byte = uint8_t(next_random());
    base64_encode(noise, kFrameBytes, frame_);
  }

  std::string_view data(uint32_t number) override {
    uint8_t tag[kTagBytes];
    std::memcpy(tag, &number, 4);
    std::memcpy(tag + 4, &call_, 2);
    std::string text;
    base64_encode(tag, kTagBytes, text);
    frame_.replace(0, kTagText, text);
    return frame_;
  }

  int64_t number(std::string_view data, uint32_t sent) override {
    std::string_view rest(frame_);
    uint32_t number = 0;
    uint16_t call = 0;
    if (data.size() != kFrameText || data.substr(kTagText) != rest.substr(kTagText))
      return kUnreadable;
    if (!base64_decode(data.substr(0, kTagText), tag_)) return kUnreadable;
    read_tag(tag_, number, call);
    return call == call_ && number < sent ? number : kUnreadable;
  }

  static bool read_tag(std::string_view pcm, uint32_t &number, uint16_t &call) {
    if (pcm.size() < kTagBytes) return false;
    std::memcpy(&number, pcm.data(), 4);
    std::memcpy(&call, pcm.data() + 4, 2);
    return true;
  }

 private:
  uint16_t call_;
  std::string frame_, tag_;
};

// All frames that are made of tones, and how the tones are heard; from a file that
// benchmarks/media/frames.py writes.
struct Tones {
  uint32_t frames, first, listened, tones;
  std::vector<float> ears;
  std::vector<char> texts;

  explicit Tones(const char *path) {
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char *>(&frames), 16);
    if (!file) throw std::string("no tones in ") + path;
    ears.resize(size_t(listened) * tones * 2);
    texts.resize(size_t(frames) * kFrameText);
    file.read(reinterpret_cast<char *>(ears.data()), long(ears.size() * 4));
    file.read(texts.data(), long(texts.size()));
    if (!file) throw std::string("not all tones in ") + path;
  }
};

// Each bit of the number, in Gray's code and from 1, is a tone that is there or not.
class Toned : public Marking {
 public:
  explicit Toned(const Tones &tones) : all_(tones) {}

  std::string_view data(uint32_t number) override {
    return {&all_.texts[size_t(number % all_.frames) * kFrameText], kFrameText};
  }

  int64_t number(std::string_view data, uint32_t sent) override {
    if (data.size() != kFrameText || !base64_decode(data, pcm_)) return kUnreadable;
    std::vector<float> &sums = sums_;
    size_t both = all_.tones * 2;
    sums.assign(both, 0);
    for (size_t i = 0; i < all_.listened; i++) {
      int16_t sample;
      std::memcpy(&sample, &pcm_[(all_.first + i) * 2], 2);
      const float *ear = &all_.ears[i * both];
      for (size_t j = 0; j < both; j++) sums[j] += float(sample) * ear[j];
    }
    uint32_t code = 0;
    for (size_t tone = 0; tone < all_.tones; tone++) {
      float loud = std::hypot(sums[tone], sums[all_.tones + tone]);
      if (loud > 0.3f && loud < 0.7f) return kUnreadable;  // two frames at a time
      code = code << 1 | (loud > 0.5f);
    }
    for (uint32_t shift = 1; shift < all_.tones; shift *= 2) code ^= code >> shift;
    if (code == 0) return kSilent;
    int64_t last = int64_t(sent) - 1;
    int64_t ago = (last - code + 1) % all_.frames;
    int64_t number = last - (ago < 0 ? ago + all_.frames : ago);
    return number < 0 ? kUnreadable : number;
  }

 private:
  const Tones &all_;
  std::string pcm_;
  std::vector<float> sums_;
};

// The base64 in an AudioData of the program, whatever the case of its names and with
// or without blanks; empty if it is another message.
inline std::string_view audio_of(std::string_view text) {
  for (size_t at = 0;;) {
    at = text.find("ata\":", at);
    if (at == std::string_view::npos) return {};
    bool named = at > 1 && text[at - 2] == '"' && (text[at - 1] | 32) == 'd';
    at = text.find_first_not_of(' ', at + 5);
    if (at == std::string_view::npos) return {};
    if (named && text[at] == '"') {
      size_t end = text.find('"', at + 1);
      if (end == std::string_view::npos) return {};
      return text.substr(at + 1, end - at - 1);
    }
  }
}

}  // namespace bench
