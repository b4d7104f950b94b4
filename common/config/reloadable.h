// A program's configuration as its messages see it, swapped whole at SIGHUP: who began with the old
// one finishes with it. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "common/base/result.h"
#include "common/config/config_error.h"

namespace gatepost::config {

template <class Configuration>
class Reloadable {
 public:
  using Pointer = std::shared_ptr<const Configuration>;
  // Reads the files anew. Throws ConfigError.
  using Loader = std::function<Pointer()>;

  Reloadable(Pointer configuration, Loader load)
      : configuration_(std::move(configuration)), load_(std::move(load)) {}

  Pointer Current() const {
    const std::lock_guard lock(mutex_);
    return configuration_;
  }

  // All or nothing: on failure the present configuration stays.
  base::Result<void> Reload() {
    try {
      Pointer fresh = load_();
      const std::lock_guard lock(mutex_);
      configuration_.swap(fresh);
      return {};
    } catch (const ConfigError& error) {
      return base::Fail(base::ErrorKind::kInvalid, error.what());
    }
  }

 private:
  mutable std::mutex mutex_;
  Pointer configuration_;
  const Loader load_;
};

}  // namespace gatepost::config
