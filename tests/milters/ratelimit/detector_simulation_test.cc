// What the detector does in the long run: to accounts in the hands of their owners, nothing; to
// stolen ones, a stop before much has passed. Prints what it counted.
#include <functional>
#include <iostream>
#include <memory>
#include <random>

#include "tests/milters/ratelimit/simulated_account.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  std::size_t Upto(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random_);
  }
  bool In(double probability) { return std::bernoulli_distribution(probability)(random_); }
  std::size_t Poisson(double mean) { return std::poisson_distribution<std::size_t>(mean)(random_); }
  // Small numbers often.
  std::size_t Skewed(std::size_t below) {
    const double u = std::uniform_real_distribution<>(0, 1)(random_);
    return static_cast<std::size_t>(u * u * u * static_cast<double>(below));
  }

 private:
  std::mt19937 random_;
};

Whereabouts Place(std::size_t network, std::size_t host, std::string_view country = "DE") {
  const std::string text = "10." + std::to_string(network / 256 % 256) + "." +
                           std::to_string(network % 256) + "." + std::to_string(host);
  return Whereabouts::Of(*base::IpAddress::Parse(text), country);
}

struct Habits {
  const char* name = "5 to 20 messages a day";
  std::size_t least_messages = 5, most_messages = 20;  // a day
  double strangers = 0.06;                             // of the recipients
};

constexpr Habits kSorts[] = {
    {},
    {"40 to 80 messages a day", 40, 80, 0.06},
    {"a salesman, every second recipient new", 15, 30, 0.5},
    {"a message now and then", 0, 2, 0.2},
};

// A person with habits: so many messages a day, at these hours, to these contacts, from home, from
// work and by a phone that gets an address in another network now and then.
class Person {
 public:
  Person(unsigned seed, store::Store& store, AccountTerms terms = {}, const Habits& habits = {})
      : chance_(seed),
        name_("user" + std::to_string(seed)),
        habits_(habits),
        account_(store, "user " + name_ + "@example.org", terms),
        messages_a_day_(static_cast<double>(
            habits.least_messages + chance_.Upto(habits.most_messages - habits.least_messages))),
        contacts_(30 + chance_.Upto(170)),
        first_hour_(6 + chance_.Upto(4)),
        phone_(seed * 7 + 3) {}

  void LiveADay(base::ManualClock& clock, bool at_work = true) {
    std::vector<std::size_t> times;
    const double mean = at_work ? messages_a_day_ : messages_a_day_ / 5;
    for (std::size_t i = chance_.Poisson(mean); i > 0; --i) times.push_back(Time());
    std::ranges::sort(times);
    std::size_t now = 0;
    for (const std::size_t time : times) {
      clock.Advance(seconds(time - now));
      now = time;
      account_.Send(Ordinary());
    }
    clock.Advance(24h - seconds(now));
    if (chance_.In(0.3)) phone_ = chance_.Upto(65'535);
  }

  void Live(base::ManualClock& clock, int days) {
    for (int day = 0; day < days; ++day) LiveADay(clock, day % 7 < 5);
  }

  std::string Contact(std::size_t number) const {
    return name_ + ".contact" + std::to_string(number) + "@example.net";
  }
  std::string Stranger() { return "stranger" + std::to_string(strangers_++) + "@example.net"; }

  SimulatedMessage Ordinary() {
    SimulatedMessage message{{}, Where(), 0};
    const std::size_t size = chance_.In(0.75)  ? 1
                             : chance_.In(0.9) ? 2 + chance_.Upto(4)
                                               : 6 + chance_.Upto(14);
    for (std::size_t i = 0; i < size; ++i) {
      message.recipients.push_back(
          chance_.In(habits_.strangers) ? Stranger() : Contact(chance_.Skewed(contacts_)));
    }
    if (chance_.In(0.01)) message.refused = 1;
    return message;
  }

  SimulatedMessage Invitation(std::size_t known, std::size_t strangers) {
    SimulatedMessage message{{}, Fixed(0), 0};
    for (std::size_t i = 0; i < known; ++i) message.recipients.push_back(Contact(i));
    for (std::size_t i = 0; i < strangers; ++i) message.recipients.push_back(Stranger());
    return message;
  }

  SimulatedAccount& account() { return account_; }
  Chance& chance() { return chance_; }

 private:
  std::size_t Time() {
    const std::size_t hour = chance_.In(0.97) ? first_hour_ + chance_.Upto(11) : chance_.Upto(23);
    return hour * 3'600 + chance_.Upto(3'599);
  }
  Whereabouts Fixed(std::size_t which) const {
    return Place(20'000 + contacts_ + which * 1'000, 4);
  }
  Whereabouts Where() {
    const std::size_t which = chance_.Upto(9);
    if (which < 5) return Fixed(0);
    if (which < 8) return Fixed(1);
    return Place(phone_, 1 + chance_.Upto(100));
  }

  Chance chance_;
  std::string name_;
  Habits habits_;
  SimulatedAccount account_;
  double messages_a_day_;
  std::size_t contacts_;
  std::size_t first_hour_;
  std::size_t phone_;
  std::size_t strangers_ = 0;
};

class DetectorSimulation : public testing::Test {
 protected:
  // Begins at midnight of a Monday, after two weeks of ordinary life.
  std::unique_ptr<Person> Settled(unsigned seed, int days = 14, AccountTerms terms = {}) {
    AdvanceTo(0h);
    auto person = std::make_unique<Person>(seed, store_, terms);
    person->Live(clock_, days);
    person->account().Begin();
    return person;
  }

  void AdvanceTo(std::chrono::hours hour) {
    const auto now = clock_.Wall().time_since_epoch() % 24h;
    clock_.Advance((hour - now + 24h) % 24h);
  }

  base::ManualClock clock_{base::WallTime(1'699'833'600s)};
  store::MemoryStore store_{clock_, 2'000'000};
};

TEST_F(DetectorSimulation, PeopleWhoSendTheirOwnMailAreNotTouched) {
  constexpr unsigned kPeople = 20, kWeeks = 6;
  unsigned seed = 0;
  for (const Habits& habits : kSorts) {
    unsigned counts[4] = {};
    for (unsigned i = 0; i < kPeople; ++i) {
      Person person(++seed, store_, {}, habits);
      for (unsigned week = 0; week < kWeeks; ++week) {
        person.account().Begin();
        person.Live(clock_, 7);
        ++counts[static_cast<int>(person.account().worst())];
      }
    }
    std::cout << habits.name << ": of " << kPeople * kWeeks << " account-weeks " << counts[1]
              << " with a notice, " << counts[2] << " throttled, " << counts[3] << " suspended\n";
    EXPECT_EQ(counts[1] + counts[2] + counts[3], 0U);
  }
}

struct Event {
  const char* name;
  std::function<void(Person&, base::ManualClock&)> happens;
  Step worst;
};

void SendAnHour(Person& person, base::ManualClock& clock, const std::vector<Whereabouts>& places,
                int messages) {
  for (int i = 0; i < messages; ++i) {
    SimulatedMessage message = person.Ordinary();
    message.where = places[static_cast<std::size_t>(i) % places.size()];
    person.account().Send(message);
    clock.Advance(3'600s / messages);
  }
}

const Event kEvents[] = {
    {"an invitation to 40 known and 20 new people",
     [](Person& p, auto&) { p.account().Send(p.Invitation(40, 20)); }, Step::kNone},
    {"an invitation to 80 people, all known",
     [](Person& p, auto&) { p.account().Send(p.Invitation(80, 0)); }, Step::kNone},
    {"30 new people at once", [](Person& p, auto&) { p.account().Send(p.Invitation(0, 30)); },
     Step::kNone},
    {"a party: 100 new people at once",
     [](Person& p, auto&) { p.account().Send(p.Invitation(10, 100)); }, Step::kThrottle},
    {"travel: 3 addresses, 2 countries, a busy hour",
     [](Person& p, auto& clock) {
       SendAnHour(p, clock,
                  {Place(60'000, 1, "FR"), Place(60'300, 1, "FR"), Place(61'000, 1, "IT")}, 15);
     },
     Step::kNone},
    {"a new phone in three networks",
     [](Person& p, auto& clock) {
       SendAnHour(p, clock, {Place(62'000, 1), Place(62'300, 1), Place(62'600, 1)}, 12);
     },
     Step::kNone},
    {"a phone that gets another address for each message, in three networks of its carrier",
     [](Person& p, auto& clock) {
       std::vector<Whereabouts> places;
       for (std::size_t i = 0; i < 15; ++i) places.push_back(Place(63'000 + i % 3 * 7, 1 + i));
       SendAnHour(p, clock, places, 15);
     },
     Step::kNone},
    {"five devices with public addresses in one network, a busy hour",
     [](Person& p, auto& clock) {
       std::vector<Whereabouts> places;
       for (std::size_t i = 0; i < 5; ++i) places.push_back(Place(64'000, 1 + i));
       SendAnHour(p, clock, places, 30);
     },
     Step::kNone},
    {"back from a holiday of three weeks: 40 answers in two hours",
     [](Person& p, auto& clock) {
       clock.Advance(24h * 21);
       SendAnHour(p, clock, {p.Ordinary().where}, 20);
       SendAnHour(p, clock, {p.Ordinary().where}, 20);
     },
     Step::kNone},
    {"work at night",
     [](Person& p, auto& clock) {
       clock.Advance(12h);
       SendAnHour(p, clock, {p.Ordinary().where}, 15);
     },
     Step::kNone},
    {"a message of 30 that is tried again each minute for two hours",
     [](Person& p, auto& clock) {
       const SimulatedMessage message = p.Invitation(25, 5);
       for (int minute = 0; minute < 120; ++minute) {
         for (const std::string& recipient : message.recipients) {
           p.account().Try(message.where, recipient);
         }
         clock.Advance(1min);
       }
     },
     Step::kNone},
};

TEST_F(DetectorSimulation, WhatHappensInAPersonsLifeIsNoTheft) {
  unsigned seed = 500;
  for (const Event& event : kEvents) {
    int counts[4] = {};
    for (int i = 0; i < 12; ++i, ++seed) {
      const auto person = Settled(seed);
      AdvanceTo(14h);
      event.happens(*person, clock_);
      const Step worst = person->account().worst();
      ++counts[static_cast<int>(worst)];
      EXPECT_LE(worst, event.worst)
          << event.name << ": " << person->account().assessment().Evidence();
    }
    std::cout << event.name << ": of 12 accounts " << counts[1] << " with a notice, " << counts[2]
              << " throttled, " << counts[3] << " suspended\n";
  }
}

// 3,000 subscribers in an hour, one message each.
void SendNewsletter(Person& person, base::ManualClock& clock) {
  for (std::size_t i = 0; i < 3'000; ++i) {
    SimulatedMessage message{{"subscriber" + std::to_string(i) + "@example.net"},
                             Place(40'000, 1),
                             i % 100 == 0 ? std::size_t{1} : 0};
    person.account().Send(message);
    clock.Advance(1s);
  }
}

TEST_F(DetectorSimulation, ANewsletterWithinARaisedLimitIsLeftAlone) {
  for (const int days : {0, 14}) {
    for (const std::int64_t limit : {3'000, 5'000}) {
      const auto person = Settled(900 + static_cast<unsigned>(days + limit), days, {false, limit});
      AdvanceTo(3h);
      for (int issue = 0; issue < 3; ++issue) {
        SendNewsletter(*person, clock_);
        EXPECT_EQ(person->account().worst(), Step::kNone)
            << days << " days, limit " << limit << ", issue " << issue << ": "
            << person->account().assessment().Evidence();
        person->Live(clock_, 7);
      }
    }
  }
}

struct Attack {
  const char* name;
  Step end;
  std::size_t addresses;
  std::size_t recipients_a_message;
  std::size_t recipients;
  seconds pause;  // between messages
  std::size_t refused_percent;
  bool parallel;  // messages leave from all addresses in turn
  std::int64_t most_passed;
  bool one_network = false;  // else each address is in a network of its own
};

// How many recipients passed until it came to that.
std::int64_t Suffer(Person& person, const Attack& attack, base::ManualClock& clock) {
  const std::size_t messages = attack.recipients / attack.recipients_a_message;
  for (std::size_t i = 0; i < messages && person.account().worst() < attack.end; ++i) {
    const std::size_t which =
        attack.parallel ? i % attack.addresses : i * attack.addresses / messages;
    const std::size_t network = attack.one_network ? 50'000 : 50'000 + which * 300;
    SimulatedMessage message{{}, Place(network, 9 + which, "BR"), 0};
    for (std::size_t r = 0; r < attack.recipients_a_message; ++r) {
      message.recipients.push_back(person.Stranger());
      message.refused += person.chance().In(static_cast<double>(attack.refused_percent) / 100);
    }
    person.account().Send(message);
    clock.Advance(attack.pause);
  }
  EXPECT_GE(person.account().worst(), attack.end) << attack.name;
  return person.account().passed();
}

constexpr Attack kAttacks[] = {
    {"2,000 from 5 addresses, one a message", Step::kSuspend, 5, 1, 2'000, 1s, 0, true, 80},
    {"the same, 20 a message", Step::kSuspend, 5, 20, 2'000, 1s, 0, true, 80},
    {"the same, 100 a message", Step::kSuspend, 5, 100, 2'000, 1s, 0, true, 99},
    {"the same, 10 % unknown here", Step::kSuspend, 5, 1, 2'000, 1s, 10, true, 80},
    {"the same, one address after the other", Step::kSuspend, 5, 1, 2'000, 1s, 0, false, 120},
    {"2,000 from one address", Step::kSuspend, 1, 1, 2'000, 1s, 0, true, 160},
    {"2,000 from 20 addresses of one network", Step::kSuspend, 20, 1, 2'000, 1s, 0, true, 130,
     true},
    {"100 an hour from one address", Step::kSuspend, 1, 1, 2'000, 36s, 0, true, 300},
    {"100 an hour, 10 % unknown here", Step::kSuspend, 1, 1, 2'000, 36s, 10, true, 300},
    {"50 an hour from one address", Step::kSuspend, 1, 1, 2'000, 72s, 0, true, 2'000},
    {"20 an hour from one address", Step::kThrottle, 1, 1, 2'000, 180s, 0, true, 500},
};

TEST_F(DetectorSimulation, AStolenAccountIsSuspended) {
  unsigned seed = 1'000;
  for (const Attack& attack : kAttacks) {
    std::vector<std::int64_t> passed;
    for (int i = 0; i < 12; ++i, ++seed) {
      const auto person = Settled(seed);
      AdvanceTo(std::chrono::hours(seed % 2 == 0 ? 14 : 2));
      passed.push_back(Suffer(*person, attack, clock_));
    }
    std::ranges::sort(passed);
    std::cout << attack.name << ": " << passed.front() << " to " << passed.back()
              << " recipients passed, median " << passed[passed.size() / 2] << "\n";
    EXPECT_LE(passed.back(), attack.most_passed) << attack.name;
  }
}

}  // namespace
}  // namespace gatepost::ratelimit
