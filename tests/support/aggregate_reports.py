"""Aggregate reports: what gatepost-dmarc-report would send, and whether it follows the XML schema
of RFC 9990, which is not part of this tree."""

import os
import subprocess

from mail_stack import SOURCE, binary, wait_until

NAMESPACE = "{urn:ietf:params:xml:ns:dmarc-2.0}"
SCHEMA = [os.environ.get("GATEPOST_DMARC_SCHEMA", "")] + [
    os.path.join(SOURCE, up, "shared/data/dmarc/dmarc-xml-0.2.xsd") for up in ("..", "../..")]
OPTIONS = """\
enabled = true
[reporter]
organization = "Receiver Example"
contact = "postmaster@receiver.example"
[mail]
from = "dmarc@receiver.example"
bounce_address = "dmarc-bounces@receiver.example"
"""


def await_report(stack, site: str, domain: str) -> bytes:
    """The XML of the report for `domain`, with this gatepost.toml. Nothing is sent or marked."""
    options = stack.write("dmarc-report.toml", OPTIONS)
    folder = f"{stack.folder}/reports-{domain}"
    os.makedirs(folder, exist_ok=True)

    def written() -> list[str]:
        subprocess.run([binary("gatepost-dmarc-report"), "-c", options, "--site", site,
                        "--dry-run", folder], check=True, capture_output=True, timeout=60)
        return [name for name in os.listdir(folder)
                if f"!{domain}!" in name and name.endswith(".xml")]
    name, = wait_until(written, 10, f"a report for {domain}")
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


def assert_valid(test, xml: bytes):
    """Skips `test` where there is no schema: call it after all that can be asserted without."""
    schema = next((path for path in SCHEMA if path and os.path.exists(path)), None)
    if schema is None:
        test.skipTest("the report was not validated: GATEPOST_DMARC_SCHEMA names no schema file")
    done = subprocess.run(["xmllint", "--noout", "--schema", schema, "-"], input=xml,
                          capture_output=True)
    test.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
