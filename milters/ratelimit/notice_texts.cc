#include "milters/ratelimit/notice_texts.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace gatepost::ratelimit {
namespace {

struct Texts {
  std::array<std::string_view, 6> texts;  // by NoticeText
};

// By kNoticeLanguages. In the mailbox of a suspended account no figures stand, as the thief reads
// it, too, and nothing of the owner's other address, where they do.
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

  Why:   {why}
  Since: {since}

Please change the password now, and enter the new one on all of your devices.
Then ask {contact} to let you send again, and name this
reference: {reference}

Nobody needs your password for that; tell it to nobody.
)",
        R"(Your mail account {account} was suspended

Sending from your mail account {account} is blocked, because
somebody else may know its password. This comes to your other address, as the
mailbox itself may have another reader.

  Why:       {why}
  Since:     {since}
  Sent:      {messages} messages to {recipients} recipients in the day before
  From:      {networks}
  Reference: {reference}

Was some of it not sent by you? Please change the password now, and enter the
new one on all of your devices. Then ask {contact} to let you send
again, and name the reference.

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

  Anlass: {why}
  Seit:   {since}

Bitte ändern Sie jetzt das Passwort und tragen Sie das neue auf allen Ihren
Geräten ein. Bitten Sie danach {contact}, das Senden wieder
freizugeben, und nennen Sie diese Kennung: {reference}

Ihr Passwort braucht dafür niemand; verraten Sie es niemandem.
)",
        R"(Ihr Mailkonto {account} wurde gesperrt

Das Senden von Ihrem Mailkonto {account} ist gesperrt, weil
möglicherweise jemand anderes das Passwort kennt. Das geht an Ihre andere
Adresse, denn vielleicht liest jemand in dem Postfach mit.

  Anlass:     {why}
  Seit:       {since}
  Verschickt: {messages} Nachrichten an {recipients} Empfänger am Tag davor
  Aus:        {networks}
  Kennung:    {reference}

War etwas davon nicht von Ihnen? Bitte ändern Sie jetzt das Passwort und tragen
Sie das neue auf allen Ihren Geräten ein. Bitten Sie danach {contact},
das Senden wieder freizugeben, und nennen Sie die Kennung.

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

  Motif :  {why}
  Depuis : {since}

Changez le mot de passe dès maintenant et saisissez le nouveau sur tous vos
appareils. Demandez ensuite à {contact} de rétablir l'envoi, en
indiquant cette référence : {reference}

Personne n'a besoin de votre mot de passe pour cela ; ne le donnez à personne.
)",
        R"(Votre compte de messagerie {account} a été suspendu

L'envoi depuis votre compte de messagerie {account} est bloqué, car
quelqu'un d'autre connaît peut-être son mot de passe. Ce message arrive à votre
autre adresse, car la boîte elle-même a peut-être un autre lecteur.

  Motif :     {why}
  Depuis :    {since}
  Envoyé :    {messages} messages à {recipients} destinataires en un jour
  Réseaux :   {networks}
  Référence : {reference}

Une partie n'est pas de vous ? Changez le mot de passe dès maintenant et
saisissez le nouveau sur tous vos appareils. Demandez ensuite à {contact}
de rétablir l'envoi, en indiquant la référence.

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

  Motivo: {why}
  Desde:  {since}

Cambie la contraseña ahora e introduzca la nueva en todos sus dispositivos.
Después pida a {contact} que vuelva a permitir el envío e indique
esta referencia: {reference}

Nadie necesita su contraseña para eso; no se la dé a nadie.
)",
        R"(Su cuenta de correo {account} ha sido suspendida

El envío desde su cuenta de correo {account} está bloqueado, porque
quizá otra persona conozca la contraseña. Le escribimos a su otra dirección,
porque quizá alguien más lea el buzón.

  Motivo:     {why}
  Desde:      {since}
  Enviado:    {messages} mensajes a {recipients} destinatarios en el día anterior
  Redes:      {networks}
  Referencia: {reference}

¿Hay algo que no envió usted? Cambie la contraseña ahora e introduzca la nueva
en todos sus dispositivos. Después pida a {contact} que vuelva a
permitir el envío e indique la referencia.

Nadie necesita su contraseña para eso; no se la dé a nadie.
)"}}};

// One past the last where it is unknown.
std::size_t IndexOf(std::string_view language) {
  const auto* const found = std::ranges::find(kNoticeLanguages, language);
  return static_cast<std::size_t>(found - kNoticeLanguages.begin());
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
      return "reference why since";
    case NoticeText::kSuspendedContact:
      return "reference why since messages recipients networks";
  }
  return "";
}

namespace {

std::string_view TextOf(std::size_t name, std::string_view language) {
  return BuiltInText(static_cast<NoticeText>(name), language);
}

std::string_view AllPlaceholdersOf(std::size_t name) {
  static const auto kAll = [] {
    std::array<std::string, kNoticeNames.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = "account host contact ";
      all[i] += PlaceholdersOf(static_cast<NoticeText>(i));
    }
    return all;
  }();
  return kAll[name];
}

}  // namespace

const notices::Catalogue kNoticeCatalogue{kNoticeNames, kNoticeLanguages, TextOf,
                                          AllPlaceholdersOf};

}  // namespace gatepost::ratelimit
