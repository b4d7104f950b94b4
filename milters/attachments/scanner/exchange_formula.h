// Formulas that start programs, as spreadsheets take them from cells of any text: by DDE
// (=cmd|'/c calc'!A1), or by a link to a program. Pure functions; any thread.
#pragma once

#include <string_view>

namespace gatepost::attachments {

// `cell`: what stands in one, with or without quotation marks around it. False for what begins
// neither with "=" nor with "+", "-" or "@".
bool IsExchangeFormula(std::string_view cell);

}  // namespace gatepost::attachments
