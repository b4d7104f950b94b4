#include "milters/ratelimit/notice_texts.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Texts {
  std::array<std::string_view, 5> texts;  // by NoticeText
};

// By kNoticeLanguages. The owner of a suspended account learns no evidence: the thief reads that
// mailbox too.
constexpr std::array<Texts, 4> kTexts{
    Texts{{
        R"(Mail account {account}: {percent} % of a limit used

The mail account {account} has nearly used up one of its limits.

  Used:  {used}
  Limit: {limit}

Beyond the limit mail is not accepted until there is room again. The program
that sends is told so, with the time from which it may go on.

Did you not send that much? Then somebody else may know the password: change
it, and tell {contact}.
)",
        R"(Mail account {account} sends in an unusual way

The mail account {account} does not send as it usually does. Nothing was
blocked.

  Why:       {evidence}
  Reference: {reference}

"gatepost explain {reference}" shows the message,
"gatepost suspend {account}" blocks the account on all hosts.
)",
        R"(Mail account {account} was slowed down

The mail account {account} may send slowly only from now on.

  Why:       {evidence}
  By:        {by}
  Reference: {reference}

"gatepost explain {reference}" shows the message,
"gatepost suspend {account}" blocks the account on all hosts,
"gatepost resume {account}" lets it send as before.
)",
        R"(Mail account {account} was suspended

All hosts refuse the mail of the account {account} from now on.

  Why:       {evidence}
  By:        {by}
  Reference: {reference}

"gatepost explain {reference}" shows the message. Once the password is
changed, "gatepost resume {account}" lets the account send again.
)",
        R"(You cannot send mail from {account} at the moment

Sending from your mail account {account} is blocked, because
somebody else may know its password. Mail to you still arrives.

Please change the password now, and enter the new one on all of your devices.
Then ask {contact} to let you send again, and name this
reference: {reference}

Nobody needs your password for that; tell it to nobody.
)"}},
    Texts{{
        R"(Mailkonto {account}: {percent} % einer Grenze erreicht

Das Mailkonto {account} hat eine seiner Grenzen fast erreicht.

  Verbraucht: {used}
  Grenze:     {limit}

Ist die Grenze erreicht, wird Post erst wieder angenommen, wenn Platz frei
geworden ist. Das sendende Programm erfährt das, mit der Uhrzeit, ab der es
weitergeht.

Haben Sie gar nicht so viel verschickt? Dann kennt vielleicht jemand anderes
das Passwort: Ändern Sie es und sagen Sie {contact} Bescheid.
)",
        R"(Mailkonto {account} verschickt auffällig

Das Mailkonto {account} verschickt Post anders als sonst. Gesperrt wurde
nichts.

  Anlass:  {evidence}
  Kennung: {reference}

„gatepost explain {reference}“ zeigt die Nachricht,
„gatepost suspend {account}“ sperrt das Konto auf allen Servern.
)",
        R"(Mailkonto {account} wurde gebremst

Das Mailkonto {account} darf ab jetzt nur noch langsam senden.

  Anlass:  {evidence}
  Durch:   {by}
  Kennung: {reference}

„gatepost explain {reference}“ zeigt die Nachricht,
„gatepost suspend {account}“ sperrt das Konto auf allen Servern,
„gatepost resume {account}“ hebt die Bremse auf.
)",
        R"(Mailkonto {account} wurde gesperrt

Alle Server weisen die Post des Kontos {account} ab jetzt ab.

  Anlass:  {evidence}
  Durch:   {by}
  Kennung: {reference}

„gatepost explain {reference}“ zeigt die Nachricht. Ist das Passwort
geändert, gibt „gatepost resume {account}“ das Konto wieder frei.
)",
        R"(Sie können von {account} zurzeit nicht senden

Das Senden von Ihrem Mailkonto {account} ist gesperrt, weil
möglicherweise jemand anderes das Passwort kennt. Post an Sie kommt weiter an.

Bitte ändern Sie jetzt das Passwort und tragen Sie das neue auf allen Ihren
Geräten ein. Bitten Sie danach {contact}, das Senden wieder
freizugeben, und nennen Sie diese Kennung: {reference}

Ihr Passwort braucht dafür niemand; verraten Sie es niemandem.
)"}},
    Texts{{
        R"(Compte {account} : {percent} % d'une limite atteints

Le compte de messagerie {account} a presque atteint l'une de ses limites.

  Utilisé : {used}
  Limite :  {limit}

Au-delà de la limite, le courrier n'est plus accepté tant que de la place ne
s'est pas libérée. Le programme qui envoie en est averti, avec l'heure à
laquelle il pourra reprendre.

Vous n'avez pas envoyé autant ? Quelqu'un d'autre connaît peut-être le mot de
passe : changez-le et prévenez {contact}.
)",
        R"(Compte {account} : envois inhabituels

Le compte de messagerie {account} n'envoie pas comme d'habitude. Rien n'a été
bloqué.

  Motif :     {evidence}
  Référence : {reference}

« gatepost explain {reference} » montre le message,
« gatepost suspend {account} » bloque le compte sur tous les serveurs.
)",
        R"(Compte {account} ralenti

Le compte de messagerie {account} ne peut plus envoyer que lentement.

  Motif :     {evidence}
  Par :       {by}
  Référence : {reference}

« gatepost explain {reference} » montre le message,
« gatepost suspend {account} » bloque le compte sur tous les serveurs,
« gatepost resume {account} » lui rend son rythme normal.
)",
        R"(Compte {account} suspendu

Tous les serveurs refusent désormais le courrier du compte {account}.

  Motif :     {evidence}
  Par :       {by}
  Référence : {reference}

« gatepost explain {reference} » montre le message. Une fois le mot de passe
changé, « gatepost resume {account} » rétablit les envois.
)",
        R"(Vous ne pouvez plus envoyer de courrier depuis {account}

L'envoi depuis votre compte de messagerie {account} est bloqué, car
quelqu'un d'autre connaît peut-être son mot de passe. Le courrier qui vous est
adressé arrive toujours.

Changez le mot de passe dès maintenant et saisissez le nouveau sur tous vos
appareils. Demandez ensuite à {contact} de rétablir l'envoi, en
indiquant cette référence : {reference}

Personne n'a besoin de votre mot de passe pour cela ; ne le donnez à personne.
)"}},
    Texts{{
        R"(Cuenta {account}: {percent} % de un límite usado

La cuenta de correo {account} casi ha agotado uno de sus límites.

  Usado:  {used}
  Límite: {limit}

Al llegar al límite no se acepta más correo hasta que vuelva a haber espacio.
El programa que envía recibe un aviso con la hora a la que puede continuar.

¿No ha enviado usted tanto? Entonces quizá otra persona conozca la contraseña:
cámbiela y avise a {contact}.
)",
        R"(Cuenta {account}: envíos poco habituales

La cuenta de correo {account} no envía como de costumbre. No se ha bloqueado
nada.

  Motivo:     {evidence}
  Referencia: {reference}

«gatepost explain {reference}» muestra el mensaje,
«gatepost suspend {account}» bloquea la cuenta en todos los servidores.
)",
        R"(Cuenta {account} ralentizada

A partir de ahora la cuenta de correo {account} solo puede enviar despacio.

  Motivo:     {evidence}
  Por:        {by}
  Referencia: {reference}

«gatepost explain {reference}» muestra el mensaje,
«gatepost suspend {account}» bloquea la cuenta en todos los servidores,
«gatepost resume {account}» le permite enviar como antes.
)",
        R"(Cuenta {account} suspendida

A partir de ahora todos los servidores rechazan el correo de {account}.

  Motivo:     {evidence}
  Por:        {by}
  Referencia: {reference}

«gatepost explain {reference}» muestra el mensaje. Cuando la contraseña esté
cambiada, «gatepost resume {account}» permite enviar de nuevo.
)",
        R"(No puede enviar correo desde {account} por ahora

El envío desde su cuenta de correo {account} está bloqueado, porque
quizá otra persona conozca la contraseña. El correo para usted sigue llegando.

Cambie la contraseña ahora e introduzca la nueva en todos sus dispositivos.
Después pida a {contact} que vuelva a permitir el envío e indique
esta referencia: {reference}

Nadie necesita su contraseña para eso; no se la dé a nadie.
)"}}};

struct Words {
  std::string_view comma;                                  // between thousands
  std::array<std::array<std::string_view, 2>, 4> nouns;    // by Counted; one, many
  std::array<std::array<std::string_view, 2>, 4> windows;  // day to second; of one, "in N ..."
};

constexpr std::array<Words, 4> kWords{Words{",",
                                            {{{"message", "messages"},
                                              {"recipient", "recipients"},
                                              {"byte", "bytes"},
                                              {"new recipient", "new recipients"}}},
                                            {{{"a day", "in # days"},
                                              {"an hour", "in # hours"},
                                              {"a minute", "in # minutes"},
                                              {"a second", "in # seconds"}}}},
                                      Words{".",
                                            {{{"Nachricht", "Nachrichten"},
                                              {"Empfänger", "Empfänger"},
                                              {"Byte", "Bytes"},
                                              {"neuer Empfänger", "neue Empfänger"}}},
                                            {{{"am Tag", "in # Tagen"},
                                              {"in der Stunde", "in # Stunden"},
                                              {"in der Minute", "in # Minuten"},
                                              {"in der Sekunde", "in # Sekunden"}}}},
                                      Words{"\u00a0",
                                            {{{"message", "messages"},
                                              {"destinataire", "destinataires"},
                                              {"octet", "octets"},
                                              {"nouveau destinataire", "nouveaux destinataires"}}},
                                            {{{"par jour", "en # jours"},
                                              {"par heure", "en # heures"},
                                              {"par minute", "en # minutes"},
                                              {"par seconde", "en # secondes"}}}},
                                      Words{".",
                                            {{{"mensaje", "mensajes"},
                                              {"destinatario", "destinatarios"},
                                              {"byte", "bytes"},
                                              {"destinatario nuevo", "destinatarios nuevos"}}},
                                            {{{"al día", "en # días"},
                                              {"por hora", "en # horas"},
                                              {"por minuto", "en # minutos"},
                                              {"por segundo", "en # segundos"}}}}};

constexpr std::array<milliseconds, 4> kUnits{24h, 1h, 1min, 1s};

// One past the last where it is unknown.
std::size_t IndexOf(std::string_view language) {
  const auto* const found = std::ranges::find(kNoticeLanguages, language);
  return static_cast<std::size_t>(found - kNoticeLanguages.begin());
}

std::string Grouped(std::int64_t number, std::string_view comma) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), comma);
  }
  return digits;
}

std::string Window(milliseconds window, const Words& words) {
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (window == kUnits[i]) return std::string(words.windows[i][0]);
    if (window % kUnits[i] != 0ms && i + 1 < kUnits.size()) continue;
    std::string text(words.windows[i][1]);
    return text.replace(text.find('#'), 1, std::to_string(window / kUnits[i]));
  }
  return {};
}

}  // namespace

std::string_view BuiltInText(NoticeText text, std::string_view language) {
  const std::size_t at = IndexOf(language);
  return at < kTexts.size() ? kTexts[at].texts[static_cast<std::size_t>(text)] : "";
}

std::string_view PlaceholdersOf(NoticeText text) {
  switch (text) {
    case NoticeText::kLimitNear:
      return "limit used percent";
    case NoticeText::kSuspicious:
      return "evidence reference";
    case NoticeText::kThrottled:
    case NoticeText::kSuspended:
      return "evidence reference by";
    case NoticeText::kSuspendedOwner:
      return "reference";
  }
  return "";
}

std::string DescribeLimit(std::string_view language, std::int64_t amount,
                          const limits::Limit& limit) {
  const std::size_t at = IndexOf(language);
  const Words& words = kWords[at < kWords.size() ? at : 0];
  const auto& noun = words.nouns[static_cast<std::size_t>(limit.counted)];
  return Grouped(amount, words.comma) + " " + std::string(noun[amount == 1 ? 0 : 1]) + " " +
         Window(limit.window, words);
}

}  // namespace gatepost::ratelimit
