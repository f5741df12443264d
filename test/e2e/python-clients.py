"""Stories told with Python's own mail clients; each ends with an assertion error when Mailweir answers wrongly."""
import imaplib
import json
import poplib
import smtplib
import ssl
import sys
import time
from email.message import EmailMessage

HOST, USER, PASSWORD = "127.0.0.1", "alice@example.test", "wonderland"
PORTS = json.loads(sys.argv[2])
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def submit(subject):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = USER, USER, subject
    message["Bcc"] = "hidden@example.test"
    message.set_content("Zeile mit Ümlaut\n.\n.. dots\n")
    message.add_attachment(b"\x00\x01" * 500, maintype="application", subtype="octet-stream", filename="x.bin")
    with smtplib.SMTP_SSL(HOST, PORTS["msa/tls-port"], context=TLS) as smtp:
        smtp.login(USER, PASSWORD)
        smtp.sendmail(USER, [USER], message.as_bytes())


def wait_for(imap, subject):
    for _ in range(50):
        imap.noop()
        _, found = imap.uid("SEARCH", None, "SUBJECT", f'"{subject}"')
        if found[0]:
            return found[0].split()[-1]
        time.sleep(0.1)
    raise AssertionError(f"{subject} did not arrive")


def submission_and_imap():
    submit("by smtplib")
    with imaplib.IMAP4_SSL(HOST, PORTS["imap/tls-port"], ssl_context=TLS) as imap:
        imap.login(USER, PASSWORD)
        assert imap.select("INBOX")[0] == "OK"
        uid = wait_for(imap, "by smtplib")
        _, data = imap.uid("FETCH", uid, "(FLAGS RFC822.SIZE BODY.PEEK[])")
        raw = data[0][1]
        assert b"\nBcc:" not in raw and b"\nMessage-ID:" in raw.replace(b"Message-Id", b"Message-ID"), raw[:800]
        assert b"\nDate:" in raw and b"\nReceived:" in raw and raw.startswith(b"Return-Path: <"), raw[:800]
        assert f"RFC822.SIZE {len(raw)}".encode() in data[0][0], data[0][0]
        assert imap.uid("STORE", uid, "+FLAGS", "(\\Flagged todo)")[0] == "OK"
        assert imap.uid("SEARCH", None, "KEYWORD", "todo")[1][0] == uid
        assert imap.create("Projects/2026")[0] == "OK"
        assert imap.uid("COPY", uid, "Projects/2026")[0] == "OK"
        assert imap.uid("MOVE", uid, "Trash")[0] == "OK"
        assert imap.select("Projects/2026")[1] == [b"1"]
        assert b"todo" in imap.fetch("1", "(FLAGS)")[1][0]
        assert imap.close()[0] == "OK"
        listed = b"\n".join(imap.list()[1])
        assert b'"Projects/2026"' in listed or b"Projects/2026" in listed, listed
        assert imap.rename("Projects/2026", "Projects/2027")[0] == "OK"
        assert imap.delete("Projects/2027")[0] == "OK"
        assert imap.append("Drafts", "\\Draft \\Seen", imaplib.Time2Internaldate(time.time()), b"Subject: draft\r\n\r\nText\r\n")[0] == "OK"


def starttls_everywhere():
    with smtplib.SMTP(HOST, PORTS["smtp/port"]) as smtp:
        smtp.starttls(context=TLS)
        smtp.ehlo()
        assert not smtp.has_extn("auth"), "port 25 never offers AUTH"
        smtp.sendmail("bob@elsewhere.example", [USER], "Subject: after starttls\r\n\r\nText\r\n")
    with smtplib.SMTP(HOST, PORTS["msa/port"]) as smtp:
        smtp.starttls(context=TLS)
        smtp.login(USER, PASSWORD)
    imap = imaplib.IMAP4(HOST, PORTS["imap/port"])
    imap.starttls(ssl_context=TLS)
    imap.login(USER, PASSWORD)
    imap.select("INBOX")
    wait_for(imap, "after starttls")
    imap.logout()
    pop = poplib.POP3(HOST, PORTS["pop3/port"])
    pop.stls(context=TLS)
    pop.user(USER)
    pop.pass_(PASSWORD)
    assert pop.stat()[0] >= 1
    pop.quit()


def pop3():
    submit("by pop")
    with imaplib.IMAP4_SSL(HOST, PORTS["imap/tls-port"], ssl_context=TLS) as imap:
        imap.login(USER, PASSWORD)
        imap.select("INBOX", readonly=True)
        wait_for(imap, "by pop")
    pop = poplib.POP3_SSL(HOST, PORTS["pop3/tls-port"], context=TLS)
    assert "UIDL" in pop.capa() and "TOP" in pop.capa() and "UTF8" in pop.capa(), pop.capa()
    pop.user(USER)
    pop.pass_(PASSWORD)
    count, size = pop.stat()
    lengths = [int(line.split()[1]) for line in pop.list()[1]]
    assert len(lengths) == count and sum(lengths) == size
    uids = {line.split()[1] for line in pop.uidl()[1]}
    assert len(uids) == count
    lines = pop.retr(count)[1]
    assert b"." in lines and b".. dots" in lines, lines[-12:]
    assert sum(len(line) + 2 for line in lines) == lengths[-1], "the maildrop size is the octets sent"
    assert len(pop.top(count, 1)[1]) < len(lines)
    pop.dele(count)
    pop.rset()
    pop.dele(count)
    pop.quit()
    again = poplib.POP3_SSL(HOST, PORTS["pop3/tls-port"], context=TLS)
    again.user(USER)
    again.pass_(PASSWORD)
    assert again.stat()[0] == count - 1
    again.quit()


def idle():
    imap = imaplib.IMAP4_SSL(HOST, PORTS["imap/tls-port"], ssl_context=TLS)
    imap.login(USER, PASSWORD)
    imap.select("INBOX")
    imap.send(b"i1 IDLE\r\n")
    assert imap.readline().startswith(b"+ "), "IDLE is answered with a continuation"
    submit("while idle")
    sent = time.monotonic()
    imap.sock.settimeout(5)
    line = imap.readline()
    while b"EXISTS" not in line:
        line = imap.readline()
    assert time.monotonic() - sent < 3, "an idle client hears of new mail soon"
    imap.send(b"DONE\r\n")
    while not imap.readline().startswith(b"i1 OK"):
        pass


globals()[sys.argv[1]]()
