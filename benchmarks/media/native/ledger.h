// When frames were sent and what came of them, for Python to read.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <time.h>
#include <vector>

namespace bench {

inline double now() {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return double(at.tv_sec) + double(at.tv_nsec) / 1e9;
}

using Times = std::vector<double>;

// The frames of one call: when they were sent, when the agent had them, when they were
// back; NaN: never.
struct CallLedger {
  Times sent, heard, back;

  uint32_t send(double at) {
    sent.push_back(at);
    heard.push_back(NAN);
    back.push_back(NAN);
    return uint32_t(sent.size() - 1);
  }
};

struct Ledger {
  std::vector<CallLedger> calls;
  Times damaged, repeated, silent, skipped;  // when
  Times due, late;                   // of the generator itself

  // As benchmarks.media.ledger.read_ledger has it.
  bool save(const std::string &path) const {
    FILE *file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return false;
    for (const CallLedger &call : calls)
      for (const Times *times : {&call.sent, &call.heard, &call.back})
        put(file, *times);
    for (const Times *times : {&damaged, &repeated, &silent, &skipped, &due, &late})
      put(file, *times);
    return std::fclose(file) == 0;
  }

 private:
  static void put(FILE *file, const Times &times) {
    uint64_t size = times.size();
    std::fwrite(&size, sizeof size, 1, file);
    std::fwrite(times.data(), sizeof(double), times.size(), file);
  }
};

}  // namespace bench
