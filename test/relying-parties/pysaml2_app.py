# An app by pysaml2 of Debian, with the HTTP server of Python. Beside its defaults it signs requests for a logout.
# IDP_METADATA is read at the first request, SP_METADATA is written before the app listens.

import html
import json
import os
import ssl
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import Config
from saml2.ident import code, decode
from saml2.metadata import create_metadata_string
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

origin = os.environ["ORIGIN"]

settings = {
    "entityid": f"{origin}/metadata",
    "key_file": os.environ["SP_KEY"],
    "cert_file": os.environ["SP_CERT"],
    "xmlsec_binary": "/usr/bin/xmlsec1",
    "signing_algorithm": SIG_RSA_SHA256,
    "digest_algorithm": DIGEST_SHA256,
    "service": {
        "sp": {
            "logout_requests_signed": True,
            "logout_responses_signed": True,
            "endpoints": {
                "assertion_consumer_service": [(f"{origin}/acs", BINDING_HTTP_POST)],
                "single_logout_service": [(f"{origin}/slo", BINDING_HTTP_REDIRECT)],
            },
        }
    },
}

sessions = {}
outstanding = {}
clients = []


def load(more):
    config = Config()
    config.load({**settings, **more})
    return config


def find_client():
    if not clients:
        known = {"metadata": {"local": [os.environ["IDP_METADATA"]]}}
        clients.append(Saml2Client(config=load(known)))
    return clients[0]


class App(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urlsplit(self.path)
        fields = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.answer(url.path, fields)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer(urlsplit(self.path).path, fields)

    def answer(self, path, fields):
        routes = {
            "/": self.show,
            "/login": self.begin,
            "/acs": self.finish,
            "/logout": self.log_out,
            "/slo": self.receive_logout,
        }
        if path not in routes:
            return self.send(404, "")
        try:
            routes[path](fields)
        except Exception as error:
            print(repr(error), flush=True)
            self.send(500, html.escape(repr(error)))

    def send(self, status, text, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def find_session(self):
        parts = (self.headers["cookie"] or "").split("; ")
        names = dict(part.split("=", 1) for part in parts if "=" in part)
        return names.get("session")

    def follow(self, info):
        self.send(303, "", [("location", dict(info["headers"])["Location"])])

    def show(self, _):
        session = sessions.get(self.find_session())
        if session is None:
            return self.send(200, '<p id="signed-out">Nobody is signed in.</p>')
        shown = html.escape(json.dumps(session["claims"]), quote=False)
        self.send(200, f'<pre id="claims">{shown}</pre>')

    def begin(self, _):
        request, info = find_client().prepare_for_authenticate()
        outstanding[request] = "/"
        self.follow(info)

    def finish(self, fields):
        found = find_client().parse_authn_request_response(
            fields["SAMLResponse"], BINDING_HTTP_POST, outstanding
        )
        session = str(uuid.uuid4())
        claims = {**found.get_identity(), "nameID": found.name_id.text}
        sessions[session] = {"claims": claims, "name": code(found.name_id)}
        cookie = f"session={session}; Path=/; HttpOnly; Secure; SameSite=None"
        self.send(303, "", [("set-cookie", cookie), ("location", "/")])

    def log_out(self, _):
        session = sessions.pop(self.find_session())
        asked = find_client().global_logout(decode(session["name"]))
        [(_, info)] = asked.values()
        self.follow(info)

    def receive_logout(self, fields):
        signed = {
            "relay_state": fields.get("RelayState"),
            "sigalg": fields.get("SigAlg"),
            "signature": fields.get("Signature"),
        }
        if "SAMLResponse" in fields:
            find_client().parse_logout_request_response(fields["SAMLResponse"], BINDING_HTTP_REDIRECT)
            return self.send(303, "", [("location", "/")])
        session = sessions.pop(self.find_session(), None)
        name = None if session is None else decode(session["name"])
        info = find_client().handle_logout_request(
            fields["SAMLRequest"], name, BINDING_HTTP_REDIRECT, **signed
        )
        self.follow(info)


with open(os.environ["SP_METADATA"], "wb") as file:
    file.write(create_metadata_string(None, config=load({})))
address = urlsplit(origin)
server = ThreadingHTTPServer((address.hostname, address.port), App)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
