#include "milters/dkim/key_cache.h"

#include <string.h>

#include "common/config/secret_file.h"

namespace gatepost::dkim {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

bool IsOfTheRowsAlgorithm(const KeyRow& row, const auth::PrivateKey& key) {
  return !row.algorithm || *row.algorithm == key.algorithm();
}

}  // namespace

Result<std::shared_ptr<const auth::PrivateKey>> OpenKey(const KeyRow& row) {
  auto pem = config::ReadSecretFile(row.file);
  if (!pem) return tl::unexpected(pem.error());
  auto key = auth::PrivateKey::ParsePem(*pem);
  explicit_bzero(pem->data(), pem->size());
  if (!key) return Fail(key.error().kind, row.file + ": " + key.error().message);
  if (!IsOfTheRowsAlgorithm(row, *key)) {
    return Fail(ErrorKind::kInvalid, row.file + ": not a key of the algorithm that its row names");
  }
  return std::make_shared<const auth::PrivateKey>(*std::move(key));
}

Result<std::shared_ptr<const auth::PrivateKey>> KeyCache::Get(const KeyRow& row) {
  {
    const std::lock_guard lock(mutex_);
    const auto* key = keys_.Find(row.file);
    if (key != nullptr && IsOfTheRowsAlgorithm(row, **key)) return *key;
  }
  auto key = OpenKey(row);  // outside the lock: other messages go on meanwhile
  if (key) {
    const std::lock_guard lock(mutex_);
    keys_.Put(row.file, *key);
  }
  return key;
}

}  // namespace gatepost::dkim
