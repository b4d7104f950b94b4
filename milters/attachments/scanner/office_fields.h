// Fields of Word's documents and links of Excel's that talk to other programs. Pure functions; any
// thread.
#pragma once

#include <string_view>

namespace gatepost::attachments {

// A field of WordprocessingML (ECMA-376 part 1, 17.16) that asks another program by DDE, in however
// many pieces it stands, also spelt in numbers (QUOTE 68 68 69).
bool HasExchangeField(std::string_view document_xml);

// One field's code, with its nested ones.
bool IsExchangeCode(std::string_view code);

}  // namespace gatepost::attachments
