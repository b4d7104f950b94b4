// The bytes of a row: values between tabs, written and read by one walk over the row
// (aggregate.cc). A value is clean before it is written, so it holds no tab and needs no escape,
// and what is not clean was not written here. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::report {

inline constexpr std::size_t kMaxRowBytes = 8'192;

// Foreign text as a report may hold it: controls (C0, DEL, C1) and what XML 1.0 knows no character
// for are removed, bytes that are no UTF-8 become "?", and it ends with the last character within
// `max_bytes`. Clean text stays as it is.
std::string Clean(std::string_view text, std::size_t max_bytes);

class RowWriter {
 public:
  void Text(std::string_view value, std::size_t max_bytes) { Append(Clean(value, max_bytes)); }
  void Flag(bool value) { Append(value ? "1" : "0"); }
  // Of a list that does not fit, the first items.
  template <class Item, class Walk>
  void List(const std::vector<Item>& items, std::size_t most, Walk walk);
  std::string text() && { return std::move(text_); }

 private:
  void Append(std::string_view value) {
    if (!first_) text_ += '\t';
    first_ = false;
    text_.append(value);
  }

  std::string text_;
  bool first_ = true;
};

// After the first value that RowWriter would not have written, all are empty and `whole` is false.
class RowReader {
 public:
  explicit RowReader(std::string_view text);
  void Text(std::string& value, std::size_t max_bytes);
  void Flag(bool& value);
  template <class Item, class Walk>
  void List(std::vector<Item>& items, std::size_t most, Walk walk);
  // All was read, and all of it was good.
  bool whole() const { return good_ && next_ == values_.size(); }

 private:
  std::string_view Next();
  std::size_t Count(std::size_t most);

  std::vector<std::string_view> values_;
  std::size_t next_ = 0;
  bool good_ = true;
};

template <class Item, class Walk>
void RowWriter::List(const std::vector<Item>& items, std::size_t most, Walk walk) {
  constexpr std::size_t kCountBytes = 4;  // a tab and up to three digits
  std::size_t count = 0;
  std::string written;
  for (const Item& item : items) {
    RowWriter one;
    walk(one, item);
    const std::size_t size = text_.size() + kCountBytes + written.size() + 1 + one.text_.size();
    if (count == most || size > kMaxRowBytes) break;
    written.append("\t").append(one.text_);
    ++count;
  }
  Append(std::to_string(count));
  text_ += written;
}

template <class Item, class Walk>
void RowReader::List(std::vector<Item>& items, std::size_t most, Walk walk) {
  items.resize(Count(most));
  for (Item& item : items) walk(*this, item);
}

}  // namespace gatepost::report
