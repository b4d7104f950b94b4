// As much of MessagePack as the scripts on limits need: whole numbers from 0 to 2^53 - 1, texts and
// the heads of arrays, written as Redis's cmsgpack writes them. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatepost::store {

class PackWriter {
 public:
  static constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;

  void Number(std::int64_t number);  // beyond the bounds: the bound
  void Text(std::string_view text);
  void Array(std::size_t elements);

  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  // A head byte and `width` bytes, the highest first.
  void Put(unsigned head, std::uint64_t number, unsigned width);

  std::string bytes_;
};

// Reads one value after the other; nothing where something else stands, or the bytes end. What it
// returns of texts lives as long as the bytes. After nothing was returned it is of no use.
class PackReader {
 public:
  explicit PackReader(std::string_view bytes) : bytes_(bytes) {}

  bool done() const { return bytes_.empty(); }
  std::optional<std::int64_t> Number();
  std::optional<std::string_view> Text();
  std::optional<std::size_t> Array();

 private:
  std::optional<unsigned> Head();
  std::optional<std::uint64_t> Big(unsigned width);

  std::string_view bytes_;
};

}  // namespace gatepost::store
