#include "milters/ratelimit/notice_words.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "common/base/strings.h"
#include "milters/ratelimit/notice_texts.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Of a part of detector_policy.h, and kByAdministrator.
constexpr std::array<std::string_view, 11> kSignals{
    "rate",      "day",   "new",     "unknown",    "networks",      "addresses",
    "countries", "night", "bounces", "complaints", kByAdministrator};

struct Words {
  std::string_view comma;                                  // between thousands
  std::array<std::array<std::string_view, 2>, 4> nouns;    // by Counted; one, many
  std::array<std::array<std::string_view, 2>, 4> windows;  // day to second; of one, "in N ..."
  std::array<std::string_view, kSignals.size()> signals;
  std::string_view unusual;  // without any signal
};

constexpr std::array<Words, 4> kWords{
    Words{",",
          {{{"message", "messages"},
            {"recipient", "recipients"},
            {"byte", "bytes"},
            {"new recipient", "new recipients"}}},
          {{{"a day", "in # days"},
            {"an hour", "in # hours"},
            {"a minute", "in # minutes"},
            {"a second", "in # seconds"}}},
          {"far more recipients within an hour than usual",
           "far more recipients within a day than usual", "many new recipients",
           "many recipients that do not exist", "mail from unfamiliar networks",
           "mail from many addresses", "mail from unfamiliar countries",
           "mail at an unusual time of day", "much mail that came back", "complaints of recipients",
           "an administrator's decision"},
          "unusual mail"},
    Words{".",
          {{{"Nachricht", "Nachrichten"},
            {"Empfänger", "Empfänger"},
            {"Byte", "Bytes"},
            {"neuer Empfänger", "neue Empfänger"}}},
          {{{"am Tag", "in # Tagen"},
            {"in der Stunde", "in # Stunden"},
            {"in der Minute", "in # Minuten"},
            {"in der Sekunde", "in # Sekunden"}}},
          {"weit mehr Empfänger in einer Stunde als sonst",
           "weit mehr Empfänger an einem Tag als sonst", "viele neue Empfänger",
           "viele Empfänger, die es nicht gibt", "Post aus ungewohnten Netzen",
           "Post von vielen Adressen", "Post aus ungewohnten Ländern",
           "Post zu ungewohnter Tageszeit", "viel Post, die zurückkam",
           "Beschwerden von Empfängern", "Entscheidung der Administration"},
          "ungewöhnliche Post"},
    Words{"\u00a0",
          {{{"message", "messages"},
            {"destinataire", "destinataires"},
            {"octet", "octets"},
            {"nouveau destinataire", "nouveaux destinataires"}}},
          {{{"par jour", "en # jours"},
            {"par heure", "en # heures"},
            {"par minute", "en # minutes"},
            {"par seconde", "en # secondes"}}},
          {"bien plus de destinataires par heure", "bien plus de destinataires par jour",
           "beaucoup de nouveaux destinataires", "beaucoup de destinataires inexistants",
           "envois de réseaux inhabituels", "envois de nombreuses adresses",
           "envois de pays inhabituels", "envois à une heure inhabituelle",
           "beaucoup de courrier renvoyé", "plaintes de destinataires",
           "décision de l'administration"},
          "envois inhabituels"},
    Words{".",
          {{{"mensaje", "mensajes"},
            {"destinatario", "destinatarios"},
            {"byte", "bytes"},
            {"destinatario nuevo", "destinatarios nuevos"}}},
          {{{"al día", "en # días"},
            {"por hora", "en # horas"},
            {"por minuto", "en # minutos"},
            {"por segundo", "en # segundos"}}},
          {"muchos más destinatarios por hora", "muchos más destinatarios por día",
           "muchos destinatarios nuevos", "muchos destinatarios que no existen",
           "envíos desde redes no habituales", "envíos desde muchas direcciones",
           "envíos desde países no habituales", "envíos a una hora no habitual",
           "mucho correo devuelto", "quejas de destinatarios", "decisión de la administración"},
          "envíos poco habituales"}};

constexpr std::array<milliseconds, 4> kUnits{24h, 1h, 1min, 1s};

// English where it is unknown.
const Words& WordsOf(std::string_view language) {
  const auto* const found = std::ranges::find(kNoticeLanguages, language);
  return kWords[found == kNoticeLanguages.end()
                    ? 0
                    : static_cast<std::size_t>(found - kNoticeLanguages.begin())];
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

std::string DescribeLimit(std::string_view language, std::int64_t amount,
                          const limits::Limit& limit) {
  const Words& words = WordsOf(language);
  const auto& noun = words.nouns[static_cast<std::size_t>(limit.counted)];
  return Grouped(amount, words.comma) + " " + std::string(noun[amount == 1 ? 0 : 1]) + " " +
         Window(limit.window, words);
}

std::string DescribeSignals(std::string_view language, std::string_view signals) {
  const Words& words = WordsOf(language);
  std::string text;
  for (const std::string_view signal : base::Split(signals, ' ')) {
    const auto* const found = std::ranges::find(kSignals, signal);
    if (found == kSignals.end()) continue;
    if (!text.empty()) text += "; ";
    text += words.signals[static_cast<std::size_t>(found - kSignals.begin())];
  }
  return text.empty() ? std::string(words.unusual) : text;
}

}  // namespace gatepost::ratelimit
