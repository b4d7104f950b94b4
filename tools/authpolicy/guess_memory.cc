#include "tools/authpolicy/guess_memory.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::authpolicy {
namespace {

using base::IpAddress;
using store::Key;
using store::KeyMaker;
using Call = store::Store::ScriptCall;
using Results = std::vector<store::ScriptResult>;

std::string Prefix(const IpAddress& client, unsigned bits) {
  return client.Masked(bits).Format() + "/" + std::to_string(bits);
}

std::string PlaceName(const IpAddress& client) { return Prefix(client, client.is_v4() ? 24 : 64); }

// FNV-1a: stands for the account among a client's guesses. Who makes two accounts that share it
// gains nothing: a success at one of them needs its password.
std::string ShortName(const std::string& account) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : account) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::to_string(hash);
}

// Different each time, on all hosts as good as certainly.
std::string NameOfItsOwn() {
  static std::atomic<std::uint64_t> last = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return "?" + std::to_string(now) + "." + std::to_string(++last);
}

struct Keys {
  explicit Keys(const Guess& guess)
      : account{KeyMaker::Guesses("user " + guess.account),
                KeyMaker::PlaceGuesses("user " + guess.account, PlaceName(guess.client)),
                KeyMaker::KnownPlace("user " + guess.account, PlaceName(guess.client))},
        address{KeyMaker::Guesses("ip " + ClientName(guess.client))},
        network{KeyMaker::Guesses("net " + NetworkName(guess.client))} {}

  std::array<Key, 3> account;  // itself, its guesses from this place, the place's mark
  std::array<Key, 1> address;
  std::array<Key, 1> network;
};

std::int64_t Number(const store::ScriptResult& result, std::size_t index) {
  return result && result->size() > index ? (*result)[index] : 0;
}

using Arguments = std::vector<std::string>;

// A set's terms, as guess_add reads them.
void Append(Arguments& arguments, const GuessLimits& limits, const MemoryTerms& terms) {
  arguments.push_back(std::to_string(terms.window.count()));
  arguments.push_back(std::to_string(limits.block));
  arguments.push_back(std::to_string(terms.block_time.count()));
}

Arguments AddArguments(std::string guess, const GuessLimits& limits, const MemoryTerms& terms) {
  Arguments arguments{std::move(guess), std::to_string(GuessMemory::kMostGuesses)};
  Append(arguments, limits, terms);
  return arguments;
}

// New there, and the one that fills it.
bool Fills(const store::ScriptResult& result, const GuessLimits& limits) {
  return limits.block > 0 && Number(result, 0) == limits.block && Number(result, 1) == 1;
}

}  // namespace

std::string ClientName(const IpAddress& client) {
  return client.is_v6() ? Prefix(client, 64) : client.Format();
}

std::string NetworkName(const IpAddress& client) {
  return Prefix(client, client.is_v4() ? 24 : 48);
}

GuessCounts GuessMemory::Look(const Guess& guess, base::Deadline deadline) {
  const Keys keys(guess);
  const auto& script = store::scripts::kGuessCount;
  const std::array calls{Call{script, keys.account, {}}, Call{script, keys.address, {}},
                         Call{script, keys.network, {}}};
  const Results results = store_.RunAll(calls, deadline);
  GuessCounts counts;
  counts.account = Number(results[0], 0);
  counts.place = Number(results[0], 1);
  counts.known_place = Number(results[0], 2) > 0;
  counts.address = Number(results[1], 0);
  counts.network = Number(results[2], 0);
  return counts;
}

GuessMemory::Blocked GuessMemory::AddFailure(const Guess& guess, const GuessRules& rules,
                                             const MemoryTerms& terms, base::Deadline deadline) {
  const Keys keys(guess);
  const std::string password = guess.pwhash.empty() ? NameOfItsOwn() : guess.pwhash;
  Arguments account = AddArguments(password, rules.account, terms);
  Append(account, rules.address, terms);
  const std::string elsewhere = ShortName(guess.account) + ":" + password;
  const Arguments address = AddArguments(elsewhere, rules.address, terms);
  const Arguments network = AddArguments(elsewhere, rules.network, terms);
  const auto& script = store::scripts::kGuessAdd;
  const std::array calls{Call{script, std::span(keys.account).first(2), account},
                         Call{script, keys.address, address}, Call{script, keys.network, network}};
  const Results results = store_.RunAll(calls, deadline);
  return {Fills(results[0], rules.account), Fills(results[1], rules.address),
          Fills(results[2], rules.network)};
}

void GuessMemory::AddSuccess(const Guess& guess, const MemoryTerms& terms,
                             base::Deadline deadline) {
  const Keys keys(guess);
  const Arguments arguments{ShortName(guess.account) + ":",
                            std::to_string(terms.known_place.count())};
  const auto& script = store::scripts::kGuessForgive;
  const std::array calls{Call{script, keys.account, arguments},
                         Call{script, keys.address, arguments},
                         Call{script, keys.network, arguments}};
  static_cast<void>(store_.RunAll(calls, deadline));
}

}  // namespace gatepost::authpolicy
