#!/usr/bin/python3
"""The checks find what they are there to find."""

import unittest

import layers
import style
import texts
from project import without_strings_and_comments


class Layers(unittest.TestCase):

    def test_includes(self):
        cases = [
            ("common/base/a.cc", '#include "common/base/b.h"', True),
            ("common/base/a.cc", '#include "common/log/log.h"', False),
            ("common/log/a.cc", '#include "common/base/b.h"', True),
            ("common/mail/a.cc", '#include "common/dns/b.h"', False),
            ("common/auth/a.cc", '#include "common/dns/b.h"', True),
            ("common/dns/a.cc", '#include "common/milter/b.h"', False),
            ("common/milter/a.cc", '#include "milters/dkim/b.h"', False),
            ("milters/dkim/a.cc", '#include "common/milter/b.h"', True),
            ("milters/dkim/a.cc", '#include "milters/dkim/b.h"', True),
            ("milters/dkim/a.cc", '#include "milters/dmarc/b.h"', False),
            ("milters/dkim/a.cc", '#include "tests/support/b.h"', False),
            ("tests/milters/dkim/a.cc", '#include "tests/support/b.h"', True),
            ("milters/dkim/a_policy.cc", '#include "common/log/log.h"', False),
            ("milters/dkim/a_policy.cc", '#include "common/mail/address.h"', True),
        ]
        for path, line, allowed in cases:
            with self.subTest(path=path, line=line):
                self.assertEqual(layers.include_problem(path, line) == "", allowed)

    def test_third_party_headers_have_one_owner(self):
        cases = [
            ("common/milter/server.cc", "libmilter/mfapi.h", True),
            ("milters/dkim/main.cc", "libmilter/mfapi.h", False),
            ("common/store/redis_store.cc", "hiredis/hiredis.h", True),
            ("common/store/memory_store.cc", "hiredis/hiredis.h", False),
            ("common/auth/dkim_verifier.cc", "opendkim/dkim.h", True),
            ("common/mail/domain.cc", "openssl/evp.h", False),
            ("common/mail/domain.cc", "vector", True),
            ("common/mail/domain.cc", "sys/socket.h", True),
            ("common/mail/domain.cc", "boost/asio.hpp", False),
            ("tests/support/peer.cc", "opendkim/dkim.h", True),
        ]
        for path, header, allowed in cases:
            with self.subTest(path=path, header=header):
                problem = layers.include_problem(path, f"#include <{header}>")
                self.assertEqual(problem == "", allowed)

    def test_common_names_no_program_and_policies_see_no_clock(self):
        def problem(path, line):
            return layers.name_problem(path, line, ["dkim"])
        self.assertTrue(problem("common/log/a.cc", 'Open("gatepost-dkim");'))
        self.assertFalse(problem("common/log/a.cc", '// as in Open("gatepost-dkim");'))
        self.assertFalse(problem("milters/dkim/a.cc", 'Open("gatepost-dkim");'))
        self.assertTrue(problem("milters/dkim/b_policy.cc", "auto now = steady_clock::now();"))
        self.assertTrue(problem("milters/dkim/b_policy.cc", 'getenv("HOME")'))


class Style(unittest.TestCase):

    def test_function_lengths_are_counted(self):
        body = "\n".join(["  Call();"] * 61)
        lengths = dict(style.functions(f"int F(int a) {{\n{body}\n}}\nvoid G() {{\n}}\n"))
        self.assertEqual(lengths, {1: 63, 64: 2})

    def test_statements_and_types_are_no_functions(self):
        source = "namespace a {\nclass B {\n  void F() {\n    if (x) {\n    }\n  }\n};\n}\n"
        self.assertEqual(list(style.functions(source)), [(3, 4)])

    def test_braces_in_literals_do_not_count(self):
        source = 'void F() {\n  Say("}{", \'{\');  // {{{\n}\n'
        self.assertEqual(list(style.functions(without_strings_and_comments(source))), [(1, 3)])


class Texts(unittest.TestCase):

    def found(self, line, above=""):
        return list(texts.findings(line, above))

    def test_lines_that_must_not_be(self):
        for line in ("// TO" "DO later", "see /wor" "k/main/x", "a robu" "st parser", "  // NOL" "INT",
                     "x;  // NOL" "INT(bugprone-x)", "fixes issu" "e #12"):
            with self.subTest(line=line):
                self.assertEqual(len(self.found(line)), 1)

    def test_lines_that_may_be(self):
        for line in ("x;  // NOLINT(bugprone-x): libmilter's own type", "the path /etc/gatepost",
                     "an issue with 2 answers", "at work/today"):
            with self.subTest(line=line):
                self.assertEqual(self.found(line), [])
        self.assertEqual(self.found("// NOLINTNEXTLINE(x)", "// getopt: no threads exist yet."), [])


if __name__ == "__main__":
    unittest.main()
