#include "milters/attachments/hold_notice_texts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace gatepost::attachments {
namespace {

constexpr std::array<std::string_view, 2> kNames{"held", "held-without-code"};
constexpr std::array<std::string_view, 4> kLanguages{"en", "de", "fr", "es"};
constexpr std::string_view kWithCode = "account contact sender subject attachments code until";
constexpr std::string_view kWithoutCode = "account contact sender subject attachments";

using Texts = std::array<std::string_view, 2>;  // by HoldNoticeText

constexpr std::array<Texts, 4> kTexts{Texts{R"(A message to {account} was held back

A message to {account} was held back, because of what is attached to it.

  Says it is from: {sender}
  Subject:         {subject}
  Attached:        {attachments}

Anybody can write anything there. If you do not expect this message, you need
not do anything.

If you do expect it, send this code to {contact}:

  {code}

With it the message is delivered to you. The code works once, until {until}.
)",
                                            R"(A message to {account} was held back

A message to {account} was held back, because what is attached to it
may be dangerous.

  Says it is from: {sender}
  Subject:         {subject}
  Attached:        {attachments}

Anybody can write anything there. If you do not expect this message, you need
not do anything. If you do, ask the sender for another way first; {contact}
can look at it.
)"},
                                      Texts{R"(Eine Nachricht an {account} wurde zurückgehalten

Eine Nachricht an {account} wurde zurückgehalten, wegen ihrer Anhänge.

  Angeblich von: {sender}
  Betreff:       {subject}
  Anhänge:       {attachments}

Dort kann jeder alles hineinschreiben. Wenn Sie diese Nachricht nicht erwarten,
brauchen Sie nichts zu tun.

Wenn Sie sie erwarten, schicken Sie diesen Code an {contact}:

  {code}

Damit wird sie Ihnen zugestellt. Der Code gilt einmal, bis {until}.
)",
                                            R"(Eine Nachricht an {account} wurde zurückgehalten

Eine Nachricht an {account} wurde zurückgehalten, weil ihre Anhänge
gefährlich sein können.

  Angeblich von: {sender}
  Betreff:       {subject}
  Anhänge:       {attachments}

Dort kann jeder alles hineinschreiben. Wenn Sie diese Nachricht nicht erwarten,
brauchen Sie nichts zu tun. Sonst bitten Sie zuerst den Absender um einen anderen
Weg; {contact} kann sie ansehen.
)"},
                                      Texts{R"(Un message pour {account} a été retenu

Un message pour {account} a été retenu à cause de ses pièces jointes.

  Dit venir de :   {sender}
  Objet :          {subject}
  Pièces jointes : {attachments}

N'importe qui peut y écrire n'importe quoi. Si vous n'attendez pas ce message,
vous n'avez rien à faire.

Si vous l'attendez, envoyez ce code à {contact} :

  {code}

Le message vous sera alors remis. Le code sert une seule fois, jusqu'au {until}.
)",
                                            R"(Un message pour {account} a été retenu

Un message pour {account} a été retenu, car ses pièces jointes peuvent
être dangereuses.

  Dit venir de :   {sender}
  Objet :          {subject}
  Pièces jointes : {attachments}

N'importe qui peut y écrire n'importe quoi. Si vous n'attendez pas ce message,
vous n'avez rien à faire. Sinon, demandez d'abord un autre moyen à l'expéditeur ;
{contact} peut l'examiner.
)"},
                                      Texts{R"(Se ha retenido un mensaje para {account}

Se ha retenido un mensaje para {account} por lo que lleva adjunto.

  Dice venir de: {sender}
  Asunto:        {subject}
  Adjuntos:      {attachments}

Cualquiera puede escribir ahí cualquier cosa. Si no espera este mensaje, no
tiene que hacer nada.

Si lo espera, envíe este código a {contact}:

  {code}

Con él se le entregará el mensaje. El código sirve una sola vez, hasta el {until}.
)",
                                            R"(Se ha retenido un mensaje para {account}

Se ha retenido un mensaje para {account}, porque lo que lleva adjunto puede
ser peligroso.

  Dice venir de: {sender}
  Asunto:        {subject}
  Adjuntos:      {attachments}

Cualquiera puede escribir ahí cualquier cosa. Si no espera este mensaje, no
tiene que hacer nada. Si lo espera, pida primero otra vía al remitente;
{contact} puede examinarlo.
)"}};

std::string_view TextOf(std::size_t name, std::string_view language) {
  const auto* const found = std::ranges::find(kLanguages, language);
  if (found == kLanguages.end()) return {};
  return kTexts.at(static_cast<std::size_t>(found - kLanguages.begin())).at(name);
}

std::string_view PlaceholdersOf(std::size_t name) {
  return name == static_cast<std::size_t>(HoldNoticeText::kHeld) ? kWithCode : kWithoutCode;
}

}  // namespace

const notices::Catalogue kHoldNoticeCatalogue{kNames, kLanguages, TextOf, PlaceholdersOf};

}  // namespace gatepost::attachments
