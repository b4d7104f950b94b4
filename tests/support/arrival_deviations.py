"""Where the peers' verdicts are not those of the RFCs, as recorded, and why ours is another.

Of Debian 12: rspamd 3.4, OpenDKIM 2.11.0~beta2, OpenDMARC 1.4.2, policyd-spf 3.0.4 (pyspf 2.0.14),
dkimpy 1.1.4. A new version that judges otherwise makes the test fail: record it anew.
"""

# {situation: ({peer: what it says instead}, what the RFC says)}
DEVIATIONS = {
    "spf neutral by default": (
        {"rspamd": "spf=permerror"},
        "nothing matches: neutral"),
    "spf permerror by syntax": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "a syntax error anywhere is permerror before anything is evaluated"),
    "spf permerror by two records": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "more than one record is permerror"),
    "spf temperror": (
        {"opendmarc": "dmarc=fail, does=reject"},
        "SPF might have aligned: not known is not a fail"),
    "spf include of nothing": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "an include that has no record is permerror"),
    "spf eleven lookups": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "more than 10 terms that cause look-ups are permerror"),
    "spf eleven lookups in includes": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "the terms of includes count together"),
    "spf three void lookups": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "more than two look-ups without an answer are permerror, by the default that RFC 7208 "
        "suggests"),
    "spf everybody": (
        {"rspamd": "spf=fail, dmarc=fail, does=reject"},
        "ip4:0.0.0.0/0 is a network like any other"),
    "spf non ascii record": (
        {"rspamd": "spf=pass, dmarc=pass, does=none"},
        "a record is ASCII"),
    "null sender with helo aligned": (
        {"opendmarc": "dmarc=fail, does=reject"},
        "with the null sender HELO's domain is the identity of MAIL FROM"),
    "null sender with literal helo": (
        {"rspamd": "spf=temperror"},
        "no domain name: none"),
    "spf pass of a subdomain strict": (
        {"opendmarc": "dmarc=pass, does=none"},
        "aspf=s asks for the same domain"),
    "dkim of a subdomain strict": (
        {"opendmarc": "dmarc=pass, does=none"},
        "adkim=s asks for the same domain"),
    "dkim aligned fails foreign passes": (
        {"opendmarc": "dkim=pass fail", "dkimpy": "dkim=pass fail"},
        "a revoked key is permerror (RFC 8601 section 2.7.1)"),
    "dkim foreign fails aligned passes": (
        {"opendmarc": "dkim=pass fail", "dkimpy": "dkim=pass fail"},
        "a revoked key is permerror (RFC 8601 section 2.7.1)"),
    "dkim expired": (
        {"rspamd": "dkim=none", "opendmarc": "dkim=permerror", "dkimpy": "dkim=fail"},
        "left to the verifier; the signature is whole, so the reason is a policy"),
    "dkim of part of the body": (
        {"rspamd": "dkim=pass, dmarc=pass, does=none",
         "opendmarc": "dkim=pass, dmarc=pass, does=none",
         "dkimpy": "dkim=pass"},
        "what is behind l= bytes is nobody's; left to the verifier"),
    "dkim weak key": (
        {"rspamd": "dkim=pass, dmarc=pass, does=none", "dkimpy": "dkim=fail"},
        "keys below 1,024 bits are not accepted"),
    "dkim revoked key": (
        {"opendmarc": "dkim=fail", "dkimpy": "dkim=fail"},
        "permerror, for no later attempt can differ"),
    "dkim no key": (
        {"opendmarc": "dkim=fail", "dkimpy": "dkim=fail"},
        "permerror, for no later attempt can differ"),
    "dkim key temperror": (
        {"opendmarc": "dkim=none, dmarc=fail, does=reject"},
        "the signature might have aligned: not known is not a fail"),
    "dkim foreign key temperror": (
        {"opendmarc": "dkim=none"},
        "a result that could not be had is told"),
    "dmarc temperror": (
        {"opendmarc": "dmarc=none"},
        "a look-up that failed is not a missing record"),
    "two dmarc records": (
        {"rspamd": "dmarc=permerror", "opendmarc": "dmarc=fail, does=reject"},
        "several records are all discarded"),
    "dmarc record beside other texts": (
        {"opendmarc": "dmarc=none, does=none"},
        "records that are not DMARC's are discarded"),
    "dmarc version not first": (
        {"opendmarc": "dmarc=fail, does=reject"},
        "v= is the first tag"),
    "dmarc version with blanks": (
        {"rspamd": "does=none", "opendmarc": "dmarc=none, does=none"},
        "blanks may stand around the equals sign"),
    "invalid p with rua": (
        {"rspamd": "dmarc=permerror", "opendmarc": "dmarc=permerror"},
        "acts as p=none where a report address is valid"),
    "missing p with rua": (
        {"opendmarc": "dmarc=permerror"},
        "acts as p=none where a report address is valid"),
    "missing p without rua": (
        {"rspamd": "dmarc=fail"},
        "no valid policy and no report address: no DMARC"),
    "pct 0": (
        {"rspamd": "does=quarantine"},
        "pct= is gone, and ignored"),
    "test mode of reject": (
        {"rspamd": "does=reject", "opendmarc": "does=reject"},
        "t=y asks for one step less"),
    "test mode of quarantine": (
        {"rspamd": "does=quarantine", "opendmarc": "does=quarantine"},
        "t=y asks for one step less"),
    "invalid aspf": (
        {"rspamd": "dmarc=permerror", "opendmarc": "dmarc=permerror"},
        "an invalid value counts as the default"),
    "invalid sp with rua": (
        {"rspamd": "dmarc=permerror", "opendmarc": "dmarc=permerror"},
        "acts as p=none where a report address is valid"),
    "np for a name that does not exist": (
        {"rspamd": "does=none", "opendmarc": "does=none"},
        "np= is for names that do not exist"),
    "psd n stops the walk": (
        {"rspamd": "does=none", "opendmarc": "does=none"},
        "psd=n makes its name an Organizational Domain"),
    "psd n keeps neighbours apart": (
        {"rspamd": "dmarc=pass, does=none", "opendmarc": "dmarc=pass, does=none"},
        "psd=n makes its name an Organizational Domain"),
    "psd y keeps neighbours apart": (
        {"rspamd": "dmarc=pass, does=none", "opendmarc": "dmarc=pass, does=none"},
        "names below psd=y are Organizational Domains"),
    "suffix of the list without psd": (
        {"rspamd": "dmarc=none", "opendmarc": "dmarc=none"},
        "only what is published in DNS makes a suffix, not the list"),
    "no from": (
        {"opendmarc": "dkim=permerror"},
        "there is no signature to be wrong"),
    "two from fields": (
        {"rspamd": "does=none", "opendmarc": "dmarc=pass, does=none"},
        "no author can be told: refused by our default"),
    "two addresses of one domain": (
        {"rspamd": "dmarc=none"},
        "addresses of one domain have one Author Domain"),
    "two addresses of one domain forged": (
        {"rspamd": "dmarc=none, does=none"},
        "addresses of one domain have one Author Domain"),
    "addresses of two domains": (
        {"rspamd": "dmarc=none, does=none", "opendmarc": "dmarc=none, does=none"},
        "outside DMARC; our default is the strictest policy of the domains"),
    "from with an empty group": (
        {"opendmarc": "dkim=permerror"},
        "there is no signature to be wrong"),
    "from without an address": (
        {"rspamd": "does=none", "opendmarc": "dkim=permerror, does=none"},
        "no address list: refused by our default"),
    "from with a nul": (
        {"rspamd": "does=none", "opendmarc": "dmarc=pass, does=none"},
        "no octet of a header: refused by our default"),
    "from with a bracket that does not close": (
        {"rspamd": "dmarc=pass, does=none", "opendmarc": "dmarc=pass, does=none"},
        "no address list: refused by our default"),
    "u label forged": (
        {"opendmarc": "dmarc=none, does=none"},
        "U-labels are looked up as A-labels"),
    "u label aligned with its a label": (
        {"rspamd": "dmarc=fail, does=reject", "opendmarc": "dmarc=none"},
        "U-labels are compared as A-labels"),
    "forwarded by a trusted sealer": (
        {"opendmarc": "does=reject"},
        "a trusted sealer's chain may override the failure"),
    "forwarded twice and edited": (
        {"opendmarc": "does=reject"},
        "a trusted sealer's chain may override the failure"),
}
