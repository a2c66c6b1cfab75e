// As much of a JSON parser as a bridge needs: the whole document is read, texts at
// known paths are kept.
#pragma once

#include <string>
#include <string_view>

namespace bench {

class Json {
 public:
  // Given the path ("/audioData/data") and the text of each string.
  template <typename Told>
  static bool read(std::string_view text, Told told) {
    Json json(text);
    std::string path;
    return json.value(path, told) && (json.blank(), json.at_ == text.size());
  }

 private:
  explicit Json(std::string_view text) : text_(text) {}

  template <typename Told>
  bool value(std::string &path, Told &told) {
    blank();
    std::string_view found;
    switch (peek()) {
      case '{': return object(path, told);
      case '[': return array(path, told);
      case '"':
        if (!string(found)) return false;
        told(std::string_view(path), found);
        return true;
      default: return word();
    }
  }

  template <typename Told>
  bool object(std::string &path, Told &told) {
    at_++;
    if (blank(), peek() == '}') return at_++, true;
    while (true) {
      std::string_view name;
      if (blank(), !string(name)) return false;
      size_t kept = path.size();
      path.append("/").append(name);
      if (blank(), peek() != ':') return false;
      at_++;
      if (!value(path, told)) return false;
      path.resize(kept);
      blank();
      char next = peek();
      at_++;
      if (next == '}') return true;
      if (next != ',') return false;
    }
  }

  template <typename Told>
  bool array(std::string &path, Told &told) {
    at_++;
    if (blank(), peek() == ']') return at_++, true;
    while (true) {
      if (!value(path, told)) return false;
      blank();
      char next = peek();
      at_++;
      if (next == ']') return true;
      if (next != ',') return false;
    }
  }

  // Escapes stay what they are: nothing that is looked at has any.
  bool string(std::string_view &found) {
    if (peek() != '"') return false;
    size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (uint8_t(text_[at_]) < 32) return false;
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) return false;
    found = text_.substr(start, at_++ - start);
    return true;
  }

  // A number, true, false or null.
  bool word() {
    size_t start = at_;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) ==
                                     std::string_view::npos)
      at_++;
    return at_ > start;
  }

  void blank() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                  text_[at_] == '\t' || text_[at_] == '\r'))
      at_++;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace bench
