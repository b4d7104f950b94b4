// Collects what is wrong with one file, so that an administrator sees all of it at once. Used while
// a file is read, by one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::config {

// Counted from 1; column 0: the whole line, line 0: the whole file.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
  friend bool operator<(const Position& a, const Position& b) {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
  }
};

class Complaints {
 public:
  // `name` stands before each line: the file's path as the administrator gave it.
  explicit Complaints(std::string_view name) : name_(name) {}

  void Add(Position at, std::string text);
  bool empty() const { return lines_.empty(); }
  // Nobody reads more; the reader may stop.
  bool full() const { return lines_.size() >= kMost; }
  // A ConfigError with all lines in the file's order, when there are any.
  void ThrowIfAny();

 private:
  static constexpr std::size_t kMost = 50;
  struct Line {
    Position at;
    std::string text;
  };
  std::string Format(const Line& line) const;

  std::string name_;
  std::vector<Line> lines_;
};

}  // namespace gatepost::config
