"""HTTP requests of a plan against real servers on loopback."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.request import send
from rollback_gov.model.action import Http
from rollback_gov.model.environment import Environment
from rollback_gov.model.expect import Header
from tests.execution.conftest import Stage
from tests.execution.web import Handler, Web, serve
from tests.servers import free_port

Make = Callable[..., Stage]
Send = Callable[..., Outcome]


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        yield server


@pytest.fixture
def scene(stage: Make) -> Stage:
    return stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")


def get(scene: Stage, url: str, *, timeout: float = 30, key: str = "", **http: Any) -> Outcome:
    return send(scene.context, Http(url=url, **http), timeout=timeout, key=key)


def test_an_answer_has_a_status_and_a_body(scene: Stage, web: Web) -> None:
    web.status, web.body = 418, "Ä teapot".encode()
    assert get(scene, f"{web.url}/tea?cups=2#handle") == Outcome(status=418, stdout="Ä teapot")
    (request,) = web.requests
    assert (request.method, request.target) == ("GET", "/tea?cups=2")
    assert request.headers["User-Agent"] == "rollback-gov"


def test_a_body_that_is_no_utf_8_is_replaced(scene: Stage, web: Web) -> None:
    web.body = b"\xff\xfe!"
    assert get(scene, web.url).stdout == "\ufffd\ufffd!"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method(scene: Stage, web: Web, method: str) -> None:
    outcome = get(scene, web.url, method=method)
    assert outcome == Outcome(status=200, stdout="" if method == "HEAD" else "ok")
    assert web.requests[0].method == method


def test_json_goes_out_as_json(scene: Stage, web: Web) -> None:
    document = {"enabled": False, "names": ["ä", 1, None]}
    get(scene, web.url, method="POST", json=document)
    (request,) = web.requests
    assert json.loads(request.body) == document
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("document", [0, False, "", [], {}])
def test_json_that_is_empty_goes_out_too(scene: Stage, web: Web, document: object) -> None:
    get(scene, web.url, method="POST", json=document)
    assert json.loads(web.requests[0].body) == document


def test_a_body_goes_out_as_it_stands(scene: Stage, web: Web) -> None:
    get(scene, web.url, method="POST", body="weight=0 ä", headers={"Content-Type": Header(text="text/plain")})
    (request,) = web.requests
    assert request.body == "weight=0 ä".encode()
    assert request.headers["Content-Type"] == "text/plain"


def test_a_file_goes_out_byte_by_byte(scene: Stage, web: Web) -> None:
    (scene.folder / "body.bin").write_bytes(bytes(range(256)))
    get(scene, web.url, method="PUT", body_file="body.bin")
    assert web.requests[0].body == bytes(range(256))


def test_a_file_that_is_missing_is_named_and_nothing_is_sent(scene: Stage, web: Web) -> None:
    outcome = get(scene, web.url, method="PUT", body_file="lost.bin")
    assert outcome.ending is Ending.ERROR
    assert outcome.detail == f"The request failed: No such file or directory: {scene.folder / 'lost.bin'}."
    assert web.requests == []


@pytest.mark.parametrize(("method", "sent"), [("POST", True), ("DELETE", True), ("GET", False)])
def test_an_idempotency_key_tells_a_repetition_from_a_second_wish(
    scene: Stage, web: Web, method: str, sent: bool
) -> None:
    get(scene, web.url, method=method, key="run-1/phases/one/a/1")
    assert web.requests[0].headers.get("Idempotency-Key") == ("run-1/phases/one/a/1" if sent else None)


def test_the_plans_headers_go_before_ours_in_any_case(scene: Stage, web: Web) -> None:
    headers = {"idempotency-key": Header(text="mine"), "CONTENT-TYPE": Header(text="application/merge-patch+json")}
    get(scene, web.url, method="PATCH", json={}, key="ours", headers=headers)
    sent = {name.lower(): value for name, value in web.requests[0].headers.items()}
    assert sent["idempotency-key"] == "mine"
    assert sent["content-type"] == "application/merge-patch+json"


def test_an_endpoint_is_named_by_the_environment(scene: Stage, web: Web) -> None:
    scene.environment = Environment(class_="staging", endpoints={"flags": f"{web.url}/api/"})
    outcome = send(scene.context, Http(endpoint="flags", path="/phase_4"), timeout=30)
    assert outcome.status == 200
    assert web.requests[0].target == "/api/phase_4"


def test_an_endpoint_that_nobody_named_is_an_error(scene: Stage) -> None:
    outcome = send(scene.context, Http(endpoint="flags"), timeout=30)
    assert outcome.ending is Ending.ERROR
    assert outcome.detail == "The environment 'staging' has no endpoint 'flags'."


def test_a_redirect_is_an_answer_and_is_not_followed(scene: Stage, web: Web) -> None:
    web.status, web.headers = 302, {"Location": f"{web.url}/elsewhere"}
    assert get(scene, web.url).status == 302
    assert len(web.requests) == 1


def test_a_refused_connection(scene: Stage) -> None:
    outcome = get(scene, f"http://127.0.0.1:{free_port()}")
    assert (outcome.ending, outcome.detail) == (Ending.ERROR, "The request failed: Connection refused.")


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def lie_about_the_length(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")


def break_off_a_chunk(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nshort")


def talk_nonsense(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (hang_up, "the server hung up before the answer was complete"),
        (lie_about_the_length, "the server hung up before the answer was complete"),
        (break_off_a_chunk, "the server hung up before the answer was complete"),
        (talk_nonsense, "the answer is not HTTP"),
    ],
)
def test_answers_that_are_none(scene: Stage, web: Web, raw: Callable[[Handler], None], why: str) -> None:
    web.raw = raw
    outcome = get(scene, web.url)
    assert (outcome.ending, outcome.detail) == (Ending.ERROR, f"The request failed: {why}.")


def drip_headers(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")


def drip_the_body(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")


@pytest.mark.parametrize("raw", [drip_headers, drip_the_body, Handler.say_nothing])
def test_a_deadline_holds_however_slowly_the_bytes_drip(scene: Stage, web: Web, raw: Callable[[Handler], None]) -> None:
    web.raw = raw
    began = time.monotonic()
    outcome = get(scene, web.url, timeout=0.3)
    assert time.monotonic() - began < 30, "half of what the server takes"
    assert (outcome.ending, outcome.detail) == (Ending.TIMEOUT, "No complete answer within 0.3 s.")


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (500_000, False)])
def test_a_body_has_a_cap(scene: Stage, web: Web, size: int, fits: bool) -> None:
    web.body = b"x" * size
    outcome = get(scene, web.url, max_bytes=1000)
    assert outcome.status == 200
    if fits:
        assert outcome.stdout == "x" * size
    else:
        assert (outcome.ending, outcome.stdout) == (Ending.ERROR, "")
        assert outcome.detail == "The answer is larger than 1000 bytes."


def test_a_body_without_an_end_has_a_cap(scene: Stage, web: Web) -> None:
    def pour(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65_536)

    web.raw = pour
    assert get(scene, web.url, max_bytes=100_000).detail == "The answer is larger than 100000 bytes."


def test_an_address_with_blanks_and_letters_is_quoted(scene: Stage, web: Web) -> None:
    get(scene, f"{web.url}/a b/ä?q=%20ü&x=[1]")
    assert web.requests[0].target == "/a%20b/%C3%A4?q=%20%C3%BC&x=[1]"


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "http://", "127.0.0.1:80", "http://ann:hunter2@127.0.0.1/", "file:///etc/passwd"]
)
def test_addresses_that_are_none(scene: Stage, url: str) -> None:
    outcome = get(scene, url)
    assert outcome.ending is Ending.ERROR
    assert "is not an http(s) URL without credentials" in outcome.detail


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:many/", "http://127.0.0.1:99999/"])
def test_addresses_that_cannot_be_read(scene: Stage, url: str) -> None:
    outcome = get(scene, url)
    assert (outcome.ending, outcome.detail) == (
        Ending.ERROR,
        "The request failed: its address, its body or a header has forbidden characters.",
    )


@pytest.mark.parametrize("secret", ["hunter2-token", "hunter2\nX-Evil: yes", "hunter2€", "hunter2\r"])
def test_a_secret_header_never_shows_in_any_outcome(scene: Stage, web: Web, secret: str) -> None:
    scene.parameters, scene.secrets = {"TOKEN": secret}, (secret,)
    outcome = get(scene, web.url, headers={"Authorization": Header(parameter="TOKEN")})
    assert "hunter2" not in repr(outcome)
    assert "X-Evil" not in str(web.requests)
    if secret == "hunter2-token":
        assert web.requests[0].headers["Authorization"] == "hunter2-token"
    else:
        assert outcome.ending is Ending.ERROR


def test_proxies_of_the_environment_are_not_used(scene: Stage, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert get(scene, web.url).status == 200


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself has signed, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    import ipaddress

    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(encoding))
    return path


@pytest.fixture
def tls_web(certificate: Path) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve(tls=context) as server:
        yield server


def test_a_certificate_that_nobody_trusts_is_refused(scene: Stage, tls_web: Web) -> None:
    outcome = get(scene, tls_web.url)
    assert outcome.ending is Ending.ERROR
    assert outcome.detail == "The request failed: the certificate is not trusted: self-signed certificate."
    assert tls_web.requests == []


def test_a_certificate_of_a_trusted_authority_is_taken(
    scene: Stage, tls_web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert get(scene, tls_web.url).status == 200


def test_a_certificate_for_another_name_is_refused(
    scene: Stage, tls_web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    outcome = get(scene, tls_web.url.replace("127.0.0.1", "localhost"))
    assert "the certificate is not trusted" in outcome.detail
    assert tls_web.requests == []


def test_a_server_that_does_not_speak_tls(scene: Stage, web: Web) -> None:
    outcome = get(scene, web.url.replace("http:", "https:"))
    assert outcome.ending is Ending.ERROR
    assert outcome.detail.startswith("The request failed: ")


def test_a_server_without_tls_is_told_in_words(scene: Stage, web: Web) -> None:
    outcome = get(scene, web.url.replace("http:", "https:"))
    assert outcome.ending is Ending.ERROR
    assert outcome.detail == "The request failed: the server does not speak TLS as expected (wrong_version_number)."


def test_a_timeout_is_told_in_a_readable_number(scene: Stage, web: Web) -> None:
    web.raw = Handler.say_nothing
    assert get(scene, web.url, timeout=0.30000123).detail == "No complete answer within 0.3 s."
