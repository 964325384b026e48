"""Django with python-social-auth, as one file: settings, addresses, server."""

import json
import os
import ssl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
import jwt
from django.conf import settings
from django.contrib.auth import logout
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.html import escape

origin = os.environ["ORIGIN"]
host, port = origin.removeprefix("https://").split(":")
database = os.path.join(os.environ["FOLDER"], "django.sqlite3")

given = {}
with open(os.environ["LINES"]) as lines:
    exec(lines.read(), given)

settings.configure(
    ALLOWED_HOSTS=[host],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret of the tests",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "social_django",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_REDIRECT_URL="/",
    **{name: value for name, value in given.items() if name.isupper()},
)
django.setup()


def find_id_token(request):
    account = request.user.is_authenticated and request.user.social_auth.first()
    return account.extra_data["id_token"] if account else None


def home(request):
    id_token = find_id_token(request)
    if id_token is None:
        return HttpResponse('<p id="signed-out">Nobody is signed in.</p>')
    # The library has verified it.
    claims = jwt.decode(id_token, options={"verify_signature": False})
    return HttpResponse(f'<pre id="claims">{escape(json.dumps(claims))}</pre>')


def enter(request):
    """Its own address takes no parameters for the login, so they are settings of one request."""
    settings.SOCIAL_AUTH_OIDC_AUTH_EXTRA_ARGUMENTS = request.GET.dict()
    return redirect("/login/oidc/")


def leave(request):
    """It ends its own session alone."""
    query = os.environ["LOGOUT_QUERY"] + "&id_token_hint=" + find_id_token(request)
    logout(request)
    return redirect(os.environ["ISSUER"] + "/session/end?" + query)


urlpatterns = [
    path("", home),
    path("login", enter),
    path("logout", leave),
    path("", include("social_django.urls", namespace="social")),
]


class Handler(WSGIRequestHandler):
    def get_environ(self):
        return {**super().get_environ(), "wsgi.url_scheme": "https", "HTTPS": "on"}


call_command("migrate", verbosity=0)
server = make_server(host, int(port), get_wsgi_application(), handler_class=Handler)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
