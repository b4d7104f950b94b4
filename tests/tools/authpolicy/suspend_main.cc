// gatepost-test-suspend STORE-URL suspend|resume ACCOUNT: an administrator's hand, for tests.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "common/accounts/suspensions.h"
#include "common/store/open.h"

int main(int argc, char** argv) {
  using namespace gatepost;
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() != 4) return 64;
  store::StoreOptions options;
  options.url = words[1];
  const auto store = store::Open(options);
  accounts::Suspensions suspensions(*store, {});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!suspensions.Refresh() && std::chrono::steady_clock::now() < until) {
  }
  const auto done =
      words[2] == "suspend" ? suspensions.Suspend(words[3], {}) : suspensions.Resume(words[3]);
  if (!done) std::cerr << done.error().message << "\n";
  const auto told = suspensions.Refresh();
  return done && told ? 0 : 1;
}
