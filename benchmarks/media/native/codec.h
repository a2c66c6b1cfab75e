// Base64, SHA-1 and masks: what WebSockets with audio in JSON need.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

inline constexpr char kAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline void base64_encode(const uint8_t *from, size_t size, std::string &to) {
  size_t at = to.size();
  to.resize(at + (size + 2) / 3 * 4);
  char *out = to.data() + at;
  while (size >= 3) {
    uint32_t three = from[0] << 16 | from[1] << 8 | from[2];
    *out++ = kAlphabet[three >> 18];
    *out++ = kAlphabet[three >> 12 & 63];
    *out++ = kAlphabet[three >> 6 & 63];
    *out++ = kAlphabet[three & 63];
    from += 3;
    size -= 3;
  }
  if (size == 0) return;
  uint32_t rest = from[0] << 16 | (size == 2 ? from[1] << 8 : 0);
  *out++ = kAlphabet[rest >> 18];
  *out++ = kAlphabet[rest >> 12 & 63];
  *out++ = size == 2 ? kAlphabet[rest >> 6 & 63] : '=';
  *out++ = '=';
}

// What a character stands for; 255: none.
inline const std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values;
  values.fill(255);
  for (int i = 0; i < 64; i++) values[uint8_t(kAlphabet[i])] = uint8_t(i);
  return values;
}();

// False if it is not base64.
inline bool base64_decode(std::string_view from, std::string &to) {
  if (from.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < from.size() &&
         from[from.size() - 1 - padding] == '=')
    padding++;
  to.resize(from.size() / 4 * 3);
  char *out = to.data();
  uint8_t wrong = 0;
  const auto *in = reinterpret_cast<const uint8_t *>(from.data());
  for (size_t at = 0; at < from.size(); at += 4) {
    size_t known = at + 4 == from.size() ? 4 - padding : 4;
    uint8_t v[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < known; i++) v[i] = kValues[in[at + i]];
    wrong |= (v[0] | v[1] | v[2] | v[3]) & 128;
    uint32_t three = v[0] << 18 | v[1] << 12 | v[2] << 6 | v[3];
    *out++ = char(three >> 16);
    *out++ = char(three >> 8);
    *out++ = char(three);
  }
  to.resize(to.size() - padding);
  return wrong == 0;
}

inline void mask(char *data, size_t size, const uint8_t key[4]) {
  uint64_t both;
  std::memcpy(&both, key, 4);
  std::memcpy(reinterpret_cast<char *>(&both) + 4, key, 4);
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    std::memcpy(&word, data + at, 8);
    word ^= both;
    std::memcpy(data + at, &word, 8);
  }
  for (; at < size; at++) data[at] ^= char(key[at % 4]);
}

// Not the best of random numbers, but keys of masks need no better ones here.
inline uint32_t next_random() {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

inline uint32_t rotated(uint32_t value, int by) {
  return value << by | value >> (32 - by);
}

inline std::string sha1(std::string text) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  uint64_t bits = text.size() * 8;
  text.push_back('\x80');
  while (text.size() % 64 != 56) text.push_back('\0');
  for (int i = 7; i >= 0; i--) text.push_back(char(bits >> 8 * i));
  for (size_t block = 0; block < text.size(); block += 64) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++) {
      const auto *in = reinterpret_cast<const uint8_t *>(&text[block + 4 * i]);
      w[i] = uint32_t(in[0]) << 24 | in[1] << 16 | in[2] << 8 | in[3];
    }
    for (int i = 16; i < 80; i++)
      w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f, k;
      if (i < 20) f = (b & c) | (~b & d), k = 0x5A827999;
      else if (i < 40) f = b ^ c ^ d, k = 0x6ED9EBA1;
      else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8F1BBCDC;
      else f = b ^ c ^ d, k = 0xCA62C1D6;
      uint32_t next = rotated(a, 5) + f + e + k + w[i];
      e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  std::string digest;
  for (uint32_t word : h)
    for (int i = 3; i >= 0; i--) digest.push_back(char(word >> 8 * i));
  return digest;
}

}  // namespace bench
