"""Reads the files of `mailweir dns --out` with parsers that are not ours."""
import plistlib
import sys
import uuid
import xml.etree.ElementTree as tree
from pathlib import Path

root = Path(sys.argv[1])
OUTLOOK = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"

profile = plistlib.loads((root / "mail/example.org.mobileconfig").read_bytes())
assert profile["PayloadType"] == "Configuration" and profile["PayloadVersion"] == 1
assert uuid.UUID(profile["PayloadUUID"]).version == 5
(account,) = profile["PayloadContent"]
assert account["PayloadType"] == "com.apple.mail.managed"
assert uuid.UUID(account["PayloadUUID"]) != uuid.UUID(profile["PayloadUUID"])
assert account["PayloadIdentifier"].startswith(profile["PayloadIdentifier"] + ".")
assert account["IncomingMailServerUseSSL"] is True and account["OutgoingMailServerUseSSL"] is True
assert (account["IncomingMailServerPortNumber"], account["OutgoingMailServerPortNumber"]) == (2993, 2465)

config = tree.parse(root / "mail/config-v1.1.xml").getroot()
assert (config.tag, config.get("version")) == ("clientConfig", "1.1")
servers = [(s.get("type"), s.findtext("port"), s.findtext("socketType")) for s in config.iter() if s.tag.endswith("Server")]
assert servers == [
    ("imap", "2993", "SSL"),
    ("imap", "2143", "STARTTLS"),
    ("pop3", "2995", "SSL"),
    ("pop3", "2110", "STARTTLS"),
    ("smtp", "2465", "SSL"),
    ("smtp", "2587", "STARTTLS"),
], servers

answer = tree.parse(root / "autodiscover/autodiscover.xml").getroot()
protocols = [(p.findtext(OUTLOOK + "Type"), p.findtext(OUTLOOK + "Port")) for p in answer.iter(OUTLOOK + "Protocol")]
assert protocols == [("IMAP", "2993"), ("POP3", "2995"), ("SMTP", "2465")], protocols
