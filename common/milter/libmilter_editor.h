// The changes of one message, sent through libmilter. Made and used inside the end-of-message
// callback, in its thread.
#pragma once

#include <libmilter/mfapi.h>

#include "common/milter/message_editor.h"

namespace gatepost::milter {

class LibmilterEditor final : public MessageEditor {
 public:
  // `leading_space`: SMFIP_HDR_LEADSPC is agreed on. Without it the mail server writes a space
  // after the colon by itself, so ours is taken off.
  LibmilterEditor(SMFICTX* context, bool leading_space)
      : context_(context), leading_space_(leading_space) {}

  bool InsertHeader(int index, std::string_view name, std::string_view value) override;
  bool AddHeader(std::string_view name, std::string_view value) override;
  bool ChangeHeader(std::string_view name, int instance, std::string_view value) override;
  bool DeleteHeader(std::string_view name, int instance) override;
  bool ReplaceBody(std::span<const std::byte> chunk) override;
  bool Quarantine(std::string_view reason) override;
  bool Progress() override;

 private:
  std::string_view OnWire(std::string_view value) const;

  SMFICTX* context_;
  bool leading_space_;
};

}  // namespace gatepost::milter
