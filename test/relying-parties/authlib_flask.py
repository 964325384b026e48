"""Flask with Authlib."""

import json
import os
from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from markupsafe import escape

origin = os.environ["ORIGIN"]
app = Flask(__name__)
app.secret_key = "a secret of the tests"
app.config.update(SESSION_COOKIE_SECURE=True)
given = {"app": app}
with open(os.environ["LINES"]) as lines, open(os.environ["PKCE_LINES"]) as pkce:
    scope = 'client_kwargs={"scope": "openid profile email"},'
    exec(lines.read().replace(scope, pkce.read() or scope), given)
einlass = given["oauth"].einlass


@app.get("/")
def home():
    claims = session.get("claims")
    if claims is None:
        return '<p id="signed-out">Nobody is signed in.</p>'
    return f'<pre id="claims">{escape(json.dumps(claims))}</pre>'


@app.get("/login")
def login():
    return einlass.authorize_redirect(origin + "/callback", **request.args)


@app.get("/callback")
def callback():
    token = einlass.authorize_access_token()
    session["claims"] = token["userinfo"]
    session["id_token"] = token["id_token"]
    return redirect("/")


@app.get("/logout")
def logout():
    id_token = session.get("id_token")
    session.clear()
    query = urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": origin + "/"})
    return redirect(einlass.load_server_metadata()["end_session_endpoint"] + "?" + query)


host, port = origin.removeprefix("https://").split(":")
app.run(host, int(port), ssl_context=(os.environ["TLS_CERT"], os.environ["TLS_KEY"]))
