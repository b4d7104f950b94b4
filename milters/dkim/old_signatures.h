// Which DKIM-Signature fields of a message are our own, made when it passed before. Pure.
#pragma once

#include <vector>

#include "common/mail/header_field.h"
#include "milters/dkim/key_table.h"

namespace gatepost::dkim {

// The instances, counted from 1 among the DKIM-Signature fields, whose d= and s= are those of one
// of `keys`.
std::vector<int> FindOldSignatures(const std::vector<mail::HeaderField>& fields,
                                   const std::vector<KeyRow>& keys);

}  // namespace gatepost::dkim
