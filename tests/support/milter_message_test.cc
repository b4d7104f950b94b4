#include "tests/support/milter_message.h"

namespace gatepost::support {
namespace {

using Kind = Edit::Kind;

struct Case {
  const char* name;
  std::vector<Edit> edits;
  std::string want;  // of the headers, one letter each for Received(own)=O Received=R, A, A2=a, B
};

Message Sample() {
  return Message::Parse("Received: r\r\nA: first\r\nB: b\r\nA: second\r\n\r\nbody\r\n");
}

std::string Names(const Message& message) {
  std::string out;
  for (const HeaderLine& header : message.headers) {
    out += header.name + "=" + std::string(header.value.substr(1)) + " ";
  }
  return out;
}

TEST(MilterMessage, EditsCountHeadersAsPostfixDoes) {
  const std::vector<Case> cases = {
      {"an insert at 0 stands above the server's own Received",
       {{Kind::kInsertHeader, 0, "X", " x"}},
       "X=x Received=own Received=r A=first B=b A=second "},
      {"an insert at 1 stands below it",
       {{Kind::kInsertHeader, 1, "X", " x"}},
       "Received=own X=x Received=r A=first B=b A=second "},
      {"an insert past the end appends",
       {{Kind::kInsertHeader, 99, "X", " x"}},
       "Received=own Received=r A=first B=b A=second X=x "},
      {"an added header comes last",
       {{Kind::kAddHeader, 0, "X", " x"}},
       "Received=own Received=r A=first B=b A=second X=x "},
      {"a change counts within its name, whatever the case",
       {{Kind::kChangeHeader, 2, "a", " new"}},
       "Received=own Received=r A=first B=b a=new "},
      {"a change of instance 0 is one of instance 1",
       {{Kind::kChangeHeader, 0, "A", " new"}},
       "Received=own Received=r A=new B=b A=second "},
      {"a change of Received 1 leaves the server's own alone",
       {{Kind::kDeleteHeader, 1, "Received", ""}},
       "Received=own A=first B=b A=second "},
      {"a change of what is not there adds",
       {{Kind::kChangeHeader, 3, "A", " third"}},
       "Received=own Received=r A=first B=b A=second A=third "},
      {"a deletion of what is not there does nothing",
       {{Kind::kDeleteHeader, 3, "A", ""}},
       "Received=own Received=r A=first B=b A=second "},
      {"a deletion renumbers: 1 then 2 leaves the second",
       {{Kind::kDeleteHeader, 1, "A", ""}, {Kind::kDeleteHeader, 2, "A", ""}},
       "Received=own Received=r B=b A=second "},
      {"from the highest instance down both go",
       {{Kind::kDeleteHeader, 2, "A", ""}, {Kind::kDeleteHeader, 1, "A", ""}},
       "Received=own Received=r B=b "},
      {"after an insert at 0 the own Received is a header like others",
       {{Kind::kInsertHeader, 0, "X", " x"}, {Kind::kDeleteHeader, 1, "Received", ""}},
       "X=x Received=r A=first B=b A=second "},
  };
  for (const Case& item : cases) {
    EXPECT_EQ(Names(Apply(Sample(), item.edits, {true, " own"})), item.want) << item.name;
  }
}

TEST(MilterMessage, WithoutTheOwnReceivedIndexesCountAsIfItWereThere) {
  const Message edited = Apply(Sample(), {{Kind::kInsertHeader, 1, "X", " x"}});
  EXPECT_EQ(Names(edited), "X=x Received=r A=first B=b A=second ");
}

TEST(MilterMessage, WithoutLeadingSpaceTheServerAddsOne) {
  const Message edited = Apply(Message::Parse("A: a\n\n"), {{Kind::kAddHeader, 0, "X", "x\n\ty"}},
                               {.leading_space = false});
  EXPECT_EQ(edited.Format(), "A: a\r\nX: x\r\n\ty\r\n\r\n");
}

TEST(MilterMessage, ReplacedBodiesComeInChunks) {
  const Message edited = Apply(
      Sample(), {{Kind::kReplaceBody, 0, "", "one\r\n"}, {Kind::kReplaceBody, 0, "", "two\r\n"}});
  EXPECT_EQ(edited.body, "one\r\ntwo\r\n");
}

TEST(MilterMessage, ParseKeepsEveryByteOfFoldedHeadersAndBody) {
  const std::string text = "A:no space\r\nB:\r\n folded\r\n\tmore\r\nC: \r\n\r\n.\r\nlast";
  const Message message = Message::Parse(text);
  ASSERT_EQ(message.headers.size(), 3U);
  EXPECT_EQ(message.headers[1].value, "\r\n folded\r\n\tmore");
  EXPECT_EQ(message.Format(), text);
}

TEST(MilterMessage, ALineThatIsNoHeaderEndsTheHeaders) {
  EXPECT_EQ(Message::Parse("A: a\nnot a header\n").body, "not a header\r\n");
}

TEST(MilterMessage, EditsThatAreCutShortAreInvalid) {
  const std::vector<Frame> frames = {
      {'i', "abc"}, {'i', std::string("\0\0\0\1X", 5)}, {'h', std::string("X\0", 2)}, {'+', ""}};
  for (const Frame& frame : frames) EXPECT_FALSE(ParseEdit(frame)) << frame.letter;
}

}  // namespace
}  // namespace gatepost::support
