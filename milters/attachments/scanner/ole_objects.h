// What is embedded in a compound file: packages, other programs' objects, controls, and the
// attachments of an Outlook message. Pure functions; any thread.
#pragma once

#include <string_view>

#include "milters/attachments/scanner/ole_look.h"

namespace gatepost::attachments {

// kEmbeddedObject, kActiveControl; packages go to `on_embedded`.
void LookForObjects(OleLook& look);

// The attachments of a .msg by each name that they have, and its body, to `on_embedded`.
void LookForAttachments(OleLook& look);

// A "\1Ole10Native" stream, or what stands for one elsewhere: the file that it packs, to
// `on_embedded`; where it is none, all of it.
void TellPackage(const Content& native, const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
