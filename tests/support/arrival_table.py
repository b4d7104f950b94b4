"""The situations in which our program and its peers judge the same message: each with the RFC's
outcome, and the section that says so."""

from arrivals import TRUSTED_SEALER, Arrival, Expected, Signature

ALLOW = '{d} TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"\n'
DENY = '{d} TXT "v=spf1 -all"\n'
REJECT = '_dmarc.{d} TXT "v=DMARC1; p=reject"\n'
QUARANTINE = '_dmarc.{d} TXT "v=DMARC1; p=quarantine"\n'
OTHER = ('other.{d} TXT "v=spf1 ip4:192.0.2.1 -all"\n')
SIGNED = (Signature(),)
FOREIGN = "partner.example"
FOREIGN_ZONE = 'partner.example TXT "v=spf1 ip4:192.0.2.1 -all"\n'
OTHER_SEALER = "unknown-forwarder.example"

BOTH_PASS = Expected("pass", "pass", dmarc="pass")


def dmarc_record(text: str, name: str = "{d}") -> str:
    return f'_dmarc.{name} TXT "v=DMARC1; {text}"\n'


def failing(does: str) -> Expected:
    """Neither SPF nor DKIM speaks for the author; the policy is what counts."""
    return Expected("fail", "none", dmarc="fail", does=does)


SPF = (
    Arrival("spf pass aligned", "7208 2.6.3", Expected("pass", dmarc="pass"), ALLOW + REJECT),
    Arrival("spf fail", "7208 2.6.4", failing("reject"), DENY + REJECT),
    Arrival("spf softfail", "7208 2.6.5", Expected("softfail", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 ~all"\n' + REJECT),
    Arrival("spf softfail without a policy", "7208 2.6.5", Expected("softfail"),
            '{d} TXT "v=spf1 ~all"\n'),
    Arrival("spf neutral", "7208 2.6.2", Expected("neutral", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 ?all"\n' + REJECT),
    Arrival("spf neutral by default", "7208 4.7",
            Expected("neutral", dmarc="fail", does="reject"), '{d} TXT "v=spf1"\n' + REJECT),
    Arrival("spf none", "7208 2.6.1", Expected("none", dmarc="fail", does="reject"), REJECT),
    Arrival("spf permerror by syntax", "7208 4.6",
            Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 ip4:192.0.2.1 moo -all"\n' + REJECT),
    Arrival("spf permerror by two records", "7208 4.5",
            Expected("permerror", dmarc="fail", does="reject"),
            ALLOW + '{d} TXT "v=spf1 ~all"\n' + REJECT),
    Arrival("spf temperror", "7208 2.6.6", Expected("temperror", dmarc="temperror"),
            "{d} A 192.0.2.1\n{d} TXT !servfail\n" + REJECT),
    Arrival("spf temperror but signed", "9989 5.3.5", Expected("temperror", "pass", dmarc="pass"),
            "{d} A 192.0.2.1\n{d} TXT !servfail\n" + REJECT, signatures=SIGNED),
    Arrival("spf pass by include", "7208 5.2", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 include:a.{d} -all"\na.{d} TXT "v=spf1 include:b.{d} -all"\n'
            'b.{d} TXT "v=spf1 include:c.{d} -all"\nc.{d} TXT "v=spf1 ip4:192.0.2.1 -all"\n'
            + REJECT),
    Arrival("spf include of nothing", "7208 5.2",
            Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 include:gone.{d} ip4:192.0.2.1 -all"\n' + REJECT),
    Arrival("spf ten lookups", "7208 4.6.4", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 ' + " ".join(f"include:i{i}.{{d}}" for i in range(10))
            + ' ip4:192.0.2.1 -all"\n'
            + "".join(f'i{i}.{{d}} TXT "v=spf1 ip4:198.51.100.{i} -all"\n' for i in range(10))
            + REJECT),
    Arrival("spf eleven lookups", "7208 4.6.4", Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 ' + " ".join(f"include:i{i}.{{d}}" for i in range(11))
            + ' ip4:192.0.2.1 -all"\n'
            + "".join(f'i{i}.{{d}} TXT "v=spf1 ip4:198.51.100.{i} -all"\n' for i in range(11))
            + REJECT),
    Arrival("spf eleven lookups in includes", "7208 4.6.4",
            Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 include:x.{d} include:y.{d} ip4:192.0.2.1 -all"\n'
            'x.{d} TXT "v=spf1 ' + " ".join(f"a:x{i}.{{d}}" for i in range(5)) + ' -all"\n'
            'y.{d} TXT "v=spf1 ' + " ".join(f"a:y{i}.{{d}}" for i in range(5)) + ' -all"\n'
            + "".join(f"{n}{i}.{{d}} A 198.51.100.1\n" for n in "xy" for i in range(5)) + REJECT),
    Arrival("spf three void lookups", "7208 4.6.4",
            Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 a:v1.{d} a:v2.{d} a:v3.{d} ip4:192.0.2.1 -all"\n' + REJECT),
    Arrival("spf two void lookups", "7208 4.6.4", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 a:v1.{d} a:v2.{d} ip4:192.0.2.1 -all"\n' + REJECT),
    Arrival("spf redirect before all", "7208 6.1", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 redirect=other.{d} ip4:192.0.2.1 -all"\n'
            'other.{d} TXT "v=spf1 -all"\n' + REJECT),
    Arrival("spf redirect", "7208 6.1", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 redirect=other.{d}"\n' + OTHER + REJECT),
    Arrival("spf everybody", "7208 5.6", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 ip4:0.0.0.0/0 -all"\n' + REJECT),
    Arrival("spf ip6", "7208 5.6", Expected("pass", dmarc="pass"), ALLOW + REJECT,
            client="2001:db8::1"),
    Arrival("spf ip6 fail", "7208 5.6", failing("reject"), ALLOW + REJECT, client="2001:db8::2"),
    Arrival("spf exists with macros", "7208 7", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 exists:%{ir}.%{l}.%{d} -all"\n1.2.0.192.alice.{d} A 127.0.0.2\n'
            + REJECT),
    Arrival("spf fail with an explanation", "7208 6.2", failing("reject"),
            '{d} TXT "v=spf1 -all exp=why.{d}"\nwhy.{d} TXT "%{i} is not one of %{d}\'s hosts"\n'
            + REJECT),
    Arrival("spf record in two strings", "7208 3.3", Expected("pass", dmarc="pass"),
            '{d} TXT "v=spf1 ip4:192" ".0.2.1 -all"\n' + REJECT),
    Arrival("spf non ascii record", "7208 3.1", Expected("permerror", dmarc="fail", does="reject"),
            '{d} TXT "v=spf1 ip4:192.0.2.1 a:\\195\\188.{d} -all"\n' + REJECT),
)

SPF_IDENTITY = (
    Arrival("null sender with helo aligned", "7208 2.4", Expected("pass", dmarc="pass"),
            'mail.{d} TXT "v=spf1 ip4:192.0.2.1 -all"\n' + REJECT, helo="mail.{d}", mail_from=""),
    Arrival("null sender with foreign helo", "7208 2.4",
            Expected("pass", dmarc="fail", does="reject"), FOREIGN_ZONE + REJECT, helo=FOREIGN,
            mail_from=""),
    Arrival("null sender with literal helo", "7208 2.3",
            Expected("none", dmarc="fail", does="reject"), REJECT, helo="[192.0.2.1]",
            mail_from=""),
    Arrival("helo passes but mail from fails", "9989 4.4.2", failing("reject"),
            'mail.{d} TXT "v=spf1 ip4:192.0.2.1 -all"\n' + DENY + REJECT, helo="mail.{d}"),
    Arrival("helo passes mail from foreign", "9989 4.4.2",
            Expected("none", dmarc="fail", does="reject"),
            'mail.{d} TXT "v=spf1 ip4:192.0.2.1 -all"\n' + REJECT, helo="mail.{d}",
            mail_from="bounce@without-spf.example"),
    Arrival("spf pass not aligned", "9989 4.4.2", Expected("pass", dmarc="fail", does="reject"),
            FOREIGN_ZONE + REJECT, mail_from=f"bounce@{FOREIGN}"),
    Arrival("spf pass of a subdomain relaxed", "9989 4.4.2", Expected("pass", dmarc="pass"),
            OTHER + REJECT, mail_from="bounce@other.{d}"),
    Arrival("spf pass of a subdomain strict", "9989 4.4.2",
            Expected("pass", dmarc="fail", does="reject"),
            OTHER + dmarc_record("p=reject; aspf=s"), mail_from="bounce@other.{d}"),
    Arrival("spf pass of the parent relaxed", "9989 4.4.2", Expected("pass", dmarc="pass"),
            ALLOW + REJECT + "news.{d} A 192.0.2.9\n", author="From: <alice@news.{d}>"),
)

DKIM = (
    Arrival("dkim aligned", "9989 4.4.1", Expected("none", "pass", dmarc="pass"), REJECT,
            signatures=SIGNED),
    Arrival("dkim ed25519 aligned", "8463 3", Expected("none", "pass", dmarc="pass"), REJECT,
            signatures=(Signature(selector="ed"),)),
    Arrival("dkim simple", "6376 3.4.1", Expected("none", "pass", dmarc="pass"), REJECT,
            signatures=(Signature(method="simple/simple"),)),
    Arrival("both aligned", "9989 5.3.5", BOTH_PASS, ALLOW + REJECT, signatures=SIGNED),
    Arrival("dkim of a subdomain relaxed", "9989 4.4.1", Expected("none", "pass", dmarc="pass"),
            REJECT, signatures=(Signature("mail.{d}"),)),
    Arrival("dkim of a subdomain strict", "9989 4.4.1",
            Expected("none", "pass", dmarc="fail", does="reject"),
            dmarc_record("p=reject; adkim=s"), signatures=(Signature("mail.{d}"),)),
    Arrival("dkim not aligned", "9989 4.4.1",
            Expected("none", "pass", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(FOREIGN),)),
    Arrival("dkim body changed", "6376 6.1.3",
            Expected("none", "fail", dmarc="fail", does="reject"), REJECT,
            signatures=SIGNED, changed=True),
    Arrival("dkim changed but spf aligned", "9989 5.3.5", Expected("pass", "fail", dmarc="pass"),
            ALLOW + REJECT, signatures=SIGNED, changed=True),
    Arrival("dkim aligned fails foreign passes", "9989 4.4.1",
            Expected("none", "pass permerror", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(selector="revoked"), Signature(FOREIGN))),
    Arrival("dkim foreign fails aligned passes", "9989 4.4.1",
            Expected("none", "pass permerror", dmarc="pass"), REJECT,
            signatures=(Signature(FOREIGN, "revoked"), Signature())),
    Arrival("dkim expired", "6376 3.5",
            Expected("none", "policy", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(expired=True),)),
    Arrival("dkim of part of the body", "6376 8.2",
            Expected("none", "neutral", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(partial=True),)),
    Arrival("dkim weak key", "8301 3.2",
            Expected("none", "policy", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(selector="weak"),)),
    Arrival("dkim revoked key", "6376 3.6.1",
            Expected("none", "permerror", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(selector="revoked"),)),
    Arrival("dkim no key", "6376 6.1.2",
            Expected("none", "permerror", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(selector="gone"),)),
    Arrival("dkim key temperror", "6376 6.1.2", Expected("none", "temperror", dmarc="temperror"),
            REJECT, signatures=(Signature(selector="servfail"),)),
    Arrival("dkim foreign key temperror", "9989 5.3.4",
            Expected("none", "temperror", dmarc="fail", does="reject"), REJECT,
            signatures=(Signature(FOREIGN, "servfail"),)),
)

# RFC 9989 section 4.10.1: no DMARC for this message; 9.3: the record is why.
NO_POLICY = Expected("fail", dmarc="permerror")
RECORDS = (
    Arrival("no dmarc record", "9989 5.3.2", Expected("fail"), DENY),
    Arrival("policy none", "9989 4.7", failing("none"), DENY + dmarc_record("p=none")),
    Arrival("policy quarantine", "9989 4.7", failing("quarantine"), DENY + QUARANTINE),
    Arrival("policy in capitals", "9989 4.8", failing("reject"), DENY + dmarc_record("p=REJECT")),
    Arrival("dmarc temperror", "9989 4.10", Expected("fail", dmarc="temperror"),
            DENY + "_dmarc.{d} TXT !servfail\n"),
    Arrival("two dmarc records", "9989 4.10", Expected("fail"),
            DENY + REJECT + dmarc_record("p=none")),
    Arrival("dmarc record beside other texts", "9989 4.10", failing("reject"),
            DENY + '_dmarc.{d} TXT "v=spf1 -all"\n' + REJECT + '_dmarc.{d} TXT "words"\n'),
    Arrival("dmarc version in lower case", "9989 4.7", Expected("fail"),
            DENY + '_dmarc.{d} TXT "v=dmarc1; p=reject"\n'),
    Arrival("dmarc version not first", "9989 4.7", Expected("fail"),
            DENY + '_dmarc.{d} TXT "p=reject; v=DMARC1"\n'),
    Arrival("dmarc version with blanks", "9989 4.8", failing("reject"),
            DENY + '_dmarc.{d} TXT "v = DMARC1 ; p = reject"\n'),
    Arrival("invalid p with rua", "9989 4.10.1", failing("none"),
            DENY + dmarc_record("p=deny; rua=mailto:d@{d}")),
    Arrival("invalid p without rua", "9989 4.10.1", NO_POLICY, DENY + dmarc_record("p=deny")),
    Arrival("missing p with rua", "9989 4.10.1", failing("none"),
            DENY + dmarc_record("rua=mailto:d@{d}")),
    Arrival("missing p without rua", "9989 4.10.1", NO_POLICY,
            DENY + dmarc_record("sp=reject")),
    Arrival("p is not the second tag", "9989 4.7", failing("reject"),
            DENY + dmarc_record("adkim=r; p=reject")),
    Arrival("pct 0", "9989 A.6", failing("reject"), DENY + dmarc_record("p=reject; pct=0")),
    Arrival("test mode of reject", "9989 4.7", failing("quarantine"),
            DENY + dmarc_record("p=reject; t=y")),
    Arrival("test mode of quarantine", "9989 4.7", failing("none"),
            DENY + dmarc_record("p=quarantine; t=y")),
    Arrival("unknown tags", "9989 4.7", failing("reject"),
            DENY + dmarc_record("p=reject; x=1; fo=1:d; zz")),
    Arrival("invalid aspf", "9989 4.7", Expected("pass", dmarc="pass"),
            OTHER + dmarc_record("p=reject; aspf=x"), mail_from="a@other.{d}"),
    Arrival("dmarc record in two strings", "9989 4.7", failing("reject"),
            DENY + '_dmarc.{d} TXT "v=DMARC1; p=re" "ject"\n'),
    Arrival("dmarc record behind an alias", "9989 4.10", failing("reject"),
            DENY + "_dmarc.{d} CNAME records.{d}\nrecords.{d} TXT \"v=DMARC1; p=reject\"\n"),
)

EXISTS = "news.{d} A 192.0.2.9\n"
NEWS = "From: <alice@news.{d}>"
DISCOVERY = (
    Arrival("policy of the parent", "9989 4.10.1", failing("reject"), DENY + REJECT + EXISTS,
            author=NEWS),
    Arrival("sp of the parent", "9989 4.7", failing("quarantine"),
            DENY + dmarc_record("p=reject; sp=quarantine") + EXISTS, author=NEWS),
    Arrival("invalid sp with rua", "9989 4.10.1", failing("none"),
            DENY + dmarc_record("p=reject; sp=hold; rua=mailto:d@{d}") + EXISTS, author=NEWS),
    Arrival("invalid sp without rua", "9989 4.10.1", NO_POLICY,
            DENY + dmarc_record("p=reject; sp=hold") + EXISTS, author=NEWS),
    Arrival("np for a name that does not exist", "9989 4.7", failing("reject"),
            DENY + dmarc_record("p=none; sp=none; np=reject"), author=NEWS),
    Arrival("np for a name that exists", "9989 4.7", failing("none"),
            DENY + dmarc_record("p=none; sp=none; np=reject") + EXISTS, author=NEWS),
    Arrival("sp without np for no name", "9989 4.7", failing("quarantine"),
            DENY + dmarc_record("p=none; sp=quarantine"), author=NEWS),
    Arrival("own record before the parents", "9989 4.10.1", failing("quarantine"),
            DENY + REJECT + EXISTS + dmarc_record("p=quarantine", "news.{d}"), author=NEWS),
    Arrival("record half way up", "9989 4.10.1", failing("reject"),
            DENY + dmarc_record("p=none") + dmarc_record("p=quarantine", "b.{d}")
            + dmarc_record("p=reject", "x.b.{d}") + "a.x.b.{d} A 192.0.2.9\n",
            author="From: <alice@x.b.{d}>"),
    # The record at b.{d} is neither the author's own nor at the name with the fewest labels.
    Arrival("record between is not asked", "9989 4.10.2", failing("quarantine"),
            DENY + dmarc_record("p=none; sp=quarantine") + dmarc_record("p=reject", "b.{d}")
            + "a.b.{d} A 192.0.2.9\n", author="From: <alice@a.b.{d}>"),
    Arrival("psd n stops the walk", "9989 4.10", failing("reject"),
            DENY + dmarc_record("p=none; sp=none") + dmarc_record("p=reject; psd=n", "b.{d}")
            + "a.b.{d} A 192.0.2.9\n", author="From: <alice@a.b.{d}>"),
    Arrival("psd n keeps neighbours apart", "9989 4.10.2",
            Expected("pass", dmarc="fail", does="reject"),
            dmarc_record("p=reject; psd=n", "one.{d}") + OTHER + dmarc_record("p=none"),
            author="From: <alice@one.{d}>", mail_from="a@other.{d}"),
    Arrival("psd y keeps neighbours apart", "9989 4.10.2",
            Expected("pass", dmarc="fail", does="reject"),
            dmarc_record("p=reject; psd=y") + OTHER + "one.{d} A 192.0.2.9\n",
            author="From: <alice@one.{d}>", mail_from="a@other.{d}"),
    Arrival("psd y policy for its registrants", "9989 4.10.1", failing("quarantine"),
            DENY + dmarc_record("p=none; sp=quarantine; psd=y") + "one.{d} A 192.0.2.9\n",
            author="From: <alice@one.{d}>"),
    Arrival("suffix of the list without psd", "9989 4.10.2", Expected("pass", dmarc="pass"),
            '_dmarc.co.example TXT "v=DMARC1; p=reject"\none.co.example A 192.0.2.9\n'
            'two.co.example TXT "v=spf1 ip4:192.0.2.1 -all"\n',
            author="From: <alice@one.co.example>", mail_from="a@two.co.example"),
    Arrival("below eight labels", "9989 4.10", failing("reject"),
            DENY + REJECT + "a.b.c.d.e.f.g.h.{d} A 192.0.2.9\n",
            author="From: <alice@a.b.c.d.e.f.g.h.{d}>"),
    Arrival("record that the walk skips", "9989 4.10", failing("none"),
            DENY + dmarc_record("p=none") + dmarc_record("p=reject", "b.c.d.e.f.g.h.{d}")
            + "a.b.c.d.e.f.g.h.{d} A 192.0.2.9\n", author="From: <alice@a.b.c.d.e.f.g.h.{d}>"),
)

UNUSABLE = Expected("pass", "none", dmarc="none", does="refuse")
AUTHORS = (
    Arrival("no from", "9989 5.3.1", Expected("pass"), ALLOW + REJECT, author=""),
    Arrival("two from fields", "9989 11.5", UNUSABLE, ALLOW + REJECT,
            author="From: <alice@{d}>\r\nFrom: <ceo@bank.example>"),
    Arrival("two addresses of one domain", "9989 5.3.1", Expected("pass", dmarc="pass"),
            ALLOW + REJECT, author="From: <alice@{d}>, Bob <bob@{d}>"),
    Arrival("two addresses of one domain forged", "9989 5.3.1", failing("reject"), DENY + REJECT,
            author="From: <alice@{d}>, Bob <bob@{d}>"),
    # Outside DMARC; our default is the strictest policy of the domains.
    Arrival("addresses of two domains", "9989 11.5",
            Expected("pass", dmarc="fail", does="reject"),
            FOREIGN_ZONE + REJECT, mail_from=f"a@{FOREIGN}",
            author=f"From: <alice@{FOREIGN}>, Bob <bob@{{d}}>"),
    Arrival("from as a group", "6854 3", failing("reject"), DENY + REJECT,
            author="From: Board: <alice@{d}>;"),
    Arrival("from with an empty group", "6854 3", Expected("pass"), ALLOW + REJECT,
            author="From: Undisclosed:;"),
    Arrival("from with a trailing blank", "5322 2.2", failing("reject"), DENY + REJECT,
            author="From: <alice@{d}> "),
    Arrival("from folded", "5322 2.2.3", failing("reject"), DENY + REJECT,
            author="From: Alice\r\n Example\r\n <alice@{d}>"),
    Arrival("from in comments", "5322 3.2.2", failing("reject"), DENY + REJECT,
            author="From: (<ceo@bank.example>) alice@{d} (Alice)"),
    Arrival("from with a quoted address for a local part", "5322 3.2.4", failing("reject"),
            DENY + REJECT, author='From: "<ceo@bank.example>"@{d}'),
    Arrival("from with an address for a name", "5322 3.4", failing("reject"), DENY + REJECT,
            author='From: "ceo@bank.example" <alice@{d}>'),
    Arrival("from with an address in an encoded word", "2047 5", failing("reject"), DENY + REJECT,
            author="From: =?utf-8?q?ceo=40bank.example?= <alice@{d}>"),
    Arrival("from without an address", "5322 3.6.2", UNUSABLE, ALLOW + REJECT,
            author="From: Alice"),
    Arrival("from with a nul", "5322 4", UNUSABLE, ALLOW + REJECT,
            author=b"From: <alice@{d}\0.bank.example>"),
    Arrival("from in capitals", "5322 1.2.2", failing("reject"), DENY + REJECT,
            author="FROM: <ALICE@{d}>"),
    Arrival("from with a bracket that does not close", "5322 3.4", UNUSABLE, ALLOW + REJECT,
            author="From: Alice <alice@{d}"),
    Arrival("from with route", "5322 4.4", failing("reject"), DENY + REJECT,
            author="From: <@bank.example:alice@{d}>"),
)

U_LABEL = "bücher.{d}"
A_LABEL = "xn--bcher-kva.{d}"
INTERNATIONAL = (
    Arrival("u label forged", "6532 3.2", Expected("fail", dmarc="fail", does="reject"),
            DENY + dmarc_record("p=reject", A_LABEL), author=f"From: <alice@{U_LABEL}>"),
    Arrival("u label aligned with its a label", "9989 4.4", Expected("pass", dmarc="pass"),
            f'{A_LABEL} TXT "v=spf1 ip4:192.0.2.1 -all"\n'
            + dmarc_record("p=reject; aspf=s", A_LABEL),
            author=f"From: <alice@{U_LABEL}>", mail_from=f"alice@{A_LABEL}"),
)

FORWARDED = (
    Arrival("forwarded by a trusted sealer", "8617 7.2.1",
            Expected("fail", "pass", "pass", "fail", "none"), DENY + REJECT,
            signatures=(Signature(FOREIGN),), sealers=(TRUSTED_SEALER,)),
    Arrival("forwarded by a stranger", "8617 7.2.1",
            Expected("fail", "pass", "pass", "fail", "reject"), DENY + REJECT,
            signatures=(Signature(FOREIGN),), sealers=(OTHER_SEALER,)),
    Arrival("forwarded twice and edited", "8617 5.2",
            Expected("fail", "fail", "pass", "fail", "none"), DENY + REJECT, signatures=SIGNED,
            sealers=(OTHER_SEALER, TRUSTED_SEALER), changed_by_last=True),
    Arrival("forwarded and signature whole", "9989 5.3.5", Expected("fail", "pass", "pass", "pass"),
            DENY + REJECT, signatures=SIGNED, sealers=(OTHER_SEALER,)),
    Arrival("mailing list that rewrites nothing", "9989 7.4",
            Expected("pass", "none", "none", "fail", "reject"), FOREIGN_ZONE + REJECT,
            mail_from=f"list-bounces@{FOREIGN}", header=f"List-Id: <talk.{FOREIGN}>\r\n"),
)

ARRIVALS = (*SPF, *SPF_IDENTITY, *DKIM, *RECORDS, *DISCOVERY, *AUTHORS, *INTERNATIONAL, *FORWARDED)
